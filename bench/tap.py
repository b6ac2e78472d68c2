"""Listens to a store: every statement of an act with its arguments, so that a floor can run exactly the same ones."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from tepati.store.later import Waiting, steps
from tepati.store.port import Row, Store, Tx, Value

Trace = list[tuple[str, str, Any]]  # (method, SQL or table, arguments) in order; "begin" stands before each transaction


class TapTx:
    """A transaction that writes down what it is asked, and passes it on."""

    def __init__(self, tx: Tx, trace: Trace) -> None:
        self._tx, self._trace = tx, trace
        self.engine, self.id = tx.engine, tx.id
        self._waiting = Waiting()

    async def later(self, sql: str, rows: Sequence[Sequence[Value]], *, apart: bool = False) -> None:
        if not self._waiting.fits(sql, apart=apart):
            await self.flush()
        self._waiting.add(sql, rows)

    async def flush(self) -> None:
        """Send what waits as the store itself would, so that the floor runs what is really sent."""
        parts = self._waiting.take()
        if self.engine == "sqlite":
            for sql, rows in parts:
                await self.many(sql, rows)
            return
        for step in steps(parts):
            if step.kind == "copy":
                await self.copy(step.sql, step.columns, step.rows)
            elif step.kind == "many":
                await self.many(step.sql, step.rows)
            else:
                await self.run(step.sql, *step.rows[0])

    async def one(self, sql: str, *args: Value) -> Row | None:
        await self.flush()
        self._trace.append(("one", sql, args))
        return await self._tx.one(sql, *args)

    async def all(self, sql: str, *args: Value) -> Sequence[Row]:
        await self.flush()
        self._trace.append(("all", sql, args))
        return await self._tx.all(sql, *args)

    async def run(self, sql: str, *args: Value) -> int:
        await self.flush()
        self._trace.append(("run", sql, args))
        return await self._tx.run(sql, *args)

    async def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        await self.flush()
        rows = [tuple(row) for row in rows]
        self._trace.append(("many", sql, rows))
        await self._tx.many(sql, rows)

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        await self.flush()
        rows = [tuple(row) for row in rows]
        self._trace.append(("copy", table, (tuple(columns), rows)))
        await self._tx.copy(table, columns, rows)


class TapStore:
    """A store that is listened to. ``trace`` is replaced by whoever wants the next act's statements."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.engine = store.engine
        self.trace: Trace = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        self.trace.append(("begin", "", ()))

        async def tapped(tx: Tx) -> Any:
            tap = TapTx(tx, self.trace)
            done = await work(tap)
            await tap.flush()
            return done

        return await self._store.write(tapped)

    async def read(self, work: Callable[[Any], Awaitable[Any]], **how: Any) -> Any:
        self.trace.append(("begin", "", ()))
        return await self._store.read(lambda tx: work(TapTx(tx, self.trace)), **how)
