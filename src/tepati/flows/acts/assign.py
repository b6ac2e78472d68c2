"""Room flows: a visit is given to one member of the crew, who gets a one-time link; whoever had it sees it no more."""

import msgspec

from tepati.errors import BadInput, NotFound
from tepati.flows import members, tickets, visits
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.hours import crew


async def assign(desk: Desk, actor: Actor, number: str, cleaner: bytes) -> None:
    """Give the open visit of a booking to a member of staff; the same one again gets a new link.

    Raises NotFound, Refused, BadInput (no visit is planned; not of the crew).
    """

    async def act(sheet: Sheet) -> None:
        floor = members.floor(desk, cleaner)
        work = await visits.task(sheet, actor, number, "assign", visits.PLANNING)
        visit = work.planned
        await _crew(sheet, cleaner, floor)
        line = await visits.line(sheet, work, "assign", "visit assigned")
        given = msgspec.structs.replace(visit, assigned=cleaner.hex())
        await visits.write(sheet, work.person, work.facts, work.version, {work.visit: given})
        await tickets.send(sheet, work.person, work.visit, given, line)

    return await desk.write(act)


async def _crew(sheet: Sheet, cleaner: bytes, floor: int) -> None:
    """Check that this is somebody who goes to visits. Raises BadInput."""
    try:
        member = await members.present(sheet, cleaner, floor)
    except NotFound:
        raise BadInput("not_of_the_crew") from None
    if member.org != sheet.desk.org or not crew(sheet.desk.notice) & set(member.roles):
        raise BadInput("not_of_the_crew")
