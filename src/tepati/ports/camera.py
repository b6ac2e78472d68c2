"""Room ports: a page as a browser shows it, as PNG: Chromium, started for a few pictures and ended after them.

It is spoken to over two pipes (Chrome DevTools Protocol, ``--remote-debugging-pipe``: JSON, a zero byte between
messages): no port is opened, and its profile lies in a folder that goes with it.
"""

import asyncio
import base64
import fcntl
import os
import select
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20.0  # seconds of silence after which a browser is given up
WIDTH, SCREEN, TALLEST = 800, 900, 40_000  # CSS pixels
MESSAGES = 5_000  # that one answer may come after
OKAY = 200  # HTTP
HIGH = 10  # descriptors from here on are neither of the two that the browser expects
FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars", "--mute-audio",
)  # fmt: skip


def found(said: str) -> str:
    """Return the browser to use: the one said, or one on PATH; "" where there is none or ``none`` is said."""
    if said:
        return "" if said == "none" else said
    return next((path for name in NAMES if (path := shutil.which(name))), "")


async def pictures(program: str, urls: Sequence[tuple[str, bool]]) -> list[bytes]:
    """Take a picture (PNG) of each page: whole, or of its first screen only.

    Raises OSError: no browser, or a page that it does not get with status 200 over a connection that it trusts.
    """
    return await asyncio.to_thread(_pictures, program, urls)


def _pictures(program: str, urls: Sequence[tuple[str, bool]]) -> list[bytes]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _started(program, folder) as browser:
        return [browser.picture(url, whole=whole) for url, whole in urls]


@contextmanager
def _started(program: str, folder: str) -> Iterator["_Browser"]:
    asks, writes = _pipe()
    reads, answers = _pipe()
    null = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(3)]
    ours = [(os.POSIX_SPAWN_DUP2, asks, 3), (os.POSIX_SPAWN_DUP2, answers, 4)]
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # it refuses to start otherwise
    line = (program, *FLAGS, *root, f"--user-data-dir={folder}", "about:blank")
    env = {"HOME": folder, "PATH": os.environ.get("PATH", os.defpath)}
    try:
        process = os.posix_spawn(program, line, env, file_actions=[*null, *ours], setpgroup=0)
        try:
            yield _Browser(writes, reads)
        finally:
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
    finally:
        for each in (asks, writes, reads, answers):
            os.close(each)


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, HIGH) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]


class _Browser:
    """One browser at the other end of two pipes."""

    def __init__(self, writes: int, reads: int) -> None:
        self._writes, self._reads, self._rest, self._last = writes, reads, b"", 0
        self._events: list[dict[str, Any]] = []

    def picture(self, url: str, *, whole: bool) -> bytes:
        """Show a page and take its picture. Raises OSError."""
        target = self._ask("Target.createTarget", "", url="about:blank")["targetId"]
        page = self._ask("Target.attachToTarget", "", targetId=target, flatten=True)["sessionId"]
        for part in ("Page", "Network"):
            self._ask(f"{part}.enable", page)
        size: dict[str, Any] = {"width": WIDTH, "height": SCREEN, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", page, **size)
        self._events.clear()
        if fault := self._ask("Page.navigate", page, url=url).get("errorText"):
            raise OSError(fault)
        while not self._seen("Page.loadEventFired"):
            self._events.append(self._next())
        answers = [each["response"] for each in self._seen("Network.responseReceived") if each["type"] == "Document"]
        if [each["status"] for each in answers] != [OKAY]:
            raise OSError("not served to us")
        self._ask("Runtime.evaluate", page, expression="document.fonts.ready.then(() => 1)", awaitPromise=True)
        tall = int(self._ask("Page.getLayoutMetrics", page)["cssContentSize"]["height"]) if whole else SCREEN
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(tall, TALLEST), "scale": 1}
        shot = self._ask("Page.captureScreenshot", page, format="png", captureBeyondViewport=whole, clip=clip)
        self._ask("Target.closeTarget", "", targetId=target)
        return base64.b64decode(shot["data"])

    def _seen(self, event: str) -> list[dict[str, Any]]:
        return [each["params"] for each in self._events if each.get("method") == event]

    def _ask(self, method: str, session: str, **params: Any) -> dict[str, Any]:
        self._last += 1
        asked = {"id": self._last, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._writes, msgspec.json.encode(asked) + b"\0")
        for _ in range(MESSAGES):
            got = self._next()
            if got.get("id") == self._last:
                if "error" in got:
                    raise OSError(method)
                answer: dict[str, Any] = got["result"]
                return answer
            self._events.append(got)
        raise OSError(method)

    def _next(self) -> dict[str, Any]:
        parts = [self._rest]
        while b"\0" not in parts[-1]:
            if not select.select([self._reads], [], [], PATIENCE)[0]:
                raise TimeoutError("browser")
            parts.append(os.read(self._reads, 1 << 20))
            if not parts[-1]:
                raise OSError("browser")
        message, _, self._rest = b"".join(parts).partition(b"\0")
        got: dict[str, Any] = msgspec.json.decode(message)
        return got
