"""Room flows: a visit is a dealing of its own, part of the booking that it carries out, in facts and register alike.

The facts (under a MAC) decide who sees what and when it ends; the register is what lists are made of. Every change
of a visit goes through ``write``, which writes both and the new ends of the booking's data.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import post
from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.flows.hours import DATE, SLOT, crew
from tepati.flows.numbers import dealing_of
from tepati.flows.opening import opened
from tepati.notice.model import Notice
from tepati.registers import acceptances, dealings, records
from tepati.rules import retention
from tepati.rules.facts import Dealing, Facts, Permit, Row, Use

STARTS, ENDS, CALLED_OFF = "starts", "ends", "called_off"


def kind_of(notice: Notice) -> str:
    """Name the case that the crew's window speaks of: the visit. Raises NotFound where the notice has none."""
    for name in sorted(crew(notice)):
        for moment in (notice.roles[name].from_, notice.roles[name].until):
            if moment is not None:
                return moment.event.partition(".")[0]
    raise NotFound("no_visits")


def booking_kind(notice: Notice) -> str:
    """Name the case of bookings: what a point opens that collects the hour. Raises NotFound."""
    for point in notice.points.values():
        if point.opens and {DATE, SLOT} <= point.collects:
            return point.opens
    raise NotFound("no_visits")


@dataclass(frozen=True, slots=True)
class Task:
    """An open booking being worked on: whose, its facts as read, what was asked of the door, and its open visit."""

    person: bytes
    booking: str  # hex
    number: str
    facts: Facts
    version: int
    use: Use
    permit: Permit
    values: Mapping[str, str]
    visit: str  # hex, or "" where none is planned

    @property
    def planned(self) -> Dealing:
        """Give the open visit. Raises BadInput where there is none."""
        if not self.visit:
            raise BadInput("no_visit")
        return self.facts.dealings[self.visit]


def visit_of(facts: Facts, booking: str) -> str:
    """Name the open visit of a booking: at most one is open."""
    return next((k for k, d in facts.dealings.items() if d.part == booking and not d.closed), "")


def role_of(notice: Notice, actor: Actor) -> tuple[str, str]:
    """Name the actor's role that may open visits and the purpose it serves; with none, the first, which refuses."""
    roles = notice.roles
    may = [r for r in actor.roles if r in roles and r in notice.cases[kind_of(notice)].opened_by and roles[r].for_]
    role = next(iter(may or actor.roles), "none")
    return role, next(iter(roles[role].for_), "none") if role in roles else "none"


async def task(sheet: Sheet, actor: Actor, number: str, act: str, fields: frozenset[str]) -> Task:
    """Take up the open booking with this number: ask the door for what planning needs.

    Raises NotFound, Refused (written down), Tampered.
    """
    notice = sheet.desk.notice
    role, purpose = role_of(notice, actor)
    use = Use(act=act, purpose=purpose, fields=fields, at=0, role=role, actor=actor.person.hex())
    sheet.asked = use
    actor.bound(sheet.at)
    if role not in notice.cases[kind_of(notice)].opened_by:
        raise Refused("act_not_given", f"roles.{role}")
    found = await dealing_of(sheet, number)
    if found is None or found.dealing != found.record:
        raise NotFound("no_such_number")
    facts, version = await sheet.facts(found.person)
    use = replace_use(use, found.person, found.dealing.hex())
    permit = await sheet.ask(use, facts)
    values = {} if permit.observed else await opened(sheet, permit, facts)
    return Task(found.person, use.dealing, number, facts, version, use, permit, values,
                visit_of(facts, use.dealing))  # fmt: skip


def replace_use(use: Use, person: bytes, dealing: str, fields: frozenset[str] | None = None) -> Use:
    """Name whose booking is asked about, and by which fields."""
    asked = use.fields if fields is None else fields
    return msgspec.structs.replace(use, person=person, dealing=dealing, record=dealing, fields=asked)


PLANNING = frozenset({DATE, SLOT})


async def line(sheet: Sheet, work: Task, act: str, effect: str) -> bytes:
    """Write down what was done with a visit: the person reads role and effect, the actor that it was they."""
    told = sheet.told_of(work.use, known=True)
    told = [msgspec.structs.replace(t, says={**t.says, "effect": effect}) for t in told]
    return await sheet.line(act, promise=work.permit.promise, purpose=work.use.purpose, answer="done", told=told)


async def write(sheet: Sheet, person: bytes, facts: Facts, version: int, changed: Mapping[str, Dealing]) -> Facts:
    """Write changed dealings into facts and register, with the ends of the data that they move."""
    after = msgspec.structs.replace(facts, dealings={**facts.dealings, **changed})
    rows = dict(facts.rows)
    for booking in {dealing.part or name for name, dealing in changed.items()}:
        rows |= await _redated(sheet, person, after, booking)
    after = msgspec.structs.replace(after, rows=rows)
    await sheet.keep(person, after, version)
    for name, dealing in changed.items():
        assigned = bytes.fromhex(dealing.assigned)
        await dealings.plan(sheet.tx, person, bytes.fromhex(name), dealing.moments, assigned)
        if dealing.closed:
            await dealings.close(sheet.tx, person, bytes.fromhex(name), dealing.closed)
    return after


async def _redated(sheet: Sheet, person: bytes, facts: Facts, booking: str) -> dict[str, Row]:
    """Give each sealed part of a booking's records the end that booking and visits now promise."""
    rows, policy = {}, sheet.desk.policy
    spoken = [d for name, d in facts.dealings.items() if booking in {name, d.part}]
    for record, row in facts.rows.items():
        if row.dealing != booking or booking not in facts.dealings:
            continue
        created = facts.dealings[booking].opened
        ends = {
            c: end if c in row.held else retention.last(policy, c, created, spoken, facts.told)
            for c, end in row.ends.items()
        }
        for category, due in ends.items():
            if due != row.ends[category]:
                await records.set_due(sheet.tx, person, bytes.fromhex(record), category, due)
        rows[record] = msgspec.structs.replace(row, ends=ends)
    return rows


async def announce(sheet: Sheet, work: Task, event: str, fills: Mapping[str, str], ledger_id: bytes) -> None:
    """Put the letters that the notice declares for this event into the outbox; what is for staff is theirs to get."""
    language = await acceptances.language(sheet.tx, work.person)
    for name, message in sheet.desk.notice.messages.items():
        when = message.when
        theirs = sheet.desk.notice.purposes[message.for_].kind == "staff"
        if when and when.event == event and when.offset is None and message.channel == "email" and not theirs:
            letter = post.Letter(name, language, {"number": work.number, **fills}, work.booking)
            await post.put(sheet, work.person, letter, ledger_id)
