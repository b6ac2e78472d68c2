"""Erase one person of many, confirmation to read-back, without mail and sequencer; and open all of one."""

import random
import time
from collections.abc import Iterator

from bench.engines import Place, run
from bench.result import Result
from bench.world import ORG, World, permit, world

TIMES = 50


def measure(place: Place, people: int) -> Iterator[Result]:
    """Fill a store with ``people``, then erase and open some of them, each in a transaction of its own."""
    yield from run(_measured(place, place.url(), people))


async def _measured(place: Place, url: str, people: int) -> list[Result]:
    async with world(place, url) as there:
        await there.fill(people)
        chosen = random.sample(there.people, min(2 * TIMES, people))
        opened = await _each(place, there, chosen[TIMES:], _open)
        erased = await _each(place, there, chosen[:TIMES], _erase)
    place_note = f"in {people:,} people; {{:.2f}} ms CPU"
    return [
        Result(
            "access: open all of a person",
            place.engine,
            opened[0],
            "ms",
            50,
            note=place_note.format(opened[1]),
            yard="select",
        ),
        Result(
            "erasure, settled and read back",
            place.engine,
            erased[0],
            "ms",
            100,
            note=place_note.format(erased[1]),
            yard="commit",
        ),
    ]


async def _each(place: Place, there: World, chosen: list[bytes], act) -> tuple[float, float]:
    """Return wall (median) and CPU milliseconds of one."""
    times = []
    metered = place.meter().start()
    for person in chosen:
        begun = time.perf_counter()
        await act(there, person)
        times.append(time.perf_counter() - begun)
    return 1000 * sorted(times)[len(times) // 2], metered.stop(len(chosen)).ms


async def _erase(there: World, person: bytes) -> None:
    async def work(tx) -> int:
        await there.vault.erase(tx, person)
        return tx.id

    async def back(tx) -> bool:
        return (await there.vault.unsealed(tx, person)).clean

    await there.vault.settled(await there.store.write(work))
    if not await there.store.read(back):
        raise AssertionError


async def _open(there: World, person: bytes) -> None:
    async def work(tx) -> int:
        found = await there.vault.facts(tx, person)
        assert found
        facts = found[0]
        record = bytes.fromhex(next(iter(facts.rows)))
        return len(await there.vault.open(tx, permit(person, record, tx), facts))

    if not await there.store.read(work):
        raise AssertionError(ORG)
