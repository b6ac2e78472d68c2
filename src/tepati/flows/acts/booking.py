"""Room flows: one booking on its page: everything the role may see, masked, and how its visit stands. One line."""

from dataclasses import dataclass

from tepati.flows import reasons, tickets, visits
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.hours import DATE, SLOT, hour_of
from tepati.flows.sight import held, touched, veiled
from tepati.rules.facts import Dealing

PLAIN = frozenset({DATE, SLOT, "booking.service"})  # what planning works with: shown as it is


@dataclass(frozen=True, slots=True)
class Visit:
    """The open visit of a booking; instants in microseconds since 1970 UTC, ``assigned`` hex or ""."""

    starts: int
    ends: int
    opens: int
    closes: int
    assigned: str
    sent: int = 0  # when whom it was given to was last mailed a link, and when that was opened
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as its page shows it: values by path, masked but for those that planning works with.

    ``barred`` names categories that stand in the booking and that this role never sees; ``ends`` says until when each
    category is kept; ``booked`` is the start of the booked hour, 0 where there is none.
    """

    number: str
    person: bytes
    opened: int
    values: dict[str, str]
    plain: dict[str, str]
    barred: tuple[str, ...]
    ends: dict[str, int]
    booked: int
    visit: Visit | None
    purpose: str
    role: str
    line: str
    reason: reasons.Stands = ""


async def booking(desk: Desk, actor: Actor, number: str) -> Booking:
    """Show an open booking. Raises NotFound, Refused (written down: another role, or it is closed), Tampered."""

    async def act(sheet: Sheet) -> Booking:
        role, purpose = visits.role_of(desk.notice, actor)
        aim = desk.policy.aims.get(purpose)
        seat = aim.seats.get(role) if aim else None
        fields = await _fields(sheet, actor, number, seat.fields if seat else frozenset())
        work = await visits.task(sheet, actor, number, "show", fields)
        line = await visits.line(sheet, work, "show", "masked")
        await touched(sheet, work.person, line)
        row = work.facts.rows[work.booking]
        barred = {c for c in row.ends if c not in {f.partition(".")[0] for f in (seat.fields if seat else ())}}
        plain = {path: value for path, value in work.values.items() if path in PLAIN}
        rest = {path: value for path, value in work.values.items() if path not in PLAIN}
        hour = hour_of(desk.notice, plain.get(DATE, ""), plain.get(SLOT, ""))
        return Booking(
            number, work.person, work.facts.dealings[work.booking].opened, veiled(desk.notice, rest), plain,
            tuple(sorted(barred)), dict(row.ends), hour.starts if hour else 0, await _visit(sheet, work), purpose, role,
            line.hex(), reasons.stands(work.facts, work.booking, actor),
        )  # fmt: skip

    return await desk.write(act)


async def _fields(sheet: Sheet, actor: Actor, number: str, seen: frozenset[str]) -> frozenset[str]:
    """Choose what there is of what the role sees, once the door has said yes to what planning needs."""
    work = await visits.task(sheet, actor, number, "show", frozenset())
    return seen & held(sheet, work.facts)


async def _visit(sheet: Sheet, work: visits.Task) -> Visit | None:
    if not work.visit:
        return None
    planned: Dealing = work.planned
    opens, closes = tickets.window(sheet.desk, planned)
    sent, arrived = await tickets.sent(sheet, work.person, work.visit, planned)
    starts, ends = planned.moments[visits.STARTS], planned.moments[visits.ENDS]
    return Visit(starts, ends, opens, closes, planned.assigned, sent, arrived)
