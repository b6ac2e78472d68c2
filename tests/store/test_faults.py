"""What happens when the world fails: full disks, lost servers, killed processes. Nothing half-done, nothing told."""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tepati.errors import TepatiError, Unavailable
from tepati.store import postgres
from tepati.store.open import open_store
from tepati.store.port import Store, Tx
from tepati.store.sqlite import SqliteStore
from tests.conftest import Seeded
from tests.postgres import Server, serving

PUT = "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ('o', 'p', $1, $2, 0, 0)"
SECRET = "budi@rumah.example"


async def _count(store: Store) -> object:
    row = await store.read(lambda tx: tx.one("SELECT count(*) FROM counter"))
    assert row is not None
    return row[0]


def _told(error: BaseException) -> str:
    """All that a log could show of an error: itself, its causes, its context, its values."""
    seen = "".join(traceback.format_exception(error)) + repr(error) + repr(getattr(error, "values", ""))
    for inner in (error.__cause__, error.__context__):
        seen += _told(inner) if inner else ""
    return seen


async def test_a_full_disk_is_unavailable_and_nothing_half_done(tmp_path: Path) -> None:
    """SQLite at its page limit: the act is refused whole, what stood stands, and after room is made it works."""
    store = await open_store(f"sqlite:///{tmp_path / 'a.db'}", jitter=lambda: 0)
    assert isinstance(store, SqliteStore)
    await store.write(lambda tx: tx.run(PUT, "before", 1))
    pages = store._connection.pragma("page_count")
    store._connection.pragma("max_page_count", pages + 5)

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "first", 1)
        await tx.many(PUT, [("x" * 500, day) for day in range(500)])

    with pytest.raises(Unavailable, match="store_full"):
        await store.write(work)
    assert await _count(store) == 1
    store._connection.pragma("max_page_count", 1_000_000)
    await store.write(work)
    assert await _count(store) == 502
    await store.close()


RAISED = {
    "53100": "store_full", "53200": "store_full", "53300": "store_busy", "57P01": "store_gone", "58030": "store_gone",
    "55P03": "store_busy", "08006": "store_gone",
}  # fmt: skip


@pytest.mark.parametrize("state", RAISED)
async def test_a_server_in_need_is_unavailable_and_nothing_half_done(postgres_shared: str, state: str) -> None:
    """Disk full, memory gone, shutting down: the act is refused whole."""
    store = await postgres.connect(postgres_shared, lambda: 0)
    await store.write(lambda tx: tx.run("DELETE FROM counter WHERE org = 'o'"))

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "first", 1)
        await tx.run(f"DO $x$ BEGIN RAISE SQLSTATE '{state}' USING MESSAGE = '{SECRET}', DETAIL = '{SECRET}'; END $x$")

    with pytest.raises(Unavailable, match=RAISED[state]) as caught:
        await store.write(work)
    assert SECRET not in _told(caught.value)
    assert await _count(store) == 0
    await store.close()


BAD: dict[str, Callable[[Tx], Awaitable[object]]] = {
    "a key twice": lambda tx: tx.many(PUT, [(SECRET, 1), (SECRET, 1)]),
    "nothing where something must be": lambda tx: tx.run(PUT, SECRET, None),
    "text for a number": lambda tx: tx.run(PUT, "a", SECRET),
    "text for a number, compared": lambda tx: tx.all("SELECT n FROM counter WHERE day = $1 + 0", [SECRET]),  # type: ignore[arg-type]
    "text for an id": lambda tx: tx.run(
        "INSERT INTO severed (ledger_id, org, at, openings) VALUES ($1, 'o', 1, 1)", SECRET
    ),
    "bytes of a text for an id": lambda tx: tx.run(
        "INSERT INTO severed (ledger_id, org, at, openings) VALUES ($1, 'o', 1, 1)", SECRET.encode()
    ),
    "too few values": lambda tx: tx.run(PUT, SECRET),
    "a number too large": lambda tx: tx.run(PUT, SECRET, 2**70),
    "broken text": lambda tx: tx.run(PUT, "\ud800" + SECRET, 1),
    "copied, a key twice": lambda tx: tx.copy(
        "counter", ["org", "promise", "what", "day", "n", "worst"], [("o", "p", SECRET, 1, 1, 1)] * 2
    ),
    "copied, text for a number": lambda tx: tx.copy(
        "counter", ["org", "promise", "what", "day", "n", "worst"], [("o", "p", "a", SECRET, 1, 1)]
    ),
}


@pytest.mark.parametrize("what", BAD)
async def test_no_value_escapes_in_an_error(store: Store, what: str) -> None:
    """Databases quote rows and arguments in their errors; ours show none, in no link of the chain."""
    with pytest.raises(Exception) as caught:
        await store.write(BAD[what])
    assert isinstance(caught.value, (TepatiError, ValueError, TypeError, OverflowError))
    assert SECRET not in _told(caught.value)
    assert "rumah" not in _told(caught.value)
    assert await _count(store) == 0


async def test_a_fault_in_the_statement_is_told(store: Store) -> None:
    """Who writes SQL must see what is wrong with it; SQL holds no values."""
    with pytest.raises(TepatiError, match="nowhere"):
        await store.read(lambda tx: tx.all("SELECT a FROM nowhere"))


async def test_a_server_killed_in_the_middle_comes_back_as_it_was(random: Seeded) -> None:
    """Every connection cut: Unavailable, nothing half-done, and the pool serves the next act by itself."""
    try:
        with serving() as server:
            await _cut(server, random)
    except Exception as absent:
        if type(absent).__name__ != "Absent":
            raise
        pytest.skip(str(absent))


async def _cut(server: Server, random: Seeded) -> None:
    store = await open_store(server.url(), jitter=lambda: 0.1)

    async def work(tx: Tx) -> None:
        await tx.run(PUT, random(4).hex(), 1)
        await asyncio.to_thread(server.run, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                            " WHERE application_name = 'tepati'")  # fmt: skip
        await tx.run(PUT, "second", 1)

    with pytest.raises(Unavailable, match="store_gone"):
        await store.write(work)
    assert await _count(store) == 0
    await store.write(lambda tx: tx.run(PUT, "third", 1))
    assert await _count(store) == 1
    # At once, and every connection's process with it: SIGKILL would leave those answering for a moment longer.
    server.process.send_signal(signal.SIGQUIT)
    server.process.wait()
    with pytest.raises(Unavailable, match="store_gone"):
        await store.write(lambda tx: tx.run(PUT, "fourth", 1))
    await store.close()


WRITER = """
import asyncio, os, sys
sys.path.insert(0, sys.argv[1])
from tepati.store.open import open_store

PUT = "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ('o', 'p', $1, $2, 0, 0)"

async def main():
    store = await open_store(sys.argv[2], jitter=lambda: 0.1)
    n = 0
    while True:
        async def work(tx):
            await tx.many(PUT, [(f"{n}", day) for day in range(10)])
        await store.write(work)
        os.write(1, b"%d\\n" % n)
        n += 1

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [0, 3, 17])
async def test_a_killed_writer_leaves_whole_acts_only(store: Store, store_url: str, after: int) -> None:
    """A kill -9 at any point: what was answered is there, and of what was not, all or nothing."""
    source = str(Path(__file__).parents[2] / "src")
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, source, store_url, stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    answered = -1
    while answered < after:
        answered = int(await writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    rest = (await writer.stdout.read()).split(b"\n")
    await writer.wait()
    answered = max([answered, *(int(n) for n in rest[:-1] if n)])
    rows = await store.read(lambda tx: tx.all("SELECT what, count(*) FROM counter GROUP BY what"))
    assert {n for _, n in rows} == {10}
    assert len(rows) in {answered + 1, answered + 2}
