"""Room flows: the complaints that wait for an answer, by the instant promised in the notice. Numbers, no names."""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.answering import CASE, may
from tepati.flows.desk import Desk, Sheet
from tepati.registers import dealings
from tepati.registers.dealings import Dealing

MOST = 200  # shown at once: the next to end first


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint: its number, when it came, until when it is to be answered (0: no promise), when it was closed."""

    number: str
    opened: int
    due: int
    closed: int


async def complaints(desk: Desk, actor: Actor) -> list[Complaint]:
    """List the open complaints, the next due first. Raises Refused (a role that answers none)."""

    async def look(sheet: Sheet) -> list[Complaint]:
        may(sheet, actor)
        found = await dealings.work_of(sheet.tx, desk.org, CASE, MOST)
        return [_told(desk, one) for one in found]

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
    within = desk.notice.cases[CASE].within
    return Complaint(one.number, one.opened, desk.after(one.opened, within) if within else 0, one.closed)
