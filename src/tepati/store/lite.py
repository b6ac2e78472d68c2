"""Room store: one transaction on SQLite, its statements, its errors as ours, and the work that is driven inside it."""

import itertools
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cache
from typing import TypeVar, cast

import apsw

from tepati.errors import Conflict, TepatiError, Unavailable
from tepati.store.later import Part, Waiting, changed
from tepati.store.port import Engine, Row, Value

T = TypeVar("T")

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
        if (
            self.broken and not self._connection.in_transaction
        ):  # a full disk rolled back: what comes would commit alone
            raise RuntimeError("a statement failed and the work went on: nothing is committed")
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


def flushed(tx: SqliteTx) -> None:
    """Send what waits. Raises RuntimeError where a statement failed and the work went on."""
    if not tx.broken:
        tx.flush()
    if tx.broken:
        raise RuntimeError("a statement failed and the work went on: nothing is committed")
