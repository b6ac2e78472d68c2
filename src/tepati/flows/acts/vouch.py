"""Room flows: a booking, a question or a complaint of somebody without an e-mail address: staff confirm it with them.

Nothing proves an address here, so the record stays *unproven*: it serves the purpose it came for and no other, leads
nobody in, and takes no consent. Its owner has a number on paper, by which staff serve their rights.
docs/decisions/0041-a-booking-without-an-address.md.
"""

import msgspec

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import answering, hours, readable
from tepati.flows.actor import Actor
from tepati.flows.attesting import attest
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import Collected, Form, admitted, held_until
from tepati.flows.newcomers import introduce
from tepati.flows.numbers import dealing_of, free, number_of
from tepati.flows.readable import Said
from tepati.flows.submission import Entry, line_of, record_of, repeated
from tepati.registers import people
from tepati.registers.macs import canonical
from tepati.rules.admit import Admission
from tepati.rules.facts import ATTESTED, Dealing


async def vouch(desk: Desk, form: Form) -> Collected:
    """Take what staff typed in (``entrance.entered``) and confirmed with its owner; its case opens at once.

    Raises BadInput (an address was given: it proves itself; an hour that is full), Refused (nobody types; a point
    that opens no case, or one that could be answered by mail alone; a consent was ticked: nobody could prove it).
    """
    promise = f"points.{form.point}"
    if not form.actor:
        raise Refused("role_may_not_enter", promise)
    if form.ticks:
        raise Refused("question_not_asked", promise)
    said = msgspec.structs.replace(form, attested=True)
    admission = admitted(desk, said)
    if admission.identifies:
        raise BadInput("faulty_form", dict.fromkeys(admission.identifies, "address_given"))
    asks = form.point in answering.opens(desk.notice, admission.opens)
    if not admission.opens or (asks and not answering.ways(desk.notice, mailless=True)):
        raise Refused("not_attested", promise)
    return await desk.write(lambda sheet: _take(sheet, said, admission))


async def _take(sheet: Sheet, form: Form, admission: Admission) -> Collected:
    desk, record = sheet.desk, record_of(sheet.desk, form)
    person = desk.mac(canonical("attested 1", desk.org, form.once, form.actor))[:16]
    await desk.vault.sealing(sheet.tx, [form.actor], new=True)
    if await people.get(sheet.tx, desk.org, person):
        repeated(form, record, (await sheet.facts(person))[0].rows)
        return Collected(number_of(desk.org, person, record))
    await desk.vault.epoch(sheet.tx)
    entry = Entry(form, admission, person, record, await line_of(sheet, [(person, admission)], form))
    await introduce(sheet, [entry], {})
    facts, version = await sheet.facts(person)
    if hours.wanted(desk.notice, form.point):
        await hours.hold(sheet, (person, record), admission.fields, entry.line, held_until(sheet, form))
        await hours.keep(sheet, person, record, facts)
    number = await free(sheet, person, record)
    whole = await attest(
        sheet, (person, record), facts, number, await _line(sheet, entry), form.actor.hex()
    )  # fmt: skip
    await sheet.keep(person, whole, version)
    return Collected(number)


async def _line(sheet: Sheet, entry: Entry) -> bytes:
    form, point = entry.form, entry.form.point
    said = Said("dpv:ActivityOngoing", sheet.at, form.language, f"points.{point}, confirmed before staff")
    shown = readable.of_booking(sheet.desk, point, said, sheet.new_id())
    told = [
        sheet.to_person(entry.person, {"at": sheet.at, "effect": "attested", "point": point, "role": form.role}, shown),
        sheet.to_actor(form.actor, {"at": sheet.at, "role": form.role, "reason": f"{form.channel}:attested"}),
    ]
    return await sheet.line(
        "confirm", promise=f"points.{point}", purpose=entry.admission.purpose, answer="attested", told=told
    )


async def attested(desk: Desk, actor: Actor, number: str) -> Dealing | None:
    """Return the case of a number that staff attested, for the paper that its owner takes home; None of any other.

    Raises Refused (nobody who signed the undertaking).
    """

    async def look(sheet: Sheet) -> Dealing | None:
        actor.bound(sheet.at)
        try:
            found = await dealing_of(sheet, number)
        except NotFound:
            return None
        case = (await sheet.facts(found.person))[0].dealings.get(found.dealing.hex()) if found else None
        return case if case and ATTESTED in case.moments else None

    return await desk.read(look)
