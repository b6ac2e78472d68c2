"""The store alone: one read, one write and one copied row through it, beside the same statements on the bare driver."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import apsw
import asyncpg

from bench.engines import Place, opened, run
from bench.meter import Cost
from bench.result import Result
from tepati.store.lite import translated
from tepati.store.port import Store, Tx

READS, WRITES, COPIED = 10_000, 2_000, 50_000
PUT = "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ('o', 'p', $1, $2, 0, 0)"
GET = "SELECT n, worst FROM counter WHERE org = 'o' AND promise = 'p' AND what = $1 AND day = $2"
COLUMNS = ("org", "promise", "what", "day", "n", "worst")

Act = Callable[[str, int], Awaitable[object]]


def measure(place: Place, people: int) -> Iterator[Result]:
    """Measure each figure, driver first."""
    del people
    yield from run(_measured(place, place.url()))  # type: ignore[misc]


async def _measured(place: Place, url: str) -> list[Result]:
    async with opened(url) as store:
        async with _bare(place, url) as (get, put):
            floor_write = await _times(place, WRITES, put, "bare")
            floor_read = await _times(place, READS, get, "bare")
        write = await _times(place, WRITES, _write(store), "ours")
        read = await _times(place, READS, _read(store), "ours")
        copied = await _copied(place, store)
    return [
        _result("store: read one row", place, read, floor_read),
        _result("store: write one row, durable", place, write, floor_write),
        Result("store: copy rows", place.engine, copied.rate, "rows/s core"),
    ]


def _result(what: str, place: Place, ours: Cost, floor: Cost) -> Result:
    return Result(
        what, place.engine, ours.us, "us CPU", None, "most", floor.us, "the same statements on the bare driver"
    )


async def _times(place: Place, n: int, act: Act, name: str) -> Cost:
    await act(f"{name} warm", 1)
    metered = place.meter().start()
    for day in range(n):
        await act(name, day)
    return metered.stop(n)


def _write(store: Store) -> Act:
    return lambda what, day: store.write(lambda tx: tx.run(PUT, what, day))


def _read(store: Store) -> Act:
    return lambda what, day: store.read(lambda tx: tx.one(GET, what, day), single=True)


async def _copied(place: Place, store: Store) -> Cost:
    async def work(tx: Tx) -> None:
        await tx.copy("counter", COLUMNS, (("o", "c", "c", day, 0, 0) for day in range(COPIED)))

    metered = place.meter().start()
    await store.write(work)
    return metered.stop(COPIED)


@asynccontextmanager
async def _bare(place: Place, url: str) -> AsyncIterator[tuple[Act, Act]]:
    if place.engine == "sqlite":
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        connection.pragma("synchronous", "FULL")
        connection.pragma("secure_delete", "ON")
        yield _lite(connection)
        connection.close()
    else:
        link = await asyncpg.connect(url)
        yield _postgres(link)
        await link.close()


def _lite(connection: apsw.Connection) -> tuple[Act, Act]:
    one, add = translated(GET), translated(PUT)

    async def get(what: str, day: int) -> object:
        return connection.execute(one, (what, day)).fetchone()

    async def put(what: str, day: int) -> object:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(add, (what, day))
        return connection.execute("COMMIT")

    return get, put


def _postgres(link: "asyncpg.Connection[asyncpg.Record]") -> tuple[Act, Act]:
    async def put(what: str, day: int) -> object:
        await link.execute("BEGIN")
        await link.execute(PUT, what, day)
        return await link.execute("COMMIT")

    return lambda what, day: link.fetchrow(GET, what, day), put
