"""Room store: what the other rooms may ask of a database. SQL is by hand, with ``$1`` placeholders.

Values are ``int``, ``str``, ``bytes`` and ``None`` on both engines: instants are microseconds since 1970 UTC,
uuids are 16 raw bytes, truth is 0 or 1, sums are integers. Identifiers and values of persons never stand in SQL text.
Statements may end in ``FOR UPDATE [SKIP LOCKED]`` or ``FOR SHARE``: SQLite, which locks whole, drops the words.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Literal, Protocol, TypeVar

Value = int | str | bytes | None
Row = tuple[Value, ...]
Engine = Literal["sqlite", "postgresql"]
T = TypeVar("T")


class Tx(Protocol):
    """One open transaction. Inside it, await nothing but these.

    A statement that raises ends the transaction on both engines: work that swallows the error cannot commit.
    """

    engine: Engine
    id: int  # differs for every transaction of this process: permits are bound to it

    async def one(self, sql: str, *args: Value) -> Row | None:
        """Return the first row, or None."""

    async def all(self, sql: str, *args: Value) -> Sequence[Row]:
        """Return all rows; for a bounded number of them only."""

    async def run(self, sql: str, *args: Value | Sequence[Value]) -> int:
        """Run one statement, return how many rows it touched. Many values are an array: PostgreSQL alone has them."""

    async def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run one statement for each row."""

    async def later(self, sql: str, rows: Sequence[Sequence[Value]], *, apart: bool = False, once: str = "") -> None:
        """Let an INSERT, UPDATE or DELETE wait, one for each row, until the next other statement or the commit.

        It raises then. Rows differ by their key; ``apart``: also from those another waiting statement changes.
        ``once``: each must change exactly one row, else Conflict of this code is raised.
        """

    async def ahead(self, sql: str, *args: Value) -> None:
        """Announce a SELECT that ``one`` or ``all`` will ask word for word, to be answered along with the next one.

        For what nothing written in this transaction changes; it counts from the moment of that next statement.
        """

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Insert many rows the fastest way the engine has (COPY on PostgreSQL)."""


class Store(Protocol):
    """A database of either engine. ``write`` and ``read`` run a coroutine function inside one transaction.

    Raises Conflict on a lost race (after retries of serialization faults), Unavailable when full, busy or gone.
    On SQLite the work is driven by a single ``send(None)``; work that suspends is an error and rolls back.
    PostgreSQL may run ``work`` again after a lost race, so work changes nothing outside its transaction.
    """

    engine: Engine

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T: ...

    async def read(self, work: Callable[[Tx], Awaitable[T]], *, single: bool = False) -> T:
        """Run ``work`` on one snapshot; ``single`` promises one statement, which needs no transaction around it."""

    def scan(self, sql: str, *args: Value, batch: int = 500) -> AsyncIterator[Sequence[Row]]:
        """Stream the rows of a long SELECT in batches, on one snapshot and in flat memory, off the loop on SQLite."""

    async def checkpoint(self) -> bool:
        """Empty SQLite's write-ahead log of rows deleted since; False when a reader is in the way. Else True."""

    async def close(self) -> None: ...
