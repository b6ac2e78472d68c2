"""The floor of the HTTP measurement, by Granian and Litestar: replays the statements that the acts sent.

Set by environment: BENCH_URL, BENCH_TRACES. One worker, one loop.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import msgspec
from litestar import Litestar, post

URL = os.environ.get("BENCH_URL", "")


class Wish(msgspec.Struct):
    """The body of a request: what the act is about, and which of the traces it is."""

    about: str
    index: int


class Replay:
    """The floor: no door, no vault, no ledger; the same statements with the same arguments, by the bare driver."""

    def __init__(self, traces: dict[str, list[list[Any]]]) -> None:
        self.traces = traces
        self.pool: Any = None
        self.file: Any = None

    async def open(self) -> None:
        if URL.startswith("sqlite"):
            self.file = apsw.Connection(URL.removeprefix("sqlite:///"), statementcachesize=500)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY",
                           "foreign_keys=ON", "cache_size=-65536"):  # fmt: skip
                self.file.execute(f"PRAGMA {pragma}").fetchall()
            return

        async def keep(_connection: object) -> None:
            """Reset nothing: there is no session state."""

        async def codecs(link: Any) -> None:
            await link.set_type_codec("uuid", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")

        self.pool = await asyncpg.create_pool(
            URL,
            min_size=8,
            max_size=8,
            init=codecs,
            reset=keep,
            statement_cache_size=500,
            server_settings={"plan_cache_mode": "force_generic_plan"},
        )

    async def act(self, kind: str, wish: Wish) -> str:
        for part in self.traces[kind][wish.index]:
            if self.file is not None:
                self._sqlite(part)
            else:
                await self._postgresql(part)
        return "done"

    def _sqlite(self, part: list[Any]) -> None:
        run = self.file.execute
        run("BEGIN IMMEDIATE")
        for method, sql, args in part[1:]:
            if method == "many":
                self.file.executemany(sql, args).fetchall()
            else:
                run(sql, args).fetchall()
        run("COMMIT")

    async def _postgresql(self, part: list[Any]) -> None:
        async with self.pool.acquire() as link:
            if part[0][0] == "bare":
                await self._sent(link, part[1:])
                return
            async with link.transaction():
                await self._sent(link, part[1:])

    async def _sent(self, link: Any, part: list[Any]) -> None:
        for method, sql, args in part:
            if method == "one":
                await link.fetchrow(sql, *args)
            elif method == "all":
                await link.fetch(sql, *args)
            elif method == "run":
                await link.execute(sql, *args)
            elif method == "copy":
                await link.copy_records_to_table(sql, columns=list(args[0]), records=args[1])
            else:
                await link.executemany(sql, args)


def parts(trace: list[Any]) -> list[list[Any]]:
    """Cut a trace into its transactions, the first entry of each saying how it began."""
    out: list[list[Any]] = []
    for one in trace:
        if one[0] in {"begin", "bare"}:
            out.append([])
        out[-1].append(one)
    return out


def traces() -> dict[str, list[Any]]:
    """Read what was heard."""
    return msgspec.msgpack.decode(Path(os.environ["BENCH_TRACES"]).read_bytes())  # type: ignore[no-any-return]


held: dict[str, Any] = {}


@asynccontextmanager
async def living(_app: Litestar) -> AsyncIterator[None]:
    """Open what is served, and close it."""
    raw = await asyncio.to_thread(traces)
    held["floor"] = Replay({kind: [parts(trace) for trace in traces] for kind, traces in raw.items()})
    await held["floor"].open()
    yield


@post("/{kind:str}", status_code=200)
async def handler(kind: str, data: Wish) -> dict[str, str]:
    """Run the statements of one act."""
    return {"answer": await held["floor"].act(kind, data)}


app = Litestar([handler], lifespan=[living], openapi_config=None, debug="BENCH_DEBUG" in os.environ)
