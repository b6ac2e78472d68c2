"""Room flows: what reached its end is destroyed (UU PDP Art. 16(2)(g), 42-44), key first, and read back.

A person whose facts do not verify is left as they are and alarmed: they hold up nobody else's end.

BUG: a hold counts when a person is erased, not yet when a part reaches its own end: an invoice's facts would end with
``retention.payment`` after two years, though the hold says ten. It is due with the holds of part 2.
"""

import contextlib
from functools import partial

import msgspec

from tepati.errors import NotFound, Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.registers import dealings, links, places, records
from tepati.registers.records import Due
from tepati.rules.facts import Facts

STEP = 50  # parts ended in one transaction


async def sweep(desk: Desk) -> int:
    """End every sealed part whose time is over; drop links that ran out. Return how many parts ended."""
    ended, stuck = 0, dict[bytes, int]()
    while True:
        step = await desk.write(partial(_step, stuck=stuck))
        ended += step
        if step < STEP:
            await desk.write(_links)
            await _alarm(desk, stuck)
            return ended


async def _step(sheet: Sheet, stuck: dict[bytes, int]) -> int:
    """End up to ``STEP`` parts; count the parts of persons who do not verify in ``stuck``, and look past them."""
    found = await records.due(sheet.tx, sheet.desk.org, sheet.at, STEP + sum(stuck.values()))
    by_person: dict[bytes, list[Due]] = {}
    for part in found:
        by_person.setdefault(part.person, []).append(part)
    for person, parts in by_person.items():
        try:
            facts, version = await _verified(sheet, person, parts)
        except (Tampered, NotFound):
            stuck[person] = len(parts)
        else:
            await _end(sheet, person, parts, facts, version)
    return len(found) - sum(len(by_person.get(person, ())) for person in stuck)


async def _alarm(desk: Desk, stuck: dict[bytes, int]) -> None:
    """Look at each person who does not verify once more, apart: the desk writes the alarm, once a start."""
    for person in stuck if not any(code.startswith(("state_", "due_")) for code in desk.alarms) else ():
        with contextlib.suppress(Tampered, NotFound):
            await desk.write(partial(_again, person=person))


async def _verified(sheet: Sheet, person: bytes, parts: list[Due]) -> tuple[Facts, int]:
    """Read the facts, and check that they know of each end: SQL that moves an end earlier destroys nothing."""
    facts, version = await sheet.facts(person)
    for part in parts:
        row = facts.rows.get(part.record.hex())
        if row is not None and row.ends.get(part.category, sheet.at + 1) > sheet.at:
            raise Tampered("due_moved")
    return facts, version


async def _again(sheet: Sheet, person: bytes) -> None:
    parts = await records.due(sheet.tx, sheet.desk.org, sheet.at, STEP)
    await _verified(sheet, person, [part for part in parts if part.person == person])


async def _end(sheet: Sheet, person: bytes, parts: list[Due], facts: Facts, version: int) -> None:
    for category, ending in sorted({(p.category, p.ending) for p in parts}):
        told = sheet.to_person(person, {"at": sheet.at, "category": category, "effect": "ended"})
        await sheet.line("end", promise=f"retention.{category}", purpose="requests", answer="ended", told=[told])
        await sheet.desk.vault.end(sheet.tx, person, category, ending)
    rows = dict(facts.rows)
    for record in {p.record for p in parts}:
        if not await records.categories(sheet.tx, person, record):
            await _drop(sheet, person, record)
            rows.pop(record.hex(), None)
    if rows or (facts.joined and not facts.holds):  # a person erased but for a hold goes with what it held
        kept = {k: d for k, d in facts.dealings.items() if k in rows or d.part in rows or d.kind == "request"}
        await sheet.keep(person, msgspec.structs.replace(facts, rows=rows, dealings=kept), version)
    else:
        await sheet.settle()
        await sheet.desk.vault.erase(sheet.tx, person)


async def _drop(sheet: Sheet, person: bytes, record: bytes) -> None:
    await records.drop(sheet.tx, person, record)
    await dealings.drop(sheet.tx, person, record)
    await places.leave(sheet.tx, person, record)


async def _links(sheet: Sheet) -> None:
    """Forget links and held hours whose time is over."""
    await places.expire(sheet.tx, sheet.desk.org, sheet.at, 500)
    for link in await links.expired(sheet.tx, sheet.desk.org, sheet.at, 500):
        await links.drop(sheet.tx, link.person, link.secret)
