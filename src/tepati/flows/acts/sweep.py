"""Room flows: what reached its end is destroyed (UU PDP Art. 16(2)(g), 42-44), key first, and read back.

What other law still keeps of a part (its hold) is sealed anew in the same transaction, under a key of the hold's own
end that no backup knows; from then on it serves the hold's rule alone, and is destroyed when the hold ends.
A person whose facts or blobs do not verify is left as they are and alarmed: they hold up nobody else's end.
"""

import contextlib
from functools import partial

import msgspec

from tepati.errors import NotFound, Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.flows.shredding import shredded
from tepati.flows.told import Says
from tepati.registers import dealings, links, places, records
from tepati.registers.records import Due
from tepati.rules import retention
from tepati.rules.facts import Facts
from tepati.rules.retention import Hold

STEP = 50  # parts ended in one transaction
Holds = dict[tuple[bytes, str], Hold]


async def sweep(desk: Desk) -> int:
    """End every sealed part whose time is over; drop links that ran out. Return how many parts ended."""
    ended, stuck = 0, dict[bytes, int]()
    while True:
        apart: list[bytes] = []
        more, step = await desk.write(partial(_step, stuck=stuck, apart=apart))
        ended += step + sum([await _apart(desk, person, stuck) for person in apart])
        if not more:
            await desk.write(_links)
            await _alarm(desk, stuck)
            return ended


async def _step(sheet: Sheet, stuck: dict[bytes, int], apart: list[bytes]) -> tuple[bool, int]:
    """Look at up to ``STEP`` parts and end them; return whether there may be more, and how many ended.

    Persons who do not verify are counted in ``stuck`` and looked past. Those of whom a hold keeps something come into
    ``apart``: their values are opened, and what does not open must undo nobody else's end.
    """
    limit, ended = STEP + sum(stuck.values()), 0
    found = await records.due(sheet.tx, sheet.desk.org, sheet.at, limit)
    apart.clear()
    for person, parts in _by_person(found).items():
        try:
            facts, version = await _verified(sheet, person, parts)
        except (Tampered, NotFound):
            stuck[person] = len(parts)
            continue
        if _held(sheet, facts, parts):
            apart += [] if person in stuck else [person]
        else:
            await _end(sheet, person, parts, facts, version)
            ended += len(parts)
    return len(found) == limit, ended


def _by_person(found: list[Due]) -> dict[bytes, list[Due]]:
    by_person: dict[bytes, list[Due]] = {}
    for part in found:
        by_person.setdefault(part.person, []).append(part)
    return by_person


async def _apart(desk: Desk, person: bytes, stuck: dict[bytes, int]) -> int:
    """End the parts of one person of whom a hold keeps something, in a transaction of their own."""
    try:
        return await desk.write(partial(_one, person=person))
    except (Tampered, NotFound):  # the desk wrote the alarm
        stuck[person] = len(await desk.read(lambda sheet: records.due_of(sheet.tx, desk.org, person, sheet.at)))
        return 0


async def _one(sheet: Sheet, person: bytes) -> int:
    parts = await records.due_of(sheet.tx, sheet.desk.org, person, sheet.at)
    facts, version = await _verified(sheet, person, parts)
    await _end(sheet, person, parts, facts, version)
    return len(parts)


async def _alarm(desk: Desk, stuck: dict[bytes, int]) -> None:
    """Look at each person who does not verify once more, apart: the desk writes the alarm, once a start."""
    for person in stuck if not any(code.startswith(("state_", "due_", "blob_")) for code in desk.alarms) else ():
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
    await _verified(sheet, person, await records.due_of(sheet.tx, sheet.desk.org, person, sheet.at))


def _held(sheet: Sheet, facts: Facts, parts: list[Due]) -> Holds:
    """Say which of the parts a hold keeps beyond their own end; what was held until now is over."""
    kept = retention.kept(sheet.desk.policy, facts, sheet.at)
    return {(p.record, p.category): kept[p.record, p.category] for p in parts if (p.record, p.category) in kept}


async def _end(sheet: Sheet, person: bytes, parts: list[Due], facts: Facts, version: int) -> None:
    holds = _held(sheet, facts, parts)
    new = await sheet.desk.vault.keep(sheet.tx, person, facts, holds) if holds else facts
    kept = {at: hold for at, hold in holds.items() if at[1] in new.rows[at[0].hex()].held}
    await _destroy(sheet, person, parts, kept)
    new = _without(new, [p for p in parts if (p.record, p.category) not in kept])
    for record in sorted({p.record for p in parts if p.record.hex() not in new.rows}):
        await records.drop(sheet.tx, person, record)
        await dealings.drop(sheet.tx, person, record)
        await places.leave(sheet.tx, person, record)
    if new.rows or (facts.joined and not facts.holds):  # a person erased but for a hold goes with what it held
        await sheet.keep(person, new, version)
    else:
        await sheet.settle()  # these openings go at once with the person, and are counted
        gone = await sheet.desk.vault.erase(sheet.tx, person)
        await sheet.line(
            "end", promise="retention", purpose="requests", answer="person_ended", openings_gone=gone.openings
        )


async def _destroy(sheet: Sheet, person: bytes, parts: list[Due], kept: Holds) -> None:
    """End each unit of the parts, with a line that says whether a hold keeps something of it."""
    for category, ending in sorted({(p.category, p.ending) for p in parts}):
        over = {p.record for p in parts if (p.category, p.ending) == (category, ending)}
        until = max((hold.until for (record, c), hold in kept.items() if c == category and record in over), default=0)
        answer = "held" if until else "ended"
        says: Says = {"at": sheet.at, "category": category, "effect": answer, **({"until": until} if until else {})}
        promise = f"retention.{category}.hold" if until else f"retention.{category}"
        told = [sheet.to_person(person, says)]
        line = await sheet.line("end", promise=promise, purpose="requests", answer=answer, told=told)
        await shredded(sheet, line)
        await sheet.desk.vault.end(sheet.tx, person, category, ending, over)


def _without(facts: Facts, parts: list[Due]) -> Facts:
    """Take parts that are gone out of the facts, and with its last part a record and its case.

    A case that is no record's (a request, a suspicion) stays: it ends by itself, or with its person.
    """
    rows = dict(facts.rows)
    for part in parts:
        row = rows.get(part.record.hex())
        if row is not None:
            ends, held = ({c: at for c, at in of.items() if c != part.category} for of in (row.ends, row.held))
            rows[part.record.hex()] = msgspec.structs.replace(row, ends=ends, held=held)
    rows = {name: row for name, row in rows.items() if row.ends}
    gone = facts.rows.keys() - rows.keys()
    kept = {k: d for k, d in facts.dealings.items() if k not in gone and d.part not in gone}
    return msgspec.structs.replace(facts, rows=rows, dealings=kept)


async def _links(sheet: Sheet) -> None:
    """Forget links and held hours whose time is over."""
    await places.expire(sheet.tx, sheet.desk.org, sheet.at, 500)
    for link in await links.expired(sheet.tx, sheet.desk.org, sheet.at, 500):
        await links.drop(sheet.tx, link.person, link.secret)
