"""Transactions: whole or not at all, one at a time on SQLite, tried again after a lost race on PostgreSQL."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.errors import Conflict, TepatiError, Unavailable
from tepati.store import postgres
from tepati.store.lite import translated
from tepati.store.open import open_store
from tepati.store.port import Store, Tx
from tepati.store.sqlite import SqliteStore
from tests.conftest import Seeded

PUT = "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ('o', 'p', $1, $2, 0, 0)"
COUNT = "SELECT count(*) FROM counter"


async def _count(store: Store) -> int:
    row = await store.read(lambda tx: tx.one(COUNT), single=True)
    assert row is not None
    return int(row[0] or 0)


async def test_work_that_returns_is_kept(store: Store) -> None:
    """What work returns comes back, and its rows stay."""

    async def work(tx: Tx) -> str:
        assert await tx.run(PUT, "a", 1) == 1
        await tx.many(PUT, [("b", day) for day in range(3)])
        await tx.copy("counter", ["org", "promise", "what", "day", "n", "worst"], [("o", "q", "c", 1, 5, -(2**62))])
        return "done"

    assert await store.write(work) == "done"
    assert await _count(store) == 5
    assert await store.read(lambda tx: tx.one("SELECT n, worst FROM counter WHERE what = 'c'")) == (5, -(2**62))


async def test_work_that_raises_leaves_nothing(store: Store) -> None:
    """An error in the middle takes everything before it along."""

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "a", 1)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(work)
    assert await _count(store) == 0


async def test_a_swallowed_fault_cannot_commit(store: Store) -> None:
    """On both engines a failed statement ends the transaction: half an act is never kept."""

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "a", 1)
        try:
            await tx.run(PUT, "a", 1)
        except Conflict:
            return

    with pytest.raises(RuntimeError, match="nothing is committed"):
        await store.write(work)
    assert await _count(store) == 0


async def test_a_transaction_cannot_be_kept_for_later(store: Store) -> None:
    """A transaction that leaked out of its work is dead, and its number never comes again."""
    kept: list[Tx] = []

    async def work(tx: Tx) -> None:
        kept.append(tx)

    await store.write(work)
    await store.read(work)
    assert kept[0].id != kept[1].id
    with pytest.raises(RuntimeError, match="has ended"):
        await kept[0].one(COUNT)


async def test_a_read_sees_one_snapshot_and_writes_nothing(store: Store) -> None:
    """Reading work that writes is refused by the database."""

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "a", 1)

    with pytest.raises((RuntimeError, TepatiError)):
        await store.read(work)
    assert await _count(store) == 0


async def test_a_lost_race_for_a_key_is_a_conflict(store: Store) -> None:
    """Sixteen want the same key at once: one has it, the others are told so, nobody waits for ever."""

    async def take(n: int) -> str:
        async def work(tx: Tx) -> str:
            await tx.run(PUT, f"own {n}", 1)
            await tx.run(PUT, "shared", 1)
            return "mine"

        try:
            return await store.write(work)
        except Conflict as lost:
            return lost.code

    ends = await asyncio.gather(*(take(n) for n in range(16)))
    assert sorted(ends) == ["mine"] + ["store_exists"] * 15
    assert await _count(store) == 2


async def test_writers_at_once_lose_no_addition(store: Store) -> None:
    """Fifty increments at once under a row lock make fifty."""
    await store.write(lambda tx: tx.run(PUT, "a", 1))

    async def work(tx: Tx) -> None:
        row = await tx.one("SELECT n FROM counter WHERE what = $1 FOR UPDATE", "a")
        assert row is not None
        await tx.run("UPDATE counter SET n = $2 WHERE what = $1", "a", int(row[0] or 0) + 1)

    await asyncio.gather(*(store.write(work) for _ in range(50)))
    assert await store.read(lambda tx: tx.one("SELECT n FROM counter WHERE what = 'a'")) == (50,)


async def test_a_scan_streams_all_rows_in_batches(store: Store) -> None:
    """A long SELECT comes in batches, on the snapshot of its beginning."""
    await store.write(lambda tx: tx.many(PUT, [("a", day) for day in range(1050)]))
    sizes, days = [], []
    async for rows in store.scan("SELECT day FROM counter WHERE what = $1 ORDER BY day", "a", batch=500):
        sizes.append(len(rows))
        days += [row[0] for row in rows]
        await store.write(lambda tx: tx.run("DELETE FROM counter WHERE what = 'a'"))
    assert (sizes, days) == ([500, 500, 50], list(range(1050)))
    assert await _count(store) == 0


async def test_a_scan_can_be_left(store: Store) -> None:
    """Whoever stops listening leaves nothing open behind."""
    await store.write(lambda tx: tx.many(PUT, [("a", day) for day in range(10)]))
    for _ in range(15):
        scan = store.scan("SELECT day FROM counter", batch=2)
        await anext(aiter(scan))
        await scan.aclose()  # type: ignore[attr-defined]
    await store.write(lambda tx: tx.run("DELETE FROM counter WHERE what = 'a'"))
    assert await store.checkpoint()


async def test_values_are_the_same_on_both_engines(store: Store, random: Seeded) -> None:
    """Ids are bytes, truth is 0 or 1, sums are integers, text sorts by its bytes."""
    person = random(16)
    await store.write(
        lambda tx: tx.run(
            "INSERT INTO decoy (person, org, kind, since, ledger_id) VALUES ($1, 'o', 'k', 1, $1)", person
        )
    )
    row = await store.read(
        lambda tx: tx.one("SELECT person, sum(since), 1 = 1, CASE WHEN 1 = 2 THEN 1 END FROM decoy GROUP BY person")
    )
    assert row == (person, 1, 1, None)
    assert [type(v) for v in row][:2] == [bytes, int]
    await store.write(lambda tx: tx.many(PUT, [(what, 1) for what in ("b", "B", "a", "Ä", "é", "z")]))
    assert [r[0] for r in await store.read(lambda tx: tx.all("SELECT what FROM counter ORDER BY what"))] == [
        "B", "a", "b", "z", "Ä", "é",
    ]  # fmt: skip


# --- SQLite alone


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[SqliteStore]:
    """Give a SQLite store with one table."""
    store = SqliteStore(tmp_path / "a.db", lambda: 0.1)
    store._connection.execute("CREATE TABLE counter (org, promise, what, day, n, worst, UNIQUE (what, day))")
    yield store
    store._connection.close()


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_work_that_suspends_is_refused_and_rolled_back(lite: SqliteStore) -> None:
    """An await in the middle let another request's statements in; so it is an error, and nothing of it stays."""
    closed: list[str] = []

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "a", 1)
        try:
            await asyncio.sleep(0)
        finally:
            closed.append("closed")

    with pytest.raises(RuntimeError, match="suspended"):
        await lite.write(work)
    assert closed == ["closed"]
    assert await _count(lite) == 0
    await lite.write(lambda tx: tx.run(PUT, "b", 1))
    assert await _count(lite) == 1


async def test_work_that_awaits_again_while_closing_is_rolled_back_too(lite: SqliteStore) -> None:
    """Even work that resists being closed leaves nothing."""

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "a", 1)
        try:
            await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="suspended"):
        await lite.write(work)
    assert await _count(lite) == 0


async def test_a_transaction_inside_a_transaction_is_refused(lite: SqliteStore) -> None:
    """Two acts in one transaction would commit together or not at all: nobody asked for that."""

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "a", 1)
        await lite.write(lambda inner: inner.run(PUT, "b", 1))

    with pytest.raises(RuntimeError, match="inside a transaction"):
        await lite.write(work)
    assert await _count(lite) == 0


async def test_long_transactions_are_told(tmp_path: Path) -> None:
    """Over 500 rows (or 10 ms) the loop stood still for everybody: somebody hears of it."""
    heard: list[tuple[int, int]] = []
    store = await open_store(f"sqlite:///{tmp_path / 'a.db'}", jitter=lambda: 0, slow=lambda t, n: heard.append((t, n)))
    heard.clear()
    await store.write(lambda tx: tx.many(PUT, [("a", day) for day in range(501)]))
    assert [rows for _, rows in heard] == [501]
    await store.close()


async def test_a_lock_of_another_process_does_not_stop_the_loop(lite: SqliteStore, tmp_path: Path) -> None:
    """While another process writes, requests that only compute go on, and the write comes after."""
    other = SqliteStore(tmp_path / "a.db", lambda: 0.1)
    other._connection.execute("BEGIN IMMEDIATE")
    writing = asyncio.ensure_future(lite.write(lambda tx: tx.run(PUT, "a", 1)))
    for _ in range(3):
        await asyncio.sleep(0.01)
    assert not writing.done()
    other._connection.execute("COMMIT")
    assert await writing == 1
    await other.close()


async def test_a_lock_that_never_goes_is_told(
    lite: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Busy for ever is Unavailable, not a hang."""
    monkeypatch.setattr("tepati.store.turns.TRIES", 3)
    other = SqliteStore(tmp_path / "a.db", lambda: 0.1)
    other._connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="store_busy"):
        await lite.write(lambda tx: tx.run(PUT, "a", 1))
    await other.close()


async def test_the_settings_are_the_ones_the_vault_rests_on(lite: SqliteStore, tmp_path: Path) -> None:
    """Deleted rows are overwritten, nothing spills to temporary files, a commit is on disk, and the file is private."""
    pragma = lite._connection.pragma
    assert [pragma(n) for n in ("journal_mode", "synchronous", "secure_delete", "temp_store", "foreign_keys")] == [
        "wal", 2, 1, 2, 1,
    ]  # fmt: skip
    await lite.write(lambda tx: tx.run(PUT, "a", 1))
    assert {path.stat().st_mode & 0o777 for path in _files(tmp_path)} == {0o600}


async def test_a_deleted_row_is_gone_from_the_files(lite: SqliteStore, tmp_path: Path) -> None:
    """After a checkpoint no byte of a deleted row lies in the database or its log."""
    await lite.write(lambda tx: tx.run(PUT, "MARKER-4711", 1))
    assert any(b"MARKER-4711" in path.read_bytes() for path in _files(tmp_path))
    await lite.write(lambda tx: tx.run("DELETE FROM counter WHERE what = $1", "MARKER-4711"))
    assert await lite.checkpoint()
    assert not any(b"MARKER-4711" in path.read_bytes() for path in _files(tmp_path))


async def test_a_checkpoint_under_a_reader_says_no(lite: SqliteStore, tmp_path: Path) -> None:
    """A reader keeps old pages alive: the duty is told, and tries again."""
    await lite.write(lambda tx: tx.run(PUT, "a", 1))
    other = SqliteStore(tmp_path / "a.db", lambda: 0.1)
    other._connection.execute("BEGIN")
    other._connection.execute(COUNT).fetchall()
    await lite.write(lambda tx: tx.run(PUT, "b", 1))
    assert not await lite.checkpoint()
    other._connection.execute("COMMIT")
    assert await lite.checkpoint()
    await other.close()


@given(st.lists(st.integers(1, 30), max_size=8))
def test_placeholders_keep_their_numbers(numbers: list[int]) -> None:
    """``$n`` becomes ``?n`` wherever it stands, in any order, and nothing else changes."""
    sql = "SELECT " + ", ".join(f"a{n} = ${n}" for n in numbers)
    assert translated(sql) == sql.replace("$", "?")


@pytest.mark.parametrize(
    "lock", ["FOR UPDATE", "FOR UPDATE SKIP LOCKED", "FOR NO KEY UPDATE", "FOR KEY SHARE", "FOR SHARE"]
)
def test_row_locks_are_dropped_at_the_end_only(lock: str) -> None:
    """SQLite locks whole; the words of PostgreSQL go, a column that looks like them stays."""
    assert translated(f"SELECT a FROM b {lock}") == "SELECT a FROM b"
    assert translated(f"UPDATE a SET b = 1 WHERE c IN (SELECT c FROM b LIMIT $1 {lock}) AND d") == (
        "UPDATE a SET b = 1 WHERE c IN (SELECT c FROM b LIMIT ?1) AND d"
    )
    assert "FOR UPDATE x" in translated("SELECT 'FOR UPDATE x' FROM b")


# --- PostgreSQL alone


async def test_a_serialization_fault_is_tried_again(postgres_shared: str) -> None:
    """A transaction the server broke off for another's sake runs again, whole; work may run twice."""
    store = await postgres.connect(postgres_shared, lambda: 0.01)
    tries = []

    async def work(tx: Tx) -> str:
        tries.append(tx.id)
        if len(tries) < 3:
            await tx.run("DO $x$ BEGIN RAISE SQLSTATE '40001'; END $x$")
        return "done"

    assert await store.write(work) == "done"
    assert len(set(tries)) == 3
    await store.close()


async def test_a_race_that_is_always_lost_is_told(postgres_shared: str) -> None:
    """After the last try the caller hears Conflict."""
    store = await postgres.connect(postgres_shared, lambda: 0.001)
    with pytest.raises(Conflict, match="store_race"):
        await store.write(lambda tx: tx.run("DO $x$ BEGIN RAISE SQLSTATE '40P01'; END $x$"))
    await store.close()


async def test_a_deadlock_ends_well_for_both(postgres_shared: str) -> None:
    """Two writers that lock two rows crosswise both finish: one of them on its second try."""
    store = await postgres.connect(postgres_shared, lambda: 0.5)
    await store.write(lambda tx: tx.run("DELETE FROM counter WHERE org = 'o'"))
    await store.write(lambda tx: tx.many(PUT, [("a", 1), ("b", 1)]))

    async def both(first: str, second: str) -> None:
        async def work(tx: Tx) -> None:
            for what in (first, second):
                await tx.run("UPDATE counter SET n = n + 1 WHERE what = $1", what)
                await asyncio.sleep(0.02)

        await store.write(work)

    await asyncio.gather(both("a", "b"), both("b", "a"))
    assert await store.read(lambda tx: tx.all("SELECT n FROM counter WHERE org = 'o'")) == [(2,), (2,)]
    await store.close()


async def test_a_single_read_asks_once(postgres_shared: str) -> None:
    """Two statements without a transaction would see two states of the world."""
    store = await postgres.connect(postgres_shared, lambda: 0.5)

    async def work(tx: Tx) -> None:
        await tx.one(COUNT)
        await tx.one(COUNT)

    with pytest.raises(RuntimeError, match="asked twice"):
        await store.read(work, single=True)
    await store.close()


async def test_a_cancelled_act_leaves_nothing_and_its_connection_serves_on(postgres_shared: str) -> None:
    """A client that goes away in the middle rolls its act back."""
    store = await postgres.connect(postgres_shared, lambda: 0.5, size=1)
    started = asyncio.Event()

    async def work(tx: Tx) -> None:
        await tx.run(PUT, "cancelled", 1)
        started.set()
        await tx.run("SELECT pg_sleep(30)")

    task = asyncio.ensure_future(store.write(work))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.read(lambda tx: tx.one("SELECT count(*) FROM counter WHERE what = 'cancelled'")) == (0,)
    await store.close()
