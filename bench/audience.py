"""A campaign's audience: everybody whose state allows a promotion, a page at a time, from the covering rows alone.

Three rows a person stand in ``standing``, and three in ten agreed. The bar is set for 10 million people; what is
measured with fewer says whether the first page and the cost of a person stay the same as people grow.
"""

import os
from collections.abc import Iterator
from typing import Any

from bench import decide
from bench.engines import Place, opened, run
from bench.meter import resident
from bench.result import Result
from tepati.flows.campaigns import STEP
from tepati.registers import standings
from tepati.rules.facts import FOREVER
from tepati.rules.standing import predicate
from tepati.store.port import Store, Tx

ORG, BATCH = "bench", 10_000
COLUMNS = ("person", "purpose", "question", "org", "until", "blocked", "told")
Found = tuple[Any, Any, int, float]  # cost of the first page, of all, persons found, megabytes more


def measure(place: Place, people: int) -> Iterator[Result]:
    """Ask for the audience among a tenth of the people, then among all of them."""
    for n in (max(1000, people // 10), people):
        first, whole, found, more = run(_measured(place, place.url(), n))  # type: ignore[misc]
        note = f"{found:,} of {n:,} people agreed"
        yield Result(
            "audience: its first page", place.engine, first.ms, "ms CPU", 2000, "most", note=note, yard="select"
        )
        yield Result("audience: streamed", place.engine, whole.rate, "people/s core", note=f"{note}, {more:+.1f} MB")


async def _measured(place: Place, url: str, people: int) -> Found:
    async with opened(url) as store:
        await _fill(store, people)
        where, args = predicate(decide.notice(), decide.uses()["campaign mail with consent"])
        before, metered = resident([os.getpid()]), place.meter().start()
        after, found = await _page(store, where, args, bytes(16))
        first, total = metered.stop(1), place.meter().start()
        while after:
            after, n = await _page(store, where, args, after)
            found += n
        return first, total.stop(max(1, found - STEP)), found, resident([os.getpid()]) - before


async def _page(store: Store, where: str, args: Any, after: bytes) -> tuple[bytes, int]:
    """Read a page as the campaign does."""
    page = await store.read(lambda tx: standings.audience(tx, ORG, where, args, after, STEP), single=True)
    return page[-1] if len(page) == STEP else b"", len(page)


async def _fill(store: Store, people: int) -> None:
    for start in range(0, people, BATCH):
        rows = _rows(range(start, min(start + BATCH, people)))

        async def work(tx: Tx, rows: list[Any] = rows) -> None:
            await tx.copy("standing", COLUMNS, rows)

        await store.write(work)
    if store.engine == "postgresql":  # as autovacuum would have done by then
        await store.write(lambda tx: tx.run("ANALYZE standing"))


def _rows(batch: range) -> list[Any]:
    rows = []
    for i in batch:
        person = os.urandom(16)
        rows += [(person, purpose, "", ORG, FOREVER, 0, 1) for purpose in ("orders", "security")]
        rows.append((person, "offers", "offers_by_email", ORG, FOREVER if i % 10 < 3 else 0, 0, 1))
    return sorted(rows)
