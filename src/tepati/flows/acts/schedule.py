"""Room flows: a visit is planned for an open booking, or moved; the person is told day and hour."""

from dataclasses import dataclass

from tepati.errors import BadInput
from tepati.flows import hours, tickets, visits
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.hours import DATE, SLOT
from tepati.flows.numbers import free
from tepati.registers import dealings
from tepati.rules.facts import Dealing


@dataclass(frozen=True, slots=True)
class Planned:
    """The visit as planned, instants in microseconds since 1970 UTC."""

    starts: int
    ends: int


async def schedule(
    desk: Desk, actor: Actor, number: str, date: str = "", slot: str = "", *, beyond: bool = False
) -> Planned:  # fmt: skip
    """Plan the visit of an open booking, at the booked hour or another one; an open visit is moved.

    Whoever it was assigned to is told again. ``beyond``: though the hour has no place left. Raises NotFound, Refused,
    BadInput (no such hour, it is over, or it is full: ``free`` then names the next ones).
    """

    async def act(sheet: Sheet) -> Planned:
        work = await visits.task(sheet, actor, number, "move", visits.PLANNING)
        hour = hours.hour_of(desk.notice, date or work.values[DATE], slot or work.values[SLOT], any_day=True)
        if hour is None or hour.ends <= sheet.at:
            raise BadInput("faulty_form", {DATE: "hour_over"})
        line = await visits.line(sheet, work, "schedule", "visit moved" if work.visit else "visit planned")
        visit = work.visit or await _open(sheet, work, line)
        planned = _planned(sheet, work, hour)
        await hours.change(sheet, work.person, bytes.fromhex(work.booking), hour, line, beyond=beyond)
        await visits.write(sheet, work.person, work.facts, work.version, {visit: planned})
        event = f"{visits.kind_of(desk.notice)}.opened"
        await visits.announce(sheet, work, event, {"starts": str(hour.starts)}, line)
        if planned.assigned:
            await tickets.send(sheet, work.person, visit, planned, line)
        return Planned(hour.starts, hour.ends)

    return await desk.write(act)


def _planned(sheet: Sheet, work: visits.Task, hour: hours.Hour) -> Dealing:
    moments = {visits.STARTS: hour.starts, visits.ENDS: hour.ends}
    if work.visit:
        known = work.planned
        return Dealing(known.kind, known.opened, 0, moments, known.assigned, known.part)
    return Dealing(visits.kind_of(sheet.desk.notice), sheet.at, 0, moments, "", work.booking)


async def _open(sheet: Sheet, work: visits.Task, line: bytes) -> str:
    """Enter the visit in the register, under the booking's record; its own number is for the ledger's readers."""
    visit = sheet.new_id()
    kind, number = visits.kind_of(sheet.desk.notice), await free(sheet, work.person, visit)
    record = bytes.fromhex(work.booking)
    row = dealings.Dealing(work.person, visit, kind, number, record, sheet.at, 0, {}, b"")
    await dealings.add(sheet.tx, sheet.desk.org, row, line)
    return visit.hex()
