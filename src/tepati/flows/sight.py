"""Room flows: what staff saw is one line with the person's opening and the actor's; a decoy raises an alert."""

from collections.abc import Mapping

from tepati.flows import rechecks
from tepati.flows.desk import Sheet
from tepati.notice.model import Notice
from tepati.registers import decoys, observations
from tepati.registers.observations import Observation
from tepati.rules.facts import Facts, Permit, Use
from tepati.rules.types import mask


def held(sheet: Sheet, facts: Facts) -> frozenset[str]:
    """List the fields that may stand in a person's records: collected there, and not past their end."""
    found: set[str] = set()
    for row in facts.rows.values():
        point = sheet.desk.policy.points.get(row.point)
        living = {category for category, end in row.ends.items() if end > sheet.at and category not in facts.ended}
        found |= {field for field in (point.collects if point else ()) if field.partition(".")[0] in living}
    return frozenset(found)


def veiled(notice: Notice, values: Mapping[str, str]) -> dict[str, str]:
    """Mask values by their types, whatever the role may open: lists and pages show people like this first."""
    out = {}
    for path, value in values.items():
        category, _, name = path.partition(".")
        out[path] = mask(notice.data[category].fields[name].type, value, "masked")
    return out


async def seen(sheet: Sheet, use: Use, permit: Permit) -> bytes:
    """Write down a look at one person, which may be drawn for a second look; return its line's id."""
    told = sheet.told_of(use, known=True, reason=sheet.reason)
    answer = "observed" if permit.observed else "allowed"
    line = await sheet.line(use.act, promise=permit.promise, purpose=use.purpose, answer=answer, told=told)
    if not permit.observed:
        await rechecks.draw(sheet, line, bytes.fromhex(use.actor))
        await touched(sheet, use.person, line)
    return line


async def touched(sheet: Sheet, person: bytes, line: bytes) -> None:
    """Raise an alert where staff opened one person's record and nobody serves that person: they are a decoy."""
    if await decoys.is_decoy(sheet.tx, person):
        found = Observation("security.decoys", sheet.at, observations.BROKEN, observations.OPENED)
        await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, found, line)
