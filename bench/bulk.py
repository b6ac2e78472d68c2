"""Bulk insert: what the vault does for people in one transaction, beside sealing and COPY of the same rows."""

import os
from collections.abc import Iterator

from bench.engines import Place, run
from bench.meter import Cost
from bench.result import Result
from bench.world import END, ORG, World, now, permit, state, values, world


def measure(place: Place, people: int) -> Iterator[Result]:
    """Put at most 2,000 people in by the vault's calls, 100 a transaction, and 10,000 by COPY."""
    yield from run(_measured(place, place.url(), place.url(), min(people, 2000)))


async def _measured(place: Place, url: str, other: str, n: int) -> list[Result]:
    async with world(place, url) as there:
        await there.fill(100)  # the epoch and all secrets exist
        metered = place.meter().start()
        await there.fill(5 * n, mirrored=False)
        limit = metered.stop(5 * n)
    async with world(place, other) as there:
        await there.fill(100)
        ours = await _put(place, there, n)
    return [
        Result(
            "bulk insert: by the vault, 100 people at once", place.engine, ours.rate, "people/s core", None, "least",
            limit.rate, "the same rows sealed and copied, mirrors left out", 0.6,
        )
    ]  # fmt: skip


async def _put(place: Place, there: World, n: int) -> Cost:
    metered = place.meter().start()
    for start in range(0, n, 100):

        async def work(tx, start: int = start) -> None:
            for i in range(start, start + 100):
                await _one(there, tx, 1_000_000 + i)

        await there.store.write(work)
        await there.vault.settled()
    return metered.stop(n)


async def _one(there: World, tx, i: int) -> None:
    from tepati.registers import people, records

    person, record, line, vault = os.urandom(16), os.urandom(16), os.urandom(16), there.vault
    given = values(i)
    await people.add(tx, ORG, person, "customer", now(), line)
    await vault.claim(tx, "identity.email", given["identity"]["email"], person)
    await records.add(
        tx, ORG, person, records.Record(record, "booking", "web", b"n" * 32, joined=True, created=now()), line
    )
    await vault.put(
        tx, permit(person, record, tx), record, given, dict.fromkeys(given, END), dict.fromkeys(given, now()), line
    )
    await vault.seal_opening(tx, person, "person", line, os.urandom(200), 1_900_000_000_000_000)
    await vault.set_facts(tx, person, state(record), 0)
