"""Take a table of 50,000 products: judge each cell, seal the columns, commit; beside reading the file with csv."""

import csv
import io
import os
import time
from collections.abc import Iterator

from bench.engines import Place, run
from bench.result import Result
from bench.world import World, now, world
from tepati.flows.tables import packed
from tepati.notice.model import Field
from tepati.rules import tables
from tepati.rules.facts import Permit
from tepati.rules.tables import Column

ROWS, ROUNDS = 50_000, 5
COLUMNS = (Column("catalogue.product", Field(type="text")), Column("catalogue.price", Field(type="money")))
PATHS = frozenset(column.path for column in COLUMNS)


def measure(place: Place, _people: int) -> Iterator[Result]:
    """Measure the whole way, best of the rounds."""
    yield from run(_measured(place, place.url()))


async def _measured(place: Place, url: str) -> list[Result]:
    raw = (
        "product;price\r\n" + "".join(f"Kopi susu gula aren {n};Rp{n % 90 + 10}.000\r\n" for n in range(ROWS))
    ).encode()
    async with world(place, url) as there:
        await there.fill(1)
        whole = min([await _taken(there, raw) for _ in range(ROUNDS)])
    floor = min(_read(raw) for _ in range(ROUNDS))
    return [
        Result(
            f"table: {ROWS:,} products checked, sealed, stored", place.engine, whole, "s", 5, floor=floor,
            floor_of="the file read with csv alone", note=f"{len(raw) / 1e6:.1f} MB", yard="commit",
        )
    ]  # fmt: skip


async def _taken(there: World, raw: bytes) -> float:
    begun, person, record, line = time.perf_counter(), there.people[0], os.urandom(16), os.urandom(16)
    values = packed(tables.read(raw, COLUMNS, ROWS).columns)
    given = {"catalogue": {path.partition(".")[2]: column for path, column in values.items()}}

    async def work(tx) -> int:
        with there.room.within(tx, writes=True):
            permit = Permit(
                person, "orders", PATHS, frozenset({record.hex()}), "full", "points.catalogue", now(), tx.id
            )  # fmt: skip
            ends, dues = {"catalogue": f"2028-12:{record.hex()}"}, {"catalogue": now() + 10**12}
            await there.vault.put(tx, permit, record, given, ends, dues, line)
        return tx.id

    await there.vault.settled(await there.store.write(work))
    return time.perf_counter() - begun


def _read(raw: bytes) -> float:
    begun = time.perf_counter()
    for _ in csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), delimiter=";"):
        pass
    return time.perf_counter() - begun
