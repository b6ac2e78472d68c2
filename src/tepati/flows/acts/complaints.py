"""Room flows: the complaints that wait for an answer, by the instant promised in the notice. Numbers, no names."""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows import clocks
from tepati.flows.actor import Actor
from tepati.flows.answering import CASE, may
from tepati.flows.desk import Desk, Sheet
from tepati.registers import dealings
from tepati.registers.dealings import Dealing
from tepati.rules.facts import FOREVER

MOST = 200  # shown at once: the next to end first


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint, or question: its number, when it came, until when it is to be answered by which promise, its end.

    ``due`` is 0 where nothing is promised, ``closed`` while it is open.
    """

    number: str
    opened: int
    due: int
    closed: int
    promise: str


async def complaints(desk: Desk, actor: Actor) -> list[Complaint]:
    """List the open complaints, the next due first. Raises Refused (a role that answers none)."""

    async def look(sheet: Sheet) -> list[Complaint]:
        may(sheet, actor)
        found = await dealings.work_of(sheet.tx, desk.org, CASE, MOST)
        return sorted((_told(desk, one) for one in found), key=lambda one: one.due or FOREVER)

    return await desk.write(look)


async def complaint(desk: Desk, actor: Actor, number: str) -> Complaint:
    """Return one complaint. Raises NotFound, Refused."""

    async def look(sheet: Sheet) -> Complaint:
        may(sheet, actor)
        found = await dealings.numbered(sheet.tx, desk.org, number)
        if len(found) != 1 or found[0].kind != CASE:
            raise NotFound("no_such_number")
        return _told(desk, found[0])

    return await desk.write(look)


def _told(desk: Desk, one: Dealing) -> Complaint:
    due = clocks.due(desk, CASE, one.opened, one.moments)
    return Complaint(one.number, one.opened, due, one.closed, clocks.promise(CASE, one.moments))
