"""A demonstration of the adversary's own: started, killed, asked by HTTP and by raw bytes, read by SQL."""

import datetime as dt
import http.client
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[2]
BOOK = "/home-cleaning/pesan"
DAYS = 30  # that can be booked, from tomorrow
SLOTS = ("s1330", "s0800", "s1030", "s1600")
FORM = "application/x-www-form-urlencoded"
TYPED = {
    "identity.name": "Sari Uji", "identity.email": "sari.uji@contoh.example", "identity.phone": "0812 3456 7890",
    "identity.age": "18_or_over", "location.address": "Jalan Uji 1, Depok", "booking.service": "routine",
    "booking.slot": "s1330", "booking.method": "online", "booking.wish": "", "terms": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def number(self) -> str:
        """The number on the page behind a booking."""
        found = re.search(r"HC-[0-9A-Z]{4}-[0-9A-Z]{4}", self.text)
        return found[0] if found else ""


@dataclass
class Demonstration:
    """One folder, one port; ``start`` waits until it answers. ``only``: the examples it has, () for all."""

    folder: Path
    database: str = ""
    only: tuple[str, ...] = ("home-cleaning",)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    said: list[Path] = field(default_factory=list)
    turn: Iterator[int] = field(default_factory=count, repr=False)

    def start(self, wait: float = 120) -> "Demonstration":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        said = self.folder.with_name(f"{self.folder.name}.{len(self.said)}.log")
        self.said.append(said)
        command = [sys.executable, "-m", "tests.attacks.serving", str(self.folder), str(self.port), self.database,
                   *self.only]  # fmt: skip
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        with said.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
        end, words = time.monotonic() + wait, 0
        while time.monotonic() < end:
            assert self.process.poll() is None, said.read_text()[-2000:]
            if (now := said.stat().st_size) > words:  # it seeds: on a busy machine for longer
                end, words = time.monotonic() + wait, now
            try:
                if self.get("/health").status == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(said.read_text()[-2000:])

    def kill(self) -> None:
        """End it without a word (SIGKILL)."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """End it as an operator does."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def copy(self, to: Path, database: str = "") -> "Demonstration":
        shutil.copytree(self.folder, to)
        return Demonstration(to, database, self.only)

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body or None, headers or {})
            got = line.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        except http.client.HTTPException as fault:
            raise OSError(type(fault).__name__) from None
        finally:
            line.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, typed: dict[str, str] | list[tuple[str, str]], **headers: str) -> Answer:
        return self.ask("POST", path, urlencode(typed).encode(), {"Content-Type": FORM, **headers})

    def form(self) -> dict[str, str]:
        """Fetch a form: its token and an hour that it offers, every time another, since an hour has few places."""
        today = dt.datetime.now(ZoneInfo("Asia/Jakarta")).date()
        for n in islice(self.turn, 2 * DAYS * len(SLOTS)):
            page = self.get(f"{BOOK}?day={today + dt.timedelta(days=1 + n % DAYS)}").text
            token = re.search(r'name="_token" value="([^"]+)"', page)
            day = re.search(r'value="(20\d\d-\d\d-\d\d)"', page)
            assert token
            assert day
            free = re.findall(r'name="booking.slot" value="(s\d{4})"(?![^>]* disabled)', page)
            slot = SLOTS[n // DAYS % len(SLOTS)]
            if slot in free:
                return {"_token": token[1], "booking.date": day[1], "booking.slot": slot}
        raise AssertionError("no hour is free")

    def book(self, form: dict[str, str] | None = None, **other: str) -> Answer:
        """Book and read the page behind it; ``other`` replaces values, with ``__`` for the dot."""
        typed = {**TYPED, **(form or self.form()), **{k.replace("__", "."): v for k, v in other.items()}}
        got = self.post(BOOK, typed)
        return self.get(got.headers["location"]) if got.status == 303 else got

    def link(self, to: str, wait: float = 60) -> str:
        """Return the newest link mailed to an address."""
        end = time.monotonic() + wait
        while time.monotonic() < end:
            for mail in sorted((self.folder / "mail").glob("*.eml"), reverse=True):
                from email import message_from_bytes, policy

                message = message_from_bytes(mail.read_bytes(), policy=policy.default)
                part = message.get_body(("plain",))
                found = re.search(r"/k/([\w-]{32})", str(part.get_content()) if part else "")
                if found and to in str(message["To"]):
                    return found[1]
            time.sleep(0.1)
        raise AssertionError(f"no link to {to}")

    def raw(self, request: bytes, wait: float = 5) -> bytes:
        """Send bytes as they are; return what comes back until silence or the end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as line:
            got = b""
            try:
                line.sendall(request.replace(b"@HOST", b"127.0.0.1:%d" % self.port))
                while part := line.recv(65536):
                    got += part
                    if b"</html>" in got:
                        break
            except (TimeoutError, ConnectionError):
                pass
        return got

    def sql(self, text: str, *args: object) -> list[tuple[object, ...]]:
        """Run SQL on the live file, as somebody who can write it."""
        link = sqlite3.connect(self.folder / "tepati.db", timeout=10)
        try:
            with link:
                return link.execute(text, args).fetchall()
        finally:
            link.close()

    def cli(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product on this folder."""
        return subprocess.run(
            [sys.executable, "-m", "tepati", *words], cwd=ROOT, text=True, capture_output=True, timeout=60, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **env},
        )  # fmt: skip

    def log(self) -> bytes:
        """All that every start of it printed."""
        return b"".join(path.read_bytes() for path in self.said)
