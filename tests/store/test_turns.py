"""What comes within one turn of the loop shares a commit on SQLite, and nothing else: each stands or falls alone."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from tepati.errors import Conflict, Unavailable
from tepati.store.port import Tx
from tepati.store.sqlite import SqliteStore

PUT = "INSERT INTO thing (name, body) VALUES ($1, $2)"


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[SqliteStore]:
    """Give a SQLite store with one table."""
    store = SqliteStore(tmp_path / "a.db", lambda: 0.1)
    store._connection.execute("CREATE TABLE thing (name TEXT PRIMARY KEY, body)")
    yield store
    store._connection.close()


def _commits(store: SqliteStore) -> list[int]:
    heard: list[int] = []
    store._connection.set_commit_hook(lambda: heard.append(1) or False)
    return heard


async def _names(store: SqliteStore) -> list[object]:
    return [row[0] for row in await store.read(lambda tx: tx.all("SELECT name FROM thing ORDER BY name"))]


def _put(name: str, body: str = "") -> object:
    return lambda tx: tx.run(PUT, name, body)


async def test_what_comes_together_is_committed_once(lite: SqliteStore) -> None:
    """Five acts of one turn: each has its answer, one commit."""
    commits = _commits(lite)
    assert await asyncio.gather(*(lite.write(_put(name)) for name in "abcde")) == [1] * 5
    assert (len(commits), await _names(lite)) == (1, list("abcde"))
    await lite.write(_put("f"))
    assert len(commits) == 2


async def test_who_fails_leaves_nothing_and_spoils_nobody(lite: SqliteStore) -> None:
    """A conflict, an error of the act's own, a swallowed failure, what still waited: all undone, the others stay."""

    async def own(tx: Tx) -> None:
        await tx.run(PUT, "own", "")
        raise KeyError("own")

    async def swallowed(tx: Tx) -> None:
        await tx.run(PUT, "swallowed", "")
        try:
            await tx.run(PUT, "a", "")
        except Conflict:
            return

    async def waits(tx: Tx) -> None:
        await tx.later(PUT, [("waits", ""), ("a", "")])

    async def suspends(tx: Tx) -> None:
        await tx.run(PUT, "suspends", "")
        await asyncio.sleep(0)

    works = [_put("a"), _put("a"), own, swallowed, waits, suspends, _put("b")]
    commits = _commits(lite)
    ends = await asyncio.gather(*(lite.write(work) for work in works), return_exceptions=True)
    kinds = [int, Conflict, KeyError, RuntimeError, Conflict, RuntimeError, int]
    assert [type(end) for end in ends] == kinds
    assert (len(commits), await _names(lite)) == (1, ["a", "b"])


async def test_a_process_that_is_told_to_stop_keeps_nothing_of_the_turn(lite: SqliteStore) -> None:
    """What is no error but an end (a signal, a kill) undoes the whole transaction, and all of it hear."""

    class Killed(BaseException):
        pass

    async def killed(tx: Tx) -> None:
        await tx.run(PUT, "killed", "")
        raise Killed

    ends = await asyncio.gather(*(lite.write(work) for work in (_put("a"), killed)), return_exceptions=True)
    assert [type(end) for end in ends] == [Killed, Killed]
    assert await _names(lite) == []


async def test_one_sees_what_stands_before_it(lite: SqliteStore) -> None:
    """They run in the order in which they came, as if each had committed."""
    count = "SELECT count(*) FROM thing"
    _, seen = await asyncio.gather(lite.write(_put("a")), lite.write(lambda tx: tx.one(count)))
    assert seen == (1,)


async def test_nobody_is_answered_before_the_commit(lite: SqliteStore, tmp_path: Path) -> None:
    """Whoever hears that it was done can read it from another connection."""
    other = apsw.Connection(str(tmp_path / "a.db"))

    async def told(name: str) -> int:
        await lite.write(_put(name))
        return int(other.execute("SELECT count(*) FROM thing").fetchone()[0])

    assert await asyncio.gather(told("a"), told("b")) == [2, 2]
    other.close()


async def test_a_commit_that_fails_fails_each_by_itself(lite: SqliteStore) -> None:
    """Nothing of the shared transaction stays; each is done again alone, and hears of its own commit."""
    refused = iter([True])
    lite._connection.set_commit_hook(lambda: next(refused, False))
    assert await asyncio.gather(lite.write(_put("a")), lite.write(_put("b"))) == [1, 1]
    lite._connection.set_commit_hook(lambda: True)
    ends = await asyncio.gather(lite.write(_put("c")), lite.write(_put("d")), return_exceptions=True)
    assert all(isinstance(end, Exception) for end in ends)
    lite._connection.set_commit_hook(None)
    assert await _names(lite) == ["a", "b"]


async def test_a_full_disk_hits_only_who_needs_the_room(lite: SqliteStore) -> None:
    """SQLite takes the whole transaction back: the small ones are done again, the large one hears of it."""
    lite._connection.pragma("max_page_count", int(lite._connection.pragma("page_count")) + 4)
    works = [_put("a"), _put("b", "x" * 100_000), _put("c")]
    ends = await asyncio.gather(*(lite.write(work) for work in works), return_exceptions=True)
    assert [type(end) for end in ends] == [int, Unavailable, int]
    assert await _names(lite) == ["a", "c"]


@pytest.mark.parametrize("alone", [True, False])
async def test_after_a_full_disk_no_statement_commits_by_itself(lite: SqliteStore, alone: bool) -> None:
    """SQLite has rolled back already: what an act that swallows the failure says next would be a commit of its own."""
    lite._connection.pragma("max_page_count", int(lite._connection.pragma("page_count")) + 4)

    async def swallows(tx: Tx) -> None:
        await tx.run(PUT, "first", "")
        with contextlib.suppress(Unavailable):
            await tx.run(PUT, "large", "x" * 100_000)
        await tx.run(PUT, "after", "")

    works = [swallows] if alone else [_put("a"), swallows, _put("c")]
    ends = await asyncio.gather(*(lite.write(work) for work in works), return_exceptions=True)
    assert [type(end) for end in ends] == [RuntimeError] if alone else [int, RuntimeError, int]
    assert await _names(lite) == ([] if alone else ["a", "c"])


async def test_a_long_one_ends_the_transaction(tmp_path: Path) -> None:
    """Who comes after 500 rows does not make the loop stand still any longer: they have the next commit."""
    heard: list[int] = []
    store = SqliteStore(tmp_path / "a.db", lambda: 0.1, slow=lambda _, rows: heard.append(rows))
    store._connection.execute("CREATE TABLE thing (name TEXT PRIMARY KEY, body)")
    commits = _commits(store)
    many = [(f"m{n}", "") for n in range(501)]
    await asyncio.gather(store.write(lambda tx: tx.many(PUT, many)), store.write(_put("b")))
    assert len(commits) == 2
    assert 501 in heard
    await store.close()


async def test_who_gave_up_while_waiting_is_not_done(lite: SqliteStore) -> None:
    """Cancelled before the turn ends: nothing happens. After the commit: told, and cancelled at the next wait."""
    early = asyncio.ensure_future(lite.write(_put("early")))
    await asyncio.sleep(0)
    early.cancel()
    reached: list[object] = []

    async def late() -> None:
        reached.append(await lite.write(_put("late")))
        await asyncio.sleep(10)
        reached.append("no")

    task = asyncio.ensure_future(late())
    await asyncio.sleep(0)  # it asks
    await asyncio.sleep(0)  # it is committed
    assert await _names(lite) == ["late"]
    task.cancel()
    for waited in (early, task):
        with pytest.raises(asyncio.CancelledError):
            await waited
    assert (reached, await _names(lite)) == ([1], ["late"])


def test_a_loop_that_ended_does_not_hold_up_the_next(lite: SqliteStore) -> None:
    """Work that waited in a loop that is gone is not done, and the next loop begins a turn of its own."""

    async def leaves() -> None:
        asyncio.ensure_future(lite.write(_put("left")))  # noqa: RUF006 - cancelled with its loop
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leaves())
    loop.close()
    assert asyncio.run(lite.write(_put("a"))) == 1
