"""Room store: SQLite by apsw, on the loop's own thread. One connection writes, and no transaction ever waits.

A point read takes 5 us, a hop to a thread 50: so everything runs here but long scans. An ``await`` in the middle of a
transaction would let another request's statements into it (measured: silently), so work is driven by one ``send``.
What comes within one turn of the loop shares a commit (``turns.py``, docs/decisions/0038).
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

import apsw

from tepati.errors import TepatiError, Unavailable
from tepati.store.lite import SqliteTx, drive, fault, flushed, translated
from tepati.store.port import Engine, Row, Tx, Value
from tepati.store.turns import PAUSE, TRIES, End, Turns, Work

T = TypeVar("T")
Slow = Callable[[int, int], None]

_SLOW_MICROSECONDS = 10_000
_SLOW_ROWS = 500
_BUSY_MILLISECONDS = 20  # how long one try holds the loop when another process writes
_LOG_PAGES = 8000  # 32 MB: a page written in several of its transactions is copied back once (8 % of a batch)
_CACHE, _SCANNED = 32_768, 4_096  # kB of pages: twice as many save nothing, the system keeps the file in memory too


class SqliteStore:
    """A database file. ``slow(microseconds, rows)`` hears of write transactions over 10 ms or 500 rows."""

    engine: Engine = "sqlite"

    def __init__(self, path: Path, jitter: Callable[[], float], slow: Slow | None = None) -> None:
        self._path = path
        self._jitter = jitter
        self._slow = slow
        self._connection = connect(path)
        self._turns = Turns(self._turn, jitter)

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run work in a transaction, which it shares with whatever else comes in this turn of the loop."""
        self._outside()
        return await self._turns.add(work)

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

    def _outside(self) -> None:
        if self._connection.in_transaction:
            raise RuntimeError("a transaction inside a transaction")

    async def _begin(self, how: str) -> None:
        self._outside()
        for _ in range(TRIES):
            if self._begun(how):
                return
            await asyncio.sleep(self._jitter() * PAUSE)
        raise Unavailable("store_busy")

    def _turn(self, works: Sequence[Work]) -> list[End] | None:
        """Run the work of one turn, as much of it as is not too long; None while another process writes."""
        try:
            if not self._begun("BEGIN IMMEDIATE"):
                return None
        except TepatiError as error:
            return [End(error=error) for _ in works]
        watch = _Watch(self._connection)
        ends = self._shared(works, watch) if len(works) > 1 else None
        if ends is None:  # one alone; or something went wrong with all, and each goes alone
            ends = [self._alone(works[0])]
        if self._slow and watch.long:
            self._slow(watch.microseconds, watch.rows)
        return ends

    def _alone(self, work: Work) -> End:
        try:
            if not self._connection.in_transaction and not self._begun("BEGIN IMMEDIATE"):
                return End(error=Unavailable("store_busy"))
            return End(self._finish(work, writes=True))
        except Exception as error:  # noqa: BLE001 - told to whoever waits, whatever it is
            return End(error=error)

    def _shared(self, works: Sequence[Work], watch: "_Watch") -> list[End] | None:
        """Run work in one transaction, each in a savepoint: who fails leaves nothing. None: nothing of it is kept."""
        ends = list[End]()
        try:
            for work in works:
                ends.append(self._apart(work))
                if not self._connection.in_transaction:  # a full disk took back what went before, too
                    return None
                if watch.long:
                    break
            self._connection.execute("COMMIT")
        except apsw.Error:
            self._rollback()
            return None
        except BaseException:
            self._rollback()
            raise
        return ends

    def _apart(self, work: Work) -> End:
        tx = SqliteTx(self._connection)
        self._connection.execute("SAVEPOINT act")
        try:
            result = drive(work(tx))
            flushed(tx)
        except Exception as error:  # noqa: BLE001 - told to whoever waits, whatever it is
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO act")
                self._connection.execute("RELEASE act")
            return End(error=error)
        finally:
            tx.end()
        self._connection.execute("RELEASE act")
        return End(result)

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
        flushed(tx)
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


class _Watch:
    """How long the loop has stood still, and for how many rows."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._begun, self._before = asyncio.get_running_loop().time(), connection.total_changes()

    @property
    def microseconds(self) -> int:
        return round((asyncio.get_running_loop().time() - self._begun) * 1_000_000)

    @property
    def rows(self) -> int:
        return self._connection.total_changes() - self._before

    @property
    def long(self) -> bool:
        return self.microseconds > _SLOW_MICROSECONDS or self.rows > _SLOW_ROWS


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
