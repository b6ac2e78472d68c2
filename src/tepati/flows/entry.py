"""Room flows: how a submission is taken within an act, one or many at once; the acts that collect share it.

What comes without proof of its address makes an *unjoined* record: it serves the purpose it came for and no other,
changes nothing of a person already known, and the answer is the same whether the address is known or not.
"""

from collections.abc import Mapping

import msgspec

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import guardians, hours
from tepati.flows.confirming import may_write
from tepati.flows.desk import Desk, Sheet
from tepati.flows.newcomers import introduce
from tepati.flows.numbers import dealing_of, number_of
from tepati.flows.submission import (
    CONFIRM_WITHIN,
    Collected,
    Entry,
    Form,
    event_of,
    line_of,
    record_of,
    record_row,
    repeated,
    request_of,
    row_of,
    to_seal,
    write_letters,
)
from tepati.registers import consents, records
from tepati.rules.admit import Admission, Submission, admit
from tepati.rules.facts import Facts

__all__ = ["Collected", "Form", "admitted", "held_until", "take"]


async def take(sheet: Sheet, form: Form, admission: Admission) -> Collected:
    """Take an admitted submission within an act; that of a child waits for their guardian. Raises BadInput."""
    if guardians.needed(admission):
        return await guardians.wait(sheet, form, admission, guardians.address_of(sheet.desk, form, admission))
    if form.turned:
        await guardians.turned(sheet)
    record, org = record_of(sheet.desk, form), sheet.desk.org
    if _holds(sheet, form) and hours.ahead(sheet, admission.fields):
        await hours.counting(sheet)
    known = await _look_up(sheet, form, admission)
    if known and repeated(form, record, (await sheet.facts(known))[0].rows):
        return Collected(number_of(org, known, record))
    person = known or sheet.desk.random(16)
    await _write_down(sheet, form, admission, person, record, known=known is not None)
    return Collected(number_of(org, person, record))


def _holds(sheet: Sheet, form: Form) -> bool:
    return form.holds and hours.wanted(sheet.desk.notice, form.point)


async def _hold(sheet: Sheet, form: Form, admission: Admission, whose: tuple[bytes, bytes], line: bytes) -> None:
    """Hold the hour it asks for, before the act writes anything else: its answer is waited for, theirs is not."""
    if _holds(sheet, form):
        await hours.hold(sheet, whose, admission.fields, line, held_until(sheet, form))


def held_until(sheet: Sheet, form: Form) -> int:
    """Say until when an unproven booking holds its hour: a stranger's on the site for less than what staff typed."""
    return sheet.at + (CONFIRM_WITHIN if form.actor else hours.HELD)


def admitted(desk: Desk, form: Form) -> Admission:
    """Ask what may enter. A refusal to a caller nobody knows is counted, one line a minute."""
    if form.language not in desk.notice.organisation.languages:
        raise BadInput("faulty_form", {"language": "language_not_offered"})
    sent = Submission(
        point=form.point, channel=form.channel, fields=dict(form.values), ticks=form.ticks, terms=form.terms,
        at=desk.now(), sender=form.sender or form.role, known=form.known,
        attested=form.attested,
    )  # fmt: skip
    try:
        return _served(desk, form, admit(desk.policy, sent))
    except Refused as refused:
        desk.refusals.count(sent.at, "collect", refused.promise)
        raise


def _served(desk: Desk, form: Form, admission: Admission) -> Admission:
    """Let through whom this version can serve. Raises Refused: nothing limits an account yet, or no guardian is named.

    Neither a milder band (``warn``) nor none stands in for the guardian of whoever is under ``minors.under``
    (UU PDP Art. 25); a notice that leaves such a gap is faulty (``age-gap``), one published before that rule is not.
    """
    if admission.outcome == "limited":
        raise Refused("not_yet", f"points.{form.point}.age")
    if guardians.needed(admission) and (form.guardian is None or form.attested or not guardians.serves(desk.notice)):
        raise Refused("guardian_needed", guardians.PROMISE)
    return admission


async def _look_up(sheet: Sheet, form: Form, admission: Admission) -> bytes | None:
    """Find the person by the identifying value, or by the dealing that a declared sender names; nothing is opened."""
    await sheet.desk.vault.sealing(sheet.tx, [form.actor] if form.actor else [], new=True)
    for field, value in admission.identifies.items():
        return await sheet.desk.vault.find(sheet.tx, field, value)
    dealing = await dealing_of(sheet, form.about) if form.sender else None
    if dealing is None:
        raise NotFound("no_such_number")
    return dealing.person


async def _write_down(
    sheet: Sheet, form: Form, admission: Admission, person: bytes, record: bytes, *, known: bool
) -> None:
    if not known:
        await sheet.desk.vault.epoch(sheet.tx)  # read before the writes, which then go together
        line = await line_of(sheet, [(person, admission)], form)
        asked = {q: await request_of(sheet, q, [person]) for q in admission.questions}
        await _hold(sheet, form, admission, (person, record), line)
        await introduce(sheet, [Entry(form, admission, person, record, line)], asked)
        return
    facts, version = await sheet.facts(person)
    await verify(sheet, admission, person, facts)
    entry = Entry(form, admission, person, record, await line_of(sheet, [(person, admission)], form), facts.told)
    await _hold(sheet, form, admission, (person, record), entry.line)
    await beside(sheet, entry, facts, version)


async def beside(sheet: Sheet, entry: Entry, facts: Facts, version: int) -> None:
    """Write a submission down beside what is there of its person, whose facts were read in this act."""
    admission, person = entry.admission, entry.person
    proven = not admission.identifies
    await add_record(sheet, entry, proven=proven)
    if not proven:
        await _request(sheet, entry, await _unanswered(sheet, admission, person))
        if await may_write(sheet, person, admission.opens):
            await write_letters(sheet, [entry])
    rows = {**facts.rows, entry.record.hex(): row_of(sheet, entry, proven=proven)}
    await sheet.keep(person, msgspec.structs.replace(facts, rows=rows), version)


async def add_record(sheet: Sheet, entry: Entry, *, proven: bool) -> None:
    """Write down the record of a submission, its values sealed."""
    row = record_row(sheet, entry, proven=proven)
    await records.add(sheet.tx, sheet.desk.org, entry.person, row, entry.line)
    permit, sealing = to_seal(sheet, entry, proven=proven)
    await sheet.desk.vault.put(sheet.tx, permit, *sealing)


async def verify(sheet: Sheet, admission: Admission, person: bytes, facts: Facts) -> None:
    """Check that the person found by an address holds it: an index that SQL pointed elsewhere joins nothing to them.

    Nothing that is opened leaves this function. Raises Tampered.
    """
    if admission.identifies:
        fields, rows = frozenset(admission.identifies), frozenset(facts.rows)
        permit = sheet.entering(person, rows, fields, admission.purpose, "security.storage")
        await sheet.desk.vault.open(sheet.tx, permit, facts)


async def _unanswered(sheet: Sheet, admission: Admission, person: bytes) -> dict[str, bytes]:
    """Give a line to each consent asked for of somebody known; a yes given before stays as it is."""
    said = await consents.of_person(sheet.tx, person) if admission.questions else []
    given = {c.question for c in said if c.state == consents.GIVEN}
    return {q: await request_of(sheet, q, [person]) for q in admission.questions if q not in given}


async def _request(sheet: Sheet, entry: Entry, asked: Mapping[str, bytes]) -> None:
    """What a person already known said stands as it is: the request is an event beside it."""
    for question, line in asked.items():
        await consents.asked(sheet.tx, sheet.desk.org, entry.person, event_of(sheet, entry, question), line)
