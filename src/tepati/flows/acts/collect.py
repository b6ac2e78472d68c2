"""Room flows: somebody submits data at a collection point. Parse, ask, write it down, act, in one transaction.

What comes without proof of its address makes an *unjoined* record: it serves the purpose it came for and no other,
changes nothing of a person already known, and the answer is the same whether the address is known or not.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tepati.errors import Refused
from tepati.flows.desk import Desk, Sheet
from tepati.flows.links import mint
from tepati.flows.numbers import number_of
from tepati.registers import acceptances, consents, links, outbox, people, records
from tepati.rules import retention
from tepati.rules.admit import Admission, Submission, admit
from tepati.rules.facts import Facts, Permit, Row

CONFIRM_HOURS = 48  # an address not proven by then: the booking is not kept (points.<p>.unfinished)
LETTERS_A_DAY = 5  # confirmation letters to one unproven address in 24 hours; the answer stays the same beyond
_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Form:
    """What was submitted: field paths to raw values, ticked questions, and the notice (digest) that was shown."""

    point: str
    channel: str
    values: Mapping[str, str]
    ticks: frozenset[str]
    terms: bool
    language: str
    shown: bytes
    once: bytes  # the form's own id: the same form twice is one submission


@dataclass(frozen=True, slots=True)
class Collected:
    """The answer: a number to quote. It says nothing about whether the address was known."""

    number: str


async def collect(desk: Desk, form: Form) -> Collected:
    """Take one submission.

    Raises BadInput (a fault for each field), Refused (a field, channel or age the notice does not admit), Unavailable.
    """
    sent = Submission(
        point=form.point, channel=form.channel, fields=dict(form.values), ticks=form.ticks,
        terms=form.terms, at=desk.now(),
    )  # fmt: skip
    admission = admit(desk.policy, sent)
    record = hashlib.sha256(b"record" + form.once).digest()[:16]

    async def act(sheet: Sheet) -> Collected:
        person = await _person(sheet, admission)
        known = await desk.vault.facts(sheet.tx, person) if person else None
        if known and record.hex() in known[0].rows:
            return Collected(number_of(desk.org, person or b"", record, known[0].rows[record.hex()].at))
        return await _write_down(sheet, form, admission, record, person)

    return await desk.write(act)


async def _person(sheet: Sheet, admission: Admission) -> bytes | None:
    """Look for the person by the identifying value; nothing of them is opened."""
    for field, value in admission.identifies.items():
        return await sheet.desk.vault.find(sheet.tx, field, value)
    raise Refused("no_identifying_field", f"points.{admission.point}")


async def _write_down(sheet: Sheet, form: Form, admission: Admission, record: bytes, known: bytes | None) -> Collected:
    desk, tx, org = sheet.desk, sheet.tx, sheet.desk.org
    person = known or desk.random(16)
    told = sheet.to_person(person, {"at": sheet.at, "fields": sorted(admission.fields), "point": form.point})
    if known is None:
        await desk.vault.begin(tx, person)
    line = await sheet.line("collect", promise=f"points.{form.point}", purpose=admission.purpose, told=[told])
    facts, version = await _begin(sheet, admission, person, known, line)
    until = sheet.at + CONFIRM_HOURS * _HOUR
    await records.add(
        tx, org, person,
        records.Record(record, form.point, form.channel, form.shown, joined=False, created=sheet.at), line,
    )  # fmt: skip
    await _seal(sheet, admission, person, record, until, line)
    await acceptances.add(tx, org, person, "notice", desk.notice.notice.version, "shown", sheet.at, form.shown, line)
    await _terms(sheet, form, person, line)
    await _questions(sheet, form, admission, person)
    await _letter(sheet, form, person, record, until, line)
    rows = dict(facts.rows)
    rows[record.hex()] = Row(form.point, 1, joined=False, dealing=record.hex() if admission.opens else "")
    await sheet.keep(person, msgspec.structs.replace(facts, rows=rows), version)
    return Collected(number_of(org, person, record, sheet.at))
