"""Room store: PostgreSQL by asyncpg. No session state is kept, so any connection serves any transaction."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import asyncpg

from tepati.errors import Conflict
from tepati.store.ahead import Ahead, joined
from tepati.store.later import Step, Waiting, changed, steps
from tepati.store.links import Links, cut
from tepati.store.port import Engine, Row, Tx, Value
from tepati.store.states import Lost, fault

if TYPE_CHECKING:
    from tepati.store.links import Link

T = TypeVar("T")

_TRIES = 8
_PAUSE = 0.004  # seconds before the second try at most; doubled for each further one
_WAIT = 10.0  # seconds a request waits for a free connection before it is told to come back
_STATEMENT = 60.0  # seconds a statement may run
_numbers = itertools.count(1)


class PostgresTx:
    """One open transaction on one connection of the pool."""

    engine: Engine = "postgresql"

    def __init__(self, link: "Link") -> None:
        self.id = next(_numbers)
        self.broken = False
        self._waiting = Waiting()
        self._ahead = Ahead()
        self._link: Link | None = link

    def end(self) -> None:
        self._link = None

    async def one(self, sql: str, *args: Value) -> Row | None:
        if self._ahead.asked or self._ahead.answers:
            rows = await self.all(sql, *args)
            return rows[0] if rows else None
        found = await self._guarded(lambda link: link.fetchrow(sql, *args))
        return None if found is None else tuple(found)

    async def all(self, sql: str, *args: Value) -> Sequence[Row]:
        if (sql, args) in self._ahead.answers:
            return self._ahead.answers.pop((sql, args))
        if self._ahead.asked:
            return await self._several(sql, args)
        return [tuple(row) for row in await self._guarded(lambda link: link.fetch(sql, *args))]

    async def ahead(self, sql: str, *args: Value) -> None:
        self._ahead.add((sql, args))

    async def _several(self, sql: str, args: tuple[Value, ...]) -> Sequence[Row]:
        questions = self._ahead.with_((sql, args))
        text, values = joined(questions)
        found = await self._guarded(lambda link: link.fetchrow(text, *values))
        return self._ahead.keep(questions, tuple(found or ()), (sql, args))

    async def run(self, sql: str, *args: Value | Sequence[Value]) -> int:
        status = await self._guarded(lambda link: link.execute(sql, *args))
        last = status.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0

    async def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        await self._guarded(lambda link: link.executemany(sql, rows))

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        names = list(columns)
        await self._guarded(lambda link: link.copy_records_to_table(table, columns=names, records=rows))

    async def later(self, sql: str, rows: Sequence[Sequence[Value]], *, apart: bool = False, once: str = "") -> None:
        if not self._waiting.fits(sql, apart=apart):
            await self.flush()
        self._waiting.add(sql, rows, once)

    async def flush(self) -> None:
        """Send what waits."""
        if self._waiting.parts:
            await self._guarded(_nothing)

    def _open(self) -> "Link":
        if self._link is None:
            raise RuntimeError("this transaction has ended")
        return self._link

    async def _guarded(self, call: "Callable[[Link], Awaitable[T]]") -> T:
        link = self._open()
        try:
            for step in steps(self._waiting.take()) if self._waiting.parts else ():
                await _sent(link, step)
            return await call(link)  # a connection that died raises at the call already
        except Exception as error:  # noqa: BLE001 - raised again below, as ours
            self.broken = True
            found = fault(error)
        raise found  # outside the handler: the driver's error, and the values it quotes, are not carried along


async def _nothing(_link: "Link") -> None:
    """Be called when what waited was sent, and nothing more is asked."""


async def _sent(link: "Link", step: Step) -> None:
    if step.kind == "copy":
        await link.copy_records_to_table(step.sql, columns=list(step.columns), records=step.rows)
    elif step.kind == "many":
        await link.executemany(step.sql, step.rows)
    elif step.once:
        counts = await link.fetchrow(step.sql, *step.rows[0])
        for count, code in zip(counts or (), step.once, strict=True):
            changed(count, code)
    else:
        await link.execute(step.sql, *step.rows[0])


class PostgresStore:
    """A database on a PostgreSQL server. ``jitter()`` gives 0 <= x < 1 and spreads the retries of lost races."""

    engine: Engine = "postgresql"

    def __init__(self, links: Links, jitter: Callable[[], float]) -> None:
        self._links = links
        self._jitter = jitter

    async def write(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        for attempt in range(_TRIES):
            try:
                return await self._within("BEGIN", work)
            except Lost:
                await asyncio.sleep(self._jitter() * _PAUSE * 2**attempt)
        raise Conflict("store_race")

    async def read(self, work: Callable[[Tx], Awaitable[T]], *, single: bool = False) -> T:
        if single:
            return await self._bare(work)
        return await self._within("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)

    async def scan(self, sql: str, *args: Value, batch: int = 500) -> AsyncIterator[Sequence[Row]]:
        """Stream a long SELECT through a server-side cursor in a transaction that only reads."""
        link = await self._acquire()
        try:
            async with contextlib.aclosing(_cursor(link, sql, args, batch)) as batches:
                async for rows in batches:
                    yield rows
        finally:
            self._links.give(link)

    async def checkpoint(self) -> bool:
        return True  # PostgreSQL recycles its log by itself; what lies there is sealed under keys that are destroyed

    async def close(self) -> None:
        await self._links.close()

    async def _within(self, begin: str, work: Callable[[Tx], Awaitable[T]]) -> T:
        link = await self._acquire()
        try:
            await _said(link, begin)
            result = await _work(link, work)
        except BaseException:
            await _abandon(link)
            raise
        finally:
            self._links.give(link)
        return result

    async def _bare(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        link = await self._acquire()
        tx = _SingleTx(link)
        try:
            return await work(tx)
        except asyncio.CancelledError:
            cut(link)  # a cancel request may still be under way, and must not hit the next statement
            raise
        finally:
            tx.end()
            self._links.give(link)

    async def _acquire(self) -> "Link":
        try:
            return await self._links.take()
        except Exception as error:  # noqa: BLE001 - raised again below, as ours
            found = fault(error)
        raise found


class _SingleTx(PostgresTx):
    """One statement without a transaction around it: a second one would see another snapshot, so it is refused."""

    used = False

    def _open(self) -> "Link":
        if self.used:
            raise RuntimeError("a single read asked twice: use read(work) without single")
        self.used = True
        return super()._open()


async def _work(link: "Link", work: Callable[[Tx], Awaitable[T]]) -> T:
    tx = PostgresTx(link)
    try:
        result = await work(tx)
        if not tx.broken:
            await tx.flush()
    finally:
        tx.end()
    # COMMIT of a failed transaction answers ROLLBACK and raises nothing: work that swallowed an error ends here.
    if tx.broken or await _said(link, "COMMIT") != "COMMIT":
        raise RuntimeError("a statement failed and the work went on: nothing is committed")
    return result


async def _said(link: "Link", command: str) -> str:
    # BUG: when the connection dies during COMMIT nobody knows whether it happened; ids made by the caller
    # let a repetition find its own row (Conflict) instead of doing the act twice.
    try:
        return await link.execute(command)
    except Exception as error:  # noqa: BLE001 - raised again below, as ours
        found = fault(error)
    raise found


async def _abandon(link: "Link") -> None:
    """Roll back; a connection that cannot even do that is cut, and the server rolls back for it."""
    try:
        if not link.is_closed() and link.is_in_transaction():
            await link.execute("ROLLBACK")
    except Exception:  # noqa: BLE001 - the first error is the one that is told
        cut(link)
    except BaseException:
        cut(link)
        raise


async def _cursor(link: "Link", sql: str, args: tuple[Value, ...], batch: int) -> AsyncGenerator[Sequence[Row], None]:
    try:
        async with link.transaction(isolation="repeatable_read", readonly=True):
            cursor = await link.cursor(sql, *args)
            while rows := await cursor.fetch(batch):
                yield [tuple(row) for row in rows]
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        found = fault(error)
    else:
        return
    raise found


async def connect(url: str, jitter: Callable[[], float], size: int = 10) -> PostgresStore:
    """Open a store over at most ``size`` connections. Raises Unavailable when the server is not there."""
    store = PostgresStore(Links(lambda: _connected(url), size, _WAIT), jitter)
    await store.read(lambda tx: tx.one("SELECT 1"), single=True)
    return store


async def _connected(url: str) -> "Link":
    link = await asyncpg.connect(
        url, command_timeout=_STATEMENT, timeout=_WAIT, statement_cache_size=500, max_cached_statement_lifetime=0,
        # A statement is planned once, not anew for its first five calls: all find rows by keys, whatever the values.
        server_settings={"application_name": "tepati", "plan_cache_mode": "force_generic_plan"},
    )  # fmt: skip
    try:
        await _codecs(link)
    except BaseException:
        cut(link)
        raise
    return link


async def _codecs(link: "Link") -> None:
    """Make every value int, str or bytes: uuids are their 16 bytes, truth is 0 or 1, sums are integers."""
    await link.set_type_codec("uuid", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
    await link.set_type_codec("bool", schema="pg_catalog", encoder=lambda n: bytes([n]), decoder=ord, format="binary")
    await link.set_type_codec("numeric", schema="pg_catalog", encoder=str, decoder=int)
