"""Room flows: what staff saw is one line with the person's opening and the actor's; a decoy raises an alert."""

from tepati.flows.desk import Sheet
from tepati.registers import decoys, observations
from tepati.registers.observations import Observation
from tepati.rules.facts import Permit, Use


async def seen(sheet: Sheet, use: Use, permit: Permit) -> bytes:
    """Write down a look at one person; return its line's id."""
    told = sheet.told_of(use, known=True, reason=sheet.reason)
    answer = "observed" if permit.observed else "allowed"
    line = await sheet.line(use.act, promise=permit.promise, purpose=use.purpose, answer=answer, told=told)
    if not permit.observed and await decoys.is_decoy(sheet.tx, use.person):
        found = Observation("security.decoys", sheet.at, observations.BROKEN, observations.OPENED)
        await observations.add(sheet.tx, sheet.desk.org, sheet.new_id(), found, line)
    return line
