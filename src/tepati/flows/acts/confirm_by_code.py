"""Room flows: a booking of somebody without an e-mail address, on the site: a code to their telephone confirms it.

The code proves that the telephone is at hand, no more: the record is as one that staff attested (``acts/vouch``), it
serves the purpose it came for, takes no consent and joins nobody. Not confirmed, it ends as any unproven record does.
"""

from dataclasses import dataclass, field

import msgspec

from tepati.errors import BadInput, Refused
from tepati.flows import answering, callers, codes, hours, readable
from tepati.flows.attesting import attest
from tepati.flows.codes import Asking
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import Form, admitted, held_until
from tepati.flows.newcomers import introduce
from tepati.flows.numbers import free
from tepati.flows.readable import Said
from tepati.flows.submission import Entry, line_of, record_of, repeated
from tepati.notice.model import Notice
from tepati.registers import acceptances, people
from tepati.registers.codes import Code
from tepati.registers.macs import canonical
from tepati.rules.admit import Admission

KIND = "booking"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where the code is typed: the secret of its page."""

    page: str = field(repr=False)


def offered(desk: Desk, point: str) -> bool:
    """Say whether a form may be sent without an address: a code can be sent, and what is asked for needs no mail."""
    if not desk.texts.channels:
        return False
    opens = desk.notice.points[point].opens
    words = point in answering.opens(desk.notice, opens) and not answering.ways(desk.notice, mailless=True)
    return bool(opens and _field(desk.notice, point)) and not words


def _field(notice: Notice, point: str) -> str:
    return next((path for path in callers.phones(notice) if path in notice.points[point].collects), "")


async def ask(desk: Desk, form: Form, network: str) -> Waiting:
    """Take a form without an address, and send a code. Raises BadInput, Refused, Conflict, Unavailable."""
    path = _field(desk.notice, form.point)
    if not offered(desk, form.point):
        raise Refused("not_attested", f"points.{form.point}")
    if form.ticks:
        raise Refused("question_not_asked", f"points.{form.point}")
    said = msgspec.structs.replace(form, attested=True)
    admission = admitted(desk, said)
    category, _, name = path.partition(".")
    number = admission.values.get(category, {}).get(name, "")
    if not number or admission.identifies:
        raise BadInput(
            "faulty_form", {path: "missing"} if not number else dict.fromkeys(admission.identifies, "address_given")
        )
    if not codes.reached(desk, number):
        raise BadInput("code_abroad")
    if not codes.spends(desk, network):
        raise BadInput("code_enough")
    return await desk.write(lambda sheet: _take(sheet, said, admission, number))


async def _take(sheet: Sheet, form: Form, admission: Admission, number: str) -> Waiting:
    desk, record = sheet.desk, record_of(sheet.desk, form)
    person = desk.mac(canonical("coded 1", desk.org, form.once))[:16]
    if not await codes.affordable(sheet, number):
        raise BadInput("code_enough")
    await desk.vault.sealing(sheet.tx, [], new=True)
    if await people.get(sheet.tx, desk.org, person):
        repeated(form, record, (await sheet.facts(person))[0].rows)
        line = await _asked(sheet, person)
    else:
        line = await _introduce(sheet, Entry(form, admission, person, record, b""))
    channel = desk.texts.channels[0]
    asking = Asking(person, record.hex(), number, KIND, record.hex(), channel, form.language, form.device)
    return Waiting(await codes.mint(sheet, asking, line))


async def _asked(sheet: Sheet, person: bytes) -> bytes:
    told = sheet.to_person(person, {"at": sheet.at, "role": "person", "effect": "code asked"})
    return await sheet.line("enter", promise="rights.access", purpose="proof", answer="asked", told=[told])


async def _introduce(sheet: Sheet, unlined: Entry) -> bytes:
    desk, form, whose = sheet.desk, unlined.form, (unlined.person, unlined.record)
    await desk.vault.epoch(sheet.tx)
    line = await line_of(sheet, [(unlined.person, unlined.admission)], form)
    await introduce(sheet, [msgspec.structs.replace(unlined, line=line)], {})
    if hours.wanted(desk.notice, form.point):
        await hours.hold(sheet, whose, unlined.admission.fields, line, held_until(sheet, form))
    return line


async def confirm_by_code(desk: Desk, token: str, digits: str, device: str) -> str:
    """Use a code once, and open the case; return its number.

    Raises BadInput (wrong digits, counted; its hour is full), Expired, NotFound (not confirmed in time).
    """

    async def act(sheet: Sheet) -> str | int:
        found = await codes.taken(sheet, token, digits, device, KIND)
        return found if isinstance(found, int) else await _confirm(sheet, found)

    done = await desk.write(act)
    if isinstance(done, int):
        raise BadInput("code_wrong", left=done)
    return done


async def _confirm(sheet: Sheet, code: Code) -> str:
    record = bytes.fromhex(code.about)
    facts, version = await sheet.facts(code.person)
    await hours.keep(sheet, code.person, record, facts)
    number = await free(sheet, code.person, record)
    line = await _line(sheet, code.person, facts.rows[code.about].point)
    await sheet.keep(code.person, await attest(sheet, (code.person, record), facts, number, line), version)
    return number


async def _line(sheet: Sheet, person: bytes, point: str) -> bytes:
    language = await acceptances.language(sheet.tx, person)
    said = Said("dpv:ActivityOngoing", sheet.at, language, f"points.{point}, confirmed by a code")
    shown = readable.of_booking(sheet.desk, point, said, sheet.new_id())
    told = sheet.to_person(person, {"at": sheet.at, "effect": "coded", "point": point, "role": "person"}, shown)
    purpose = next(iter(sheet.desk.notice.points[point].for_), "proof")
    return await sheet.line("confirm", promise=f"points.{point}", purpose=purpose, answer="coded", told=[told])
