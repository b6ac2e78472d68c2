"""Room flows: what reached its end is destroyed (UU PDP Art. 16(2)(g), 42-44), key first, and read back."""

import msgspec

from tepati.flows.desk import Desk, Sheet
from tepati.registers import dealings, links, records
from tepati.registers.records import Due

STEP = 50  # parts ended in one transaction


async def sweep(desk: Desk) -> int:
    """End every sealed part whose time is over; drop links that ran out. Return how many parts ended."""
    ended = 0
    while True:
        step = await desk.write(_step)
        ended += step
        if step < STEP:
            await desk.write(_links)
            return ended


async def _step(sheet: Sheet) -> int:
    found = await records.due(sheet.tx, sheet.desk.org, sheet.at, STEP)
    by_person: dict[bytes, list[Due]] = {}
    for part in found:
        by_person.setdefault(part.person, []).append(part)
    for person, parts in by_person.items():
        await _end(sheet, person, parts)
    return len(found)


async def _end(sheet: Sheet, person: bytes, parts: list[Due]) -> None:
    facts, version = await sheet.facts(person)
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
        kept = {k: d for k, d in facts.dealings.items() if k in rows or d.kind == "request"}
        await sheet.keep(person, msgspec.structs.replace(facts, rows=rows, dealings=kept), version)
    else:
        await sheet.settle()
        await sheet.desk.vault.erase(sheet.tx, person)


async def _drop(sheet: Sheet, person: bytes, record: bytes) -> None:
    await records.drop(sheet.tx, person, record)
    await dealings.drop(sheet.tx, person, record)


async def _links(sheet: Sheet) -> None:
    for link in await links.expired(sheet.tx, sheet.desk.org, sheet.at, 500):
        await links.drop(sheet.tx, link.person, link.secret)
