"""What the machine itself does: the limits that the bars were set beside, measured again in the same run.

The bars are absolute and stay as they are. They were set on another machine, where these limits cost what ``THERE``
says; the column *machine* of the table tells how much more (or less) the limit of a bar costs here.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import replace

import asyncpg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.engines import Place, run
from bench.result import Missing, Result

# Microseconds of CPU, database included.
THERE = {"sha": 0.67, "select": 70.0, "commit": 420.0, "copy": 27.0}
WHAT = {
    "sha": "SHA-256 of two hashes in Python", "select": "a bare SELECT of one row by its key",
    "commit": "a bare INSERT and its commit", "copy": "a row sealed and copied",
}  # fmt: skip
HASHES, SELECTS, COMMITS, COPIED = 200_000, 8000, 3000, 40_000


def here(place: Place) -> Iterator[tuple[str, float]]:
    """Measure each limit that this place has: (name, microseconds)."""
    yield "sha", min(_hashing() for _ in range(5))
    if place.engine == "postgresql":
        yield from run(_database(place))  # type: ignore[misc]


def told(place: Place, machine: dict[str, float]) -> Iterator[Result]:
    """Write the limits as figures of their own, beside those of the machine the bars were set on."""
    for name, cost in machine.items():
        if (name == "sha") == (place.engine == "-"):
            yield Result(f"machine: {WHAT[name]}", place.engine, cost, "us CPU", floor=THERE[name],
                         floor_of="where the bars were set")  # fmt: skip


def beside(result: Result | Missing, machine: dict[str, float]) -> Result | Missing:
    """Say of a figure with a bar what the bar's limit costs here, against there."""
    if isinstance(result, Missing) or result.bar is None or not result.yard:
        return result
    yard = result.yard if result.yard in machine else "sha"
    return replace(result, machine=machine[yard] / THERE[yard])


def _hashing() -> float:
    pair, sha256 = os.urandom(64), hashlib.sha256
    begun = time.process_time()
    for _ in range(HASHES):
        sha256(pair).digest()
    return 1e6 * (time.process_time() - begun) / HASHES


async def _database(place: Place) -> list[tuple[str, float]]:
    with place.apart("yardstick") as own:
        link = await asyncpg.connect(own.url())
        try:
            await link.execute("CREATE TABLE yard (id bytea PRIMARY KEY, blob bytea NOT NULL)")
            return [("commit", await _commits(own, link)), ("select", await _selects(own, link)),
                    ("copy", await _copied(own, link))]  # fmt: skip
        finally:
            await link.close()


async def _commits(place: Place, link: "asyncpg.Connection[asyncpg.Record]") -> float:
    metered = place.meter().start()
    for i in range(COMMITS):
        async with link.transaction():
            await link.execute("INSERT INTO yard (id, blob) VALUES ($1, $2)", i.to_bytes(16, "big"), bytes(200))
    return metered.stop(COMMITS).us


async def _selects(place: Place, link: "asyncpg.Connection[asyncpg.Record]") -> float:
    metered = place.meter().start()
    for i in range(SELECTS):
        await link.fetchrow("SELECT blob FROM yard WHERE id = $1", (i % COMMITS).to_bytes(16, "big"))
    return metered.stop(SELECTS).us


async def _copied(place: Place, link: "asyncpg.Connection[asyncpg.Record]") -> float:
    metered = place.meter().start()
    rows = [(os.urandom(16), AESGCM(os.urandom(32)).encrypt(os.urandom(12), bytes(200), b"aad")) for _ in range(COPIED)]
    await link.copy_records_to_table("yard", columns=["id", "blob"], records=rows)
    return metered.stop(COPIED).us
