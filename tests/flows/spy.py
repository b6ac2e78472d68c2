"""A store that watches what passes into SQL, and can be killed after any statement."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from tepati.store.port import Engine, Row, Store, Tx, Value

T = TypeVar("T")


class Killed(BaseException):
    """The process ended here."""


class SpyTx:
    """A transaction that counts statements and keeps every value."""

    def __init__(self, tx: Tx, spy: "SpyStore") -> None:
        self.tx, self.spy, self.engine, self.id = tx, spy, tx.engine, tx.id

    def _see(self, sql: str, args: Iterable[Value]) -> None:
        self.spy.seen.append((sql, tuple(args)))
        if not self.spy.left:
            raise Killed
        self.spy.left -= 1

    async def one(self, sql: str, *args: Value) -> Row | None:
        self._see(sql, args)
        return await self.tx.one(sql, *args)

    async def all(self, sql: str, *args: Value) -> Sequence[Row]:
        self._see(sql, args)
        return await self.tx.all(sql, *args)

    async def run(self, sql: str, *args: Value) -> int:
        self._see(sql, args)
        return await self.tx.run(sql, *args)

    async def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        kept = [tuple(row) for row in rows]
        for row in kept:
            self._see(sql, row)
        await self.tx.many(sql, kept)

    async def later(self, sql: str, rows: Sequence[Sequence[Value]], *, apart: bool = False, once: str = "") -> None:
        for row in rows:
            self._see(sql, row)
        await self.tx.later(sql, rows, apart=apart, once=once)

    async def ahead(self, sql: str, *args: Value) -> None:
        self._see(sql, args)
        await self.tx.ahead(sql, *args)

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        kept = [tuple(row) for row in rows]
        for row in kept:
            self._see(table, row)
        await self.tx.copy(table, columns, kept)


class SpyStore:
    """Hands every transaction out watched; ``left`` statements later the process is killed (-1: never)."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.engine: Engine = store.engine
        self.seen: list[tuple[str, tuple[Value, ...]]] = []
        self.left = -1

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        return await self.store.write(lambda tx: work(SpyTx(tx, self)))

    async def read(self, work: Callable[[Tx], Awaitable[T]], *, single: bool = False) -> T:
        return await self.store.read(lambda tx: work(SpyTx(tx, self)), single=single)

    def scan(self, sql: str, *args: Value, batch: int = 500) -> Any:
        return self.store.scan(sql, *args, batch=batch)

    async def checkpoint(self) -> bool:
        return await self.store.checkpoint()

    async def close(self) -> None:
        await self.store.close()
