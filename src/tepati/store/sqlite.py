"""Room store: SQLite by apsw, on the loop's own thread. One connection writes, and no transaction ever waits.

A point read takes 5 us, a hop to a thread 50: so everything runs here but long scans. An ``await`` in the middle of a
transaction would let another request's statements into it (measured: silently), so work is driven by one ``send``.
"""

import asyncio
import itertools
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import apsw

from tepati.errors import Conflict, TepatiError, Unavailable
from tepati.store.later import Part, Waiting, changed
from tepati.store.port import Engine, Row, Tx, Value

T = TypeVar("T")
Slow = Callable[[int, int], None]

_SLOW_MICROSECONDS = 10_000
_SLOW_ROWS = 500
_BUSY_MILLISECONDS = 20  # how long one try holds the loop when another process writes
_BUSY_TRIES = 60  # then the loop runs for 0 to 50 ms between tries: two to four seconds in all
_LOG_PAGES = 8000  # 32 MB: a page written in several of its transactions is copied back once (8 % of a batch)
_CACHE, _SCANNED = 32_768, 4_096  # kB of pages: twice as many save nothing, the system keeps the file in memory too
_numbers = itertools.count(1)

_PLACEHOLDER = re.compile(r"\$(\d+)")
_LOCKING = re.compile(
    r"\s+FOR\s+(?:NO\s+KEY\s+UPDATE|UPDATE|KEY\s+SHARE|SHARE)(?:\s+OF\s+\w+)?(?:\s+SKIP\s+LOCKED|\s+NOWAIT)?(?=\s*(?:\)|$))"
)


@cache
def translated(sql: str) -> str:
    """Return the statement as SQLite reads it: ``?1`` for ``$1``, and no row locks, the whole database being locked."""
    return _PLACEHOLDER.sub(r"?\1", _LOCKING.sub("", sql))


def drive(work: Awaitable[T]) -> T:
    """Run a coroutine that may not wait. Raises RuntimeError, having closed it, when it suspends."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        return cast("T", end.value)
    _close(steps)
    raise RuntimeError("work suspended inside a transaction: await nothing there but the store")


def _close(steps: object) -> None:
    try:
        steps.close()  # type: ignore[attr-defined]  # a coroutine's iterator has it, the typing of __await__ does not
    except RuntimeError:
        return  # it awaited once more while closing; the rollback follows anyway


_GONE: tuple[tuple[tuple[type[apsw.Error], ...], str], ...] = (
    ((apsw.FullError,), "store_full"),
    ((apsw.BusyError, apsw.LockedError), "store_busy"),
    ((apsw.ReadOnlyError,), "store_readonly"),
    ((apsw.IOError, apsw.CantOpenError, apsw.NoMemError), "store_gone"),
    ((apsw.CorruptError, apsw.NotADBError), "store_corrupt"),
)


def fault(error: Exception) -> Exception:
    """Return our error for one of SQLite's, with names of tables at most: its messages never carry values."""
    if isinstance(error, apsw.ConstraintError):
        return _constraint(error)
    for kinds, code in _GONE:
        if isinstance(error, kinds):
            return Unavailable(code)
    if isinstance(error, apsw.Error):
        return TepatiError("store_fault", said=str(error))
    if isinstance(error, (ValueError, TypeError, OverflowError)):
        return TepatiError("store_fault", said=type(error).__name__)  # a value that cannot be bound; Python quotes it
    return error


def _constraint(error: apsw.ConstraintError) -> TepatiError:
    lost = {
        apsw.SQLITE_CONSTRAINT_PRIMARYKEY: "store_exists",
        apsw.SQLITE_CONSTRAINT_UNIQUE: "store_exists",
        apsw.SQLITE_CONSTRAINT_ROWID: "store_exists",
        apsw.SQLITE_CONSTRAINT_FOREIGNKEY: "store_referred",
    }
    code = lost.get(error.extendedresult)  # type: ignore[attr-defined]  # it is there: apsw's stub forgot it
    return Conflict(code) if code else TepatiError("store_fault", said=str(error))


class SqliteTx:
    """One open transaction on the writing connection; dead after its end, so that it cannot leak into the next."""

    engine: Engine = "sqlite"

    def __init__(self, connection: apsw.Connection) -> None:
        self.id = next(_numbers)
        self.broken = False
        self._waiting = Waiting()
        self._connection: apsw.Connection | None = connection

    def end(self) -> None:
        self._connection = None

    async def one(self, sql: str, *args: Value) -> Row | None:
        return self._guarded(lambda on: cast("Row | None", on.execute(translated(sql), args).fetchone()))

    async def all(self, sql: str, *args: Value) -> Sequence[Row]:
        return self._guarded(lambda on: cast("list[Row]", on.execute(translated(sql), args).fetchall()))

    async def run(self, sql: str, *args: Value | Sequence[Value]) -> int:
        return self._guarded(lambda on: _run(on, sql, args))

    async def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        self._guarded(lambda on: on.executemany(translated(sql), rows).fetchall())

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        await self.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    async def later(self, sql: str, rows: Sequence[Sequence[Value]], *, apart: bool = False, once: str = "") -> None:
        if not self._waiting.fits(sql, apart=apart):
            self.flush()
        self._waiting.add(sql, rows, once)

    async def ahead(self, sql: str, *args: Value) -> None:
        """Do nothing: there is no way there and back to save."""

    def flush(self) -> None:
        """Send what waits: here a statement costs no way there and back, so each goes for itself."""
        self._guarded(lambda _: None)

    def _guarded(self, call: Callable[[apsw.Connection], T]) -> T:
        if self._connection is None:
            raise RuntimeError("this transaction has ended")
        try:
            for part in self._waiting.take() if self._waiting.parts else ():
                _sent(self._connection, part)
            return call(self._connection)
        except Exception as error:  # noqa: BLE001 - raised again below, as ours
            self.broken = True
            found = fault(error)
        raise found  # outside the handler: the engine's own error is not carried along


def _sent(on: apsw.Connection, part: Part) -> None:
    if part.once:
        for row in part.rows:
            changed(_run(on, part.sql, tuple(row)), part.once)
    else:
        on.executemany(translated(part.sql), part.rows).fetchall()


def _run(on: apsw.Connection, sql: str, args: tuple[Value | Sequence[Value], ...]) -> int:
    before = on.total_changes()
    on.execute(translated(sql), args).fetchall()
    return on.changes() if on.total_changes() != before else 0


class SqliteStore:
    """A database file. ``slow(microseconds, rows)`` hears of write transactions over 10 ms or 500 rows."""

    engine: Engine = "sqlite"

    def __init__(self, path: Path, jitter: Callable[[], float], slow: Slow | None = None) -> None:
        self._path = path
        self._jitter = jitter
        self._slow = slow
        self._connection = connect(path)

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        await self._begin("BEGIN IMMEDIATE")
        clock = asyncio.get_running_loop().time
        started, rows = clock(), self._connection.total_changes()
        result = self._finish(work, writes=True)
        self._report(clock() - started, self._connection.total_changes() - rows)
        return result

    async def read(self, work: Callable[[Tx], Awaitable[T]], *, single: bool = False) -> T:
        del single  # a transaction that only reads costs 2 us here
        await self._begin("BEGIN")
        return self._finish(work, writes=False)

    async def scan(self, sql: str, *args: Value, batch: int = 500) -> AsyncIterator[Sequence[Row]]:
        """Stream a long SELECT from a thread, over a connection of its own: the loop goes on meanwhile."""
        connection = await asyncio.to_thread(connect, self._path, writes=False)
        try:
            cursor = await asyncio.to_thread(connection.execute, translated(sql), args)
            while rows := await asyncio.to_thread(lambda: list(itertools.islice(cursor, batch))):
                yield cast("list[Row]", rows)
        finally:
            connection.close(True)  # also under a half-read cursor

    async def checkpoint(self) -> bool:
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.BusyError:
            return False
        return True

    async def close(self) -> None:
        self._connection.close()

    async def _begin(self, how: str) -> None:
        if self._connection.in_transaction:
            raise RuntimeError("a transaction inside a transaction")
        for _ in range(_BUSY_TRIES):
            if self._begun(how):
                return
            await asyncio.sleep(self._jitter() * 0.05)
        raise Unavailable("store_busy")

    def _begun(self, how: str) -> bool:
        try:
            self._connection.execute(how)
        except apsw.BusyError:
            return False
        except apsw.Error as error:
            found = fault(error)
        else:
            return True
        raise found

    def _finish(self, work: Callable[[Tx], Awaitable[T]], *, writes: bool) -> T:
        tx = SqliteTx(self._connection)
        try:
            result = drive(work(tx))
            self._settle(tx, writes=writes)
        except BaseException:
            self._rollback()
            raise
        finally:
            tx.end()
        return result

    def _settle(self, tx: SqliteTx, *, writes: bool) -> None:
        if not tx.broken:
            tx.flush()
        if tx.broken:
            raise RuntimeError("a statement failed and the work went on: nothing is committed")
        if not writes and self._connection.txn_state() == apsw.SQLITE_TXN_WRITE:
            raise RuntimeError("a reading transaction wrote")
        try:
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            found = fault(error)
        else:
            return
        raise found

    def _rollback(self) -> None:
        # A full disk or a fault of the device has often rolled back by itself (sqlite.org/lang_transaction, 3.1).
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _report(self, seconds: float, rows: int) -> None:
        taken = round(seconds * 1_000_000)
        if self._slow and (taken > _SLOW_MICROSECONDS or rows > _SLOW_ROWS):
            self._slow(taken, rows)


def connect(path: Path, *, writes: bool = True) -> apsw.Connection:
    """Open a database file with our settings. A new file is readable by its owner only. Raises Unavailable."""
    try:
        if writes:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = apsw.Connection(str(path), statementcachesize=500)
        _settings(connection, writes=writes)
    except (apsw.Error, OSError) as error:
        found = _unopened(error, path)
    else:
        return connection
    raise found


def _unopened(error: Exception, path: Path) -> Exception:
    """Return our error for a file that does not open, naming it: the operator can mend that."""
    if isinstance(error, (apsw.CantOpenError, apsw.ReadOnlyError, OSError)):
        return Unavailable("store_unopened", file=str(path))
    return fault(error)


def _settings(connection: apsw.Connection, *, writes: bool) -> None:
    connection.set_busy_timeout(_BUSY_MILLISECONDS)
    settings = {"journal_mode": "WAL", "synchronous": "FULL", "secure_delete": "ON", "temp_store": "MEMORY",
                "foreign_keys": "ON", "cache_size": -_CACHE if writes else -_SCANNED, "trusted_schema": "OFF",
                "wal_autocheckpoint": _LOG_PAGES}  # fmt: skip
    for name, value in settings.items():
        connection.pragma(name, value)
    if not writes:
        connection.pragma("query_only", "ON")
