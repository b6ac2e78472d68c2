"""The public pages: what a first view weighs, how soon a slow phone shows it, and what it costs the server.

The network is Chromium's emulation, whose latency comes after what it reports as the first byte: 150 ms are taken off.
Weight: page, stylesheet and font as sent to a browser that takes gzip. First view: from the first byte of the answer to
the first words on the screen, Chromium slowed four times over 1.6 Mbit/s with 150 ms there and back. CPU: the server's
and the database's, beside a bare handler on the same stack that returns the same bytes.
"""

import asyncio
import contextlib
import gzip
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench import company
from bench.engines import Place, run
from bench.http import CLIENTS, ROOT, _await_port
from bench.install import free_port
from bench.meter import Cost, Meter
from bench.result import Missing, Result

PAGES = {"home": "/home-cleaning/", "booking form": "/home-cleaning/pesan", "notice": "/home-cleaning/privasi",
         "board": "/home-cleaning/janji", "contact form": "/home-cleaning/hubungi", "cookies": "/home-cleaning/kuki",
         "centre's door": "/home-cleaning/pusat-privasi"}  # fmt: skip
ASKED = {"host": company.ORIGIN, "x-forwarded-proto": "https", "accept-encoding": "gzip"}
WEIGHT, VIEW, ABOVE = 60.0, 300.0, 3.0  # kB, ms, ms of CPU above the floor
BARE = "two letters"
TIMES, VIEWS = 400, 5
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run",
         "--disable-component-update", "--disable-sync")  # fmt: skip
PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
  const paint = list.getEntriesByName('first-contentful-paint')[0];
  if (paint) done(paint.startTime - performance.getEntriesByType("navigation")[0].responseStart - 150);
}).observe({type: 'paint', buffered: true}))"""


def measure(place: Place, people: int) -> Iterator[Result | Missing]:
    """Serve a real organisation, and look at each page in three ways."""
    keys = place.folder / "keys"
    for name in ("one", "two"):
        (keys / name).mkdir(parents=True, mode=0o700)
    url = place.url()
    run(_prepared(url, keys, min(people, 500)))
    with _server(["-m", "bench.real", url, str(keys)]) as (port, pid):
        answers = {name: _get(port, path) for name, path in PAGES.items()}
        font = _font(port)
        ours = {name: _cost(port, path, Meter(pid, *place.roots, own=False)) for name, path in PAGES.items()}
        views = _views(port)
    bodies = place.folder / "bodies"
    bodies.write_bytes(msgspec.msgpack.encode({PAGES[name].rstrip("/"): body for name, body in answers.items()}))
    with _server(_bare(), BENCH_BODIES=str(bodies)) as (port, pid):
        floor = {name: _cost(port, path, Meter(pid, own=False)) for name, path in PAGES.items()}
    for name in PAGES:
        whole = (len(answers[name]) + len(font)) / 1000
        parts = f"page with its stylesheet {len(answers[name]) / 1000:.1f}, font {len(font) / 1000:.1f}"
        yield Result(f"page: weight of {name}", place.engine, whole, "kB", WEIGHT, note=parts)
        above = ours[name].ms - floor[name].ms
        told = f"{ours[name].ms:.2f} against {floor[name].ms:.2f} of a bare handler, same bytes"
        yield Result(f"page: {name}, above its floor", place.engine, above, "ms CPU", ABOVE, note=told)
    for name in PAGES:
        if isinstance(views, str):
            yield Missing(f"page: first view of {name}", place.engine, views)
        else:
            note = "4x CPU, 1.6 Mbit/s, 150 ms, after the first byte"
            yield Result(f"page: first view of {name}", place.engine, views[name], "ms", VIEW, floor=views[BARE],
                         floor_of="two letters of plain text", note=note)  # fmt: skip


async def _prepared(url: str, keys: Path, people: int) -> None:
    desk = await company.open_desk(url, keys)
    await company.prepare(desk, 4, people)
    await company.close_desk(desk)


def _bare() -> list[str]:
    return ["-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--workers", "1", "--no-ws", "--log-level",
            "warning", "--loop", "asyncio", "bench.bytes:app", "--port"]  # fmt: skip


@contextlib.contextmanager
def _server(told: list[str], **more: str) -> Iterator[tuple[int, int]]:
    """Run a server while the block lasts; give its port and process."""
    port = free_port()
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **more}
    process = subprocess.Popen([sys.executable, *told, str(port)], env=env, cwd=ROOT)
    try:
        _await_port(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _get(port: int, path: str) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request("GET", path, headers=ASKED)
        answer = line.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return answer.read()
    finally:
        line.close()


def _font(port: int) -> bytes:
    """Fetch the font where the page's stylesheet, which a first view brings with it, names it."""
    found = re.search(r"/static/[\w.-]+\.woff2", gzip.decompress(_get(port, PAGES["home"])).decode())
    return _get(port, found[0]) if found else b""


def _cost(port: int, path: str, meter: Meter) -> Cost:
    request = f"GET {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in ASKED.items()) + "\r\n"
    run(_sent(port, request.encode(), TIMES // 4))
    metered = meter.start()
    run(_sent(port, request.encode(), TIMES))
    return metered.stop(TIMES)


async def _sent(port: int, request: bytes, times: int) -> None:
    await asyncio.gather(*(_client(port, request, times // CLIENTS) for _ in range(CLIENTS)))


async def _client(port: int, request: bytes, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head[:60].decode())
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _views(port: int) -> dict[str, float] | str:
    """Look at each page as a slow phone does, with nothing kept from before; the median of some. Or say why not."""
    path = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), "")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return "playwright is missing"
    if not path:
        return "chromium is missing"
    flags = [*FLAGS, f"--host-resolver-rules=MAP {company.ORIGIN}:80 127.0.0.1:{port}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        looked = {BARE: "/health", **PAGES}
        found = {name: statistics.median(_view(browser, path) for _ in range(VIEWS)) for name, path in looked.items()}
        browser.close()
    return found


def _view(browser, path: str) -> float:  # type: ignore[no-untyped-def]  # an extra brings its types
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, extra_http_headers={"x-forwarded-proto": "https"}
    )
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750})  # fmt: skip
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(f"http://{company.ORIGIN}{path}")
    took = float(page.evaluate(PAINTED))
    context.close()
    return took
