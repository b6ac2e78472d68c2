"""Listens to the driver under a store: what an act really sends, so that a floor can send exactly the same."""

from collections.abc import Awaitable, Callable
from typing import Any

Trace = list[tuple[str, str, Any]]  # (method, SQL or table, arguments) in order; "begin" or "bare" before each group

_ARGUED = {"fetchrow": "one", "fetch": "all", "execute": "run"}


class TapLink:
    """A connection to PostgreSQL that writes down what is asked of it, and passes it on."""

    def __init__(self, link: Any, trace: Trace) -> None:
        self._link, self._trace = link, trace

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._link, name)
        if name not in _ARGUED:
            return call

        async def heard(sql: str, *args: Any) -> Any:
            self._trace.append((_ARGUED[name], sql, args))
            return await call(sql, *args)

        return heard

    async def executemany(self, sql: str, rows: Any) -> None:
        rows = [tuple(row) for row in rows]
        self._trace.append(("many", sql, rows))
        await self._link.executemany(sql, rows)

    async def copy_records_to_table(self, table: str, *, columns: list[str], records: Any) -> Any:
        rows = [tuple(row) for row in records]
        self._trace.append(("copy", table, (columns, rows)))
        return await self._link.copy_records_to_table(table, columns=columns, records=rows)


class TapFile:
    """A SQLite connection that writes down what is asked of it, and passes it on."""

    def __init__(self, on: Any, trace: Trace) -> None:
        self._on, self._trace = on, trace

    def __getattr__(self, name: str) -> Any:
        return getattr(self._on, name)

    def execute(self, sql: str, args: Any = ()) -> Any:
        self._trace.append(("run", sql, tuple(args)))
        return self._on.execute(sql, args)

    def executemany(self, sql: str, rows: Any) -> Any:
        rows = [tuple(row) for row in rows]
        self._trace.append(("many", sql, rows))
        return self._on.executemany(sql, rows)


class TapStore:
    """A store that is listened to. ``trace`` is replaced by whoever wants the next act's statements."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.engine = store.engine
        self.trace: Trace = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return await self._store.write(self._tapped("begin", work))

    async def read(self, work: Callable[[Any], Awaitable[Any]], *, single: bool = False) -> Any:
        begun = "bare" if single and self.engine == "postgresql" else "begin"
        return await self._store.read(self._tapped(begun, work), single=single)

    def _tapped(self, begun: str, work: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        async def tapped(tx: Any) -> Any:
            self.trace.append((begun, "", ()))
            if self.engine == "postgresql":
                tx._link = TapLink(tx._link, self.trace)
            else:
                tx._connection = TapFile(tx._connection, self.trace)
            return await work(tx)

        return tapped
