"""Room flows: every night the ends of all sealed values are compared with the facts; what SQL moved is moved back.

The facts govern: a part whose row says another end gets the end of the facts again, so that the sweep destroys it when
the notice says, and the board shows that somebody moved it. Nothing is destroyed here, and nothing opened.
"""

from collections import Counter
from functools import partial
from itertools import groupby

from tepati.errors import NotFound, Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.registers import observations, records
from tepati.registers.observations import Observation

MOVED = "due_moved"


async def compare(desk: Desk) -> int:
    """Compare, alarm by code and category, and put back what was moved. Return how many parts did not agree."""
    found = await desk.vault.compare(desk.store)
    for code in sorted({one.code for one in found}):
        await desk.alarm(Tampered(code))
    counts = Counter((one.category, one.code) for one in found if one.category in desk.policy.lives)
    if counts:
        await desk.write(partial(_write_down, counts=counts))
    moved = sorted({(one.person, one.record, one.category) for one in found if one.code == MOVED})
    for person, parts in groupby(moved, key=lambda part: part[0]):
        await _mend(desk, person, [(record, category) for _, record, category in parts])
    return len(found)


async def _write_down(sheet: Sheet, counts: Counter[tuple[str, str]]) -> None:
    """Let the board show at each category's own promise that its ends were touched; nobody is named."""
    for (category, code), n in sorted(counts.items()):
        promise = f"retention.{category}"
        line = await sheet.line("alarm", promise=promise, purpose="security", answer="tampered", n=n)
        seen = Observation(promise, sheet.at, observations.TAMPERED, code)
        await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)


async def _mend(desk: Desk, person: bytes, parts: list[tuple[bytes, str]]) -> None:
    """Give parts of one person the ends that the facts know, read anew: they may have changed since the look."""

    async def act(sheet: Sheet) -> None:
        try:
            facts, _ = await sheet.facts(person)
        except (NotFound, Tampered):
            return
        for record, category in parts:
            row = facts.rows.get(record.hex())
            if row is not None and category in row.ends:
                await records.set_due(sheet.tx, person, record, category, row.ends[category])

    await desk.write(act)
