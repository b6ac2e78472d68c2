"""The process dies, the disk fills: nothing is half done, nothing that was answered is lost, it works again after."""

import asyncio
import base64
import contextlib
import json
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from tepati.flows.numbers import number_of
from tepati.rules.facts import FOREVER, Facts
from tests.attacks.demonstration import BOOK, TYPED, Demonstration

SLUG = "home-cleaning"
Query = Callable[[str], list[tuple]]


def query(demo: Demonstration) -> Query:
    """Return how to read the database of a stopped demonstration."""
    if not demo.database:
        return demo.sql

    async def ask(text: str) -> list[tuple]:
        link = await asyncpg.connect(demo.database)
        try:
            rows = await link.fetch(text)
            return [tuple(getattr(cell, "bytes", cell) for cell in row.values()) for row in rows]
        finally:
            await link.close()

    return lambda text: asyncio.run(ask(text))


def said(location: str) -> str:
    """Read the number out of the ticket that a booking was answered with."""
    raw = location.rsplit("/", 1)[1]
    body = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    number: str = json.loads(body[4:-32])["number"]
    return number


class Stream:
    """Books without pause from several threads until told to stop; keeps each number that was answered."""

    def __init__(self, demo: Demonstration, width: int = 4) -> None:
        self.demo, self.numbers, self.over, self.n = demo, list[str](), threading.Event(), 0
        self.threads = [threading.Thread(target=self._run, args=(k,), daemon=True) for k in range(width)]
        for thread in self.threads:
            thread.start()

    def _run(self, k: int) -> None:
        while not self.over.is_set():
            self.n += 1
            try:
                typed = {**TYPED, **self.demo.form(), "identity.email": f"arus{k}.{self.n}@contoh.example"}
                got = self.demo.post(BOOK, typed)
                if got.status == 303:
                    self.numbers.append(said(got.headers["location"]))
            except (OSError, AssertionError):
                time.sleep(0.05)

    def goes_on(self, n: int) -> None:
        """Wait until some more were answered."""
        wanted, end = len(self.numbers) + n, time.monotonic() + 120
        while len(self.numbers) < wanted:
            assert time.monotonic() < end, "nobody is answered any more"
            time.sleep(0.02)

    def stop(self) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(10)


def whole(demo: Demonstration, numbers: list[str]) -> None:
    """Check a stopped demonstration: every record is complete, every answer is there and holds its hour, all agrees."""
    ask = query(demo)
    records = {(bytes(p), bytes(r)): bytes(line) for p, r, line in ask("SELECT person, record, ledger_id FROM record")}
    assert set(numbers) <= {number_of(SLUG, person, record) for person, record in records}
    held = {
        (bytes(p), bytes(r)): bytes(s)
        for p, r, s in ask(f"SELECT person, record, secret FROM place WHERE expires < {FOREVER}")
    }
    assert set(numbers) <= {number_of(SLUG, person, record) for person, record in held}
    assert set(held) <= set(records)
    assert sorted(held.values()) == sorted(
        bytes(s) for (s,) in ask("SELECT blind_index FROM ident WHERE field = 'hour'")
    )
    states = {bytes(p): msgspec.msgpack.decode(body, type=Facts) for p, body in ask("SELECT person, body FROM state")}
    for person, record in records:
        assert record.hex() in states[person].rows
    for person, facts in states.items():
        assert {bytes.fromhex(r) for r in facts.rows} == {r for p, r in records if p == person}
    sealed = {(bytes(p), bytes(r)) for p, r in ask("SELECT person, record FROM sealed")}
    assert set(records) <= sealed
    keys = {(bytes(p), bytes(k)) for p, k in ask("SELECT person, key FROM dek")}
    assert {(bytes(p), bytes(k)) for p, k in ask("SELECT person, key FROM sealed")} <= keys
    for mirror in ("keys-1", "keys-2"):
        link = sqlite3.connect(demo.folder / mirror / "keys.db")
        assert {(p, k) for p, k in link.execute("SELECT person, key FROM dek")} == keys, mirror
        link.close()
    lines = {bytes(i) for (i,) in ask("SELECT id FROM log_leaf UNION ALL SELECT id FROM log_pending")}
    assert set(records.values()) <= lines


def agrees(demo: Demonstration) -> None:
    """Ask the product itself: effects and lines agree, and a stranger's tool verifies the export."""
    got = demo.cli("ledger", "reconcile", "--data", str(demo.folder), "--org", SLUG)
    assert got.returncode == 0, got.stdout + got.stderr
    out = str(demo.folder) + ".export"
    got = demo.cli("ledger", "export", out, "--data", str(demo.folder), "--org", SLUG)
    assert got.returncode == 0, got.stdout + got.stderr
    got = demo.cli("verify", out)
    assert got.returncode == 0, got.stdout + got.stderr


def killed(demo: Demonstration, times: int) -> None:
    """Kill it ``times`` times under a stream of bookings, and look at what is left."""
    stream = Stream(demo)
    try:
        for n in range(times):
            stream.goes_on(4)
            time.sleep(0.013 * n)
            demo.kill()
            demo.start()
    finally:
        stream.stop()
        demo.kill()
    demo.start()  # start-up repairs what a kill left between database and mirrors
    demo.stop()
    whole(demo, stream.numbers)
    agrees(demo)


def test_killed_under_a_stream_of_bookings_on_sqlite(own: Demonstration) -> None:
    killed(own, 5)


def test_killed_under_a_stream_of_bookings_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    demo = Demonstration(tmp_path / "data", postgres_url).start()
    try:
        killed(demo, 3)
    finally:
        demo.stop()


def test_postgresql_restarted_under_a_stream_of_bookings(tmp_path: Path) -> None:
    """Ended in order, then at once: who booked meanwhile is told to come again; nothing answered is lost or doubled."""
    from tests.postgres import Absent, restarted, serving, stopped

    try:
        with serving() as first:
            server = first
            demo = Demonstration(tmp_path / "data", server.url()).start()
            stream = Stream(demo)
            try:
                for how in (signal.SIGINT, signal.SIGQUIT):
                    stream.goes_on(4)
                    server = restarted(server, how)
                stream.goes_on(8)
                assert demo.get("/health").status == 200
                stream.stop()
                demo.stop()
                whole(demo, stream.numbers)
                agrees(demo)
            finally:
                stream.stop()
                demo.stop()
                stopped(server)
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture
def small(own: Demonstration) -> Iterator[Demonstration]:
    """A demonstration on a disk with little room left."""
    own.stop()
    size = sum(p.stat().st_size for p in own.folder.rglob("*") if p.is_file())
    place = own.folder.with_name("small")
    place.mkdir()
    options = f"size={size // 1024 + 20_000}k"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may make a small disk")
    made = Demonstration(place / "data")
    try:
        shutil.copytree(own.folder, made.folder)
        yield made.start()
    finally:
        made.stop()
        subprocess.run(["umount", "-l", str(place)], check=False)


def fill(disk: Path) -> Path:
    """Write until nothing more goes in; return the file."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(4096))
    return filler


def test_a_full_disk_is_said_nothing_is_half_done_and_it_works_again(small: Demonstration) -> None:
    """Data, both mirrors and the mailbox share the full disk: 503 with Retry-After; with room, the same form goes."""
    numbers, refused, kept = list[str](), 0, small.form()
    filler = fill(small.folder.parent)
    for n in range(25):
        got = small.post(BOOK, {**TYPED, **small.form(), "identity.email": f"penuh{n}@contoh.example"})
        assert got.status in (303, 503), got.status
        if got.status == 303:
            numbers.append(said(got.headers["location"]))
        else:
            assert got.headers.get("retry-after")
            refused += 1
    assert refused, "the disk was never full"
    assert small.get("/home-cleaning/privasi").status == 200
    filler.unlink()
    got, until = None, time.monotonic() + 60  # a try that was under way still answers 503: press once more
    while (got is None or got.status == 503) and time.monotonic() < until:
        time.sleep(0.5)
        got = small.post(BOOK, {**TYPED, **kept, "identity.email": "lega@contoh.example"})
    assert got.status == 303, got.status
    small.stop()
    small.start()  # whatever a mirror lacks, start-up brings
    small.stop()
    whole(small, [*numbers, said(got.headers["location"])])
    agrees(small)


def test_a_site_that_moves_keeps_its_ledger(own: Demonstration) -> None:
    """Another address is another origin and the same log: lines are numbered on, old cosignatures still count."""
    before = own.sql("SELECT size FROM log_head")
    number = own.book(identity__email="pindah@contoh.example").number
    assert number
    end = time.monotonic() + 60
    while own.sql("SELECT size FROM log_head") == before and time.monotonic() < end:
        time.sleep(0.1)
    assert own.sql("SELECT size FROM log_head") > before
    assert b"background:" not in own.log()
    own.stop()
    agrees(own)
