"""Room flows: staff hear a guardian: who waits, what they need to know for it, and what was said, by whom and when.

A telephone number that a child gave proves nothing: the number called comes from elsewhere, and is compared with what
stands in the child's form. Whoever writes an answer down stands in its line, and so does where the number came from.
"""

from dataclasses import dataclass

from tepati.errors import BadInput, Conflict, NotFound, Refused
from tepati.flows import guardians, rechecks, wards
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guardians import ADDRESS, GUARDS, PROMISE
from tepati.flows.keepers import Pace, Waiting, pace, shown, waiting
from tepati.flows.numbers import number_of
from tepati.flows.stewards import entitled
from tepati.flows.wards import Heard
from tepati.registers import guardians as register
from tepati.registers.guardians import AGREED, ASKED, GIVEN, Guardianship
from tepati.rules.types import clean

LONGEST = 200  # characters of what is noted
CALL = "recorded_call"
SOURCES = ("records", "document", "directory")  # where the number that was called is from: never from the child
YES, NO, BACK = "yes", "no", "back"


@dataclass(frozen=True, slots=True)
class Call:
    """What staff write down: the method, what was answered, the number called and where it is from, and a note."""

    method: str
    said: str
    number: str = ""
    source: str = ""
    note: str = ""


async def minors(desk: Desk, actor: Actor) -> tuple[list[Waiting], Pace]:
    """List who waits, and say how fast others were answered. Raises Refused."""

    async def look(sheet: Sheet) -> tuple[list[Waiting], Pace]:
        _keeper(sheet, actor)
        return await waiting(sheet), await pace(sheet)

    return await desk.write(look)


async def find(desk: Desk, actor: Actor, number: str) -> Waiting:
    """Return one by its number, in force or waiting. Raises NotFound, Refused."""

    async def look(sheet: Sheet) -> Waiting:
        _keeper(sheet, actor)
        return shown(await _one(sheet, number))

    return await desk.write(look)


async def reveal(desk: Desk, actor: Actor, number: str) -> dict[str, str]:
    """Open what a call needs: the child's name, and the guardian's address; each look is a line.

    Raises NotFound, Refused.
    """

    async def look(sheet: Sheet) -> dict[str, str]:
        role = _keeper(sheet, actor)
        one = await _one(sheet, number)
        if one.state == GIVEN:
            raise Refused("guardian_answered", PROMISE)
        values = await _values(sheet, one, "name")
        told = [
            sheet.to_person(one.person, {"at": sheet.at, "role": role, "fields": sorted(values)}),
            sheet.to_actor(actor.person, {"at": sheet.at, "role": role, "reason": f"guardian {number}"}),
        ]
        line = await sheet.line("look", promise=PROMISE, purpose="requests", answer="allowed", told=told)
        await rechecks.draw(sheet, line, actor.person)
        address = await guardians.unseal(sheet, one)
        return values | ({ADDRESS: address} if address else {})

    return await desk.write(look)


async def hear(desk: Desk, actor: Actor, number: str, call: Call) -> None:
    """Write down what a guardian said: yes, no, or what they said before taken back.

    Raises BadInput (method, number or note), NotFound, Refused, Expired, Conflict.
    """
    noted = _checked(desk, call)

    async def act(sheet: Sheet) -> None:
        role = _keeper(sheet, actor)
        one = await _one(sheet, number)
        called = await _called(sheet, one, call)
        how = Heard(call.method, actor, role, noted, called)
        if call.said == BACK:
            if one.state != GIVEN:
                raise Conflict("guardian_changed")
            return await wards.take_back(sheet, one, how)
        if one.state not in {ASKED, AGREED}:
            raise Conflict("guardian_changed")
        if call.said == NO:
            await wards.line_of(sheet, one.person, "declined", how)
            return await wards.end_person(sheet, one.person)
        if await _many(sheet, one, called) >= desk.notice.minors.guardian.children:
            raise Refused("guardian_of_many", PROMISE)
        return await wards.become(sheet, one, how)

    await desk.write(act)


def _checked(desk: Desk, call: Call) -> str:
    """Check what was written down, and say it for the actor's own opening. Raises BadInput."""
    faults: dict[str, str] = {}
    note = " ".join(call.note.split())
    if call.method not in guardians.heard(desk.notice):
        faults["method"] = "not_an_option"
    if call.said not in {YES, NO, BACK}:
        faults["said"] = "not_an_option"
    if not note:
        faults["note"] = "missing"
    elif len(note) > LONGEST:
        faults["note"] = "too_long"
    if call.method == CALL and call.said != NO and call.source not in SOURCES:
        faults["source"] = "missing"
    if faults:
        raise BadInput("faulty_form", faults)
    return ": ".join([call.method, *([call.source] if call.source in SOURCES else []), note])


async def _called(sheet: Sheet, one: Guardianship, call: Call) -> str:
    """Return the number called in normal form, "" for another method or a no. Raises BadInput: also the child's own."""
    if call.method != CALL or call.said == NO:
        return ""
    try:
        number = clean("phone", call.number)
    except BadInput as bad:
        raise BadInput("faulty_form", {"number": bad.code}) from None
    if one.state != GIVEN and number in (await _values(sheet, one, "phone")).values():
        sheet.desk.refusals.count(sheet.at, guardians.ACT, PROMISE)
        raise BadInput("faulty_form", {"number": "guardian_same"})
    return number


async def _many(sheet: Sheet, one: Guardianship, called: str) -> int:
    """Count the other children whose guardian has this mailbox, or this number where there is no mailbox."""
    known = one.adult or (guardians.adult(sheet, called) if called else b"")
    return len(await register.children(sheet.tx, sheet.desk.org, known, sheet.at) - {one.person}) if known else 0


async def _values(sheet: Sheet, one: Guardianship, kind: str) -> dict[str, str]:
    """Open the fields of one type in a child's form."""
    desk = sheet.desk
    fields = frozenset(path for path, field in desk.policy.collects.get(one.point, ()) if field.type == kind)
    facts, _ = await sheet.facts(one.person)
    permit = sheet.entering(one.person, frozenset({one.record.hex()}), fields, desk.policy.came_for[one.point], PROMISE)
    parts = await desk.vault.open(sheet.tx, permit, facts) if fields else []
    return {f"{part.category}.{name}": value.show() for part in parts for name, value in part.values.items()}


def _keeper(sheet: Sheet, actor: Actor) -> str:
    """Check that the actor hears guardians; return the role. Raises Refused, which is written down."""
    entitled(sheet, actor, guardians.ACT, {GUARDS})
    role = next((name for name in actor.roles if name in guardians.keepers(sheet.desk.notice)), "")
    if not role:
        raise Refused("act_not_given", PROMISE)
    return role


async def _one(sheet: Sheet, number: str) -> Guardianship:
    """Find one by its number. Raises NotFound (also: two have it, or SQL gave it to another), Tampered."""
    org = sheet.desk.org
    found = await register.numbered(sheet.tx, sheet.desk.mac, org, number)
    known = [one for one in found if one.number == number_of(org, one.person, one.record)]
    if len(known) != 1:
        raise NotFound("no_such_number")
    return known[0]
