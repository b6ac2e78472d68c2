"""Room flows: how a submission is taken within an act, one or many at once; the acts that collect share it.

What comes without proof of its address makes an *unjoined* record: it serves the purpose it came for and no other,
changes nothing of a person already known, and the answer is the same whether the address is known or not.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import links
from tepati.flows.confirming import CONFIRM_WITHIN, may_write, write_to
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of, number_of
from tepati.flows.told import Says
from tepati.registers import acceptances, consents, people, records
from tepati.registers.acceptances import Acceptance
from tepati.rules import retention
from tepati.rules.admit import Admission, Submission, admit
from tepati.rules.facts import Facts, Row


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
    sender: str = ""  # the recipient or role that sends, where the point names one
    actor: bytes = b""  # the member of staff who types, and in which role (``entrance``)
    role: str = ""
    about: str = ""  # the number of the dealing it belongs to, where the point asks for no address
    device: str = ""  # the secret that the sending browser keeps, where it keeps one
    known: bool = False  # who sends it is in their own privacy centre


@dataclass(frozen=True, slots=True)
class Collected:
    """The answer: a number to quote. It says nothing about whether the address was known."""

    number: str


def record_of(form: Form) -> bytes:
    """Name the record of a form: the same form twice is one."""
    return hashlib.sha256(b"record" + form.once).digest()[:16]


async def take(sheet: Sheet, form: Form, admission: Admission) -> Collected:
    """Take an admitted submission within an act."""
    record, org = record_of(form), sheet.desk.org
    known = await _look_up(sheet, form, admission)
    if known and record.hex() in (await sheet.facts(known))[0].rows:
        return Collected(number_of(org, known, record))
    person = known or sheet.desk.random(16)
    await _write_down(sheet, form, admission, person, record, known=known is not None)
    return Collected(number_of(org, person, record))


def admitted(desk: Desk, form: Form) -> Admission:
    """Ask what may enter. A refusal to a caller nobody knows is counted, one line a minute."""
    if form.language not in desk.notice.organisation.languages:
        raise BadInput("faulty_form", {"language": "language_not_offered"})
    sent = Submission(
        point=form.point, channel=form.channel, fields=dict(form.values), ticks=form.ticks, terms=form.terms,
        at=desk.now(), sender=form.sender or form.role, known=form.known,
    )  # fmt: skip
    try:
        return _served(admit(desk.policy, sent))
    except Refused as refused:
        desk.refusals.count(sent.at, "collect", refused.promise)
        raise


def _served(admission: Admission) -> Admission:
    """Let through whom this version can serve. Raises Refused: a guardian cannot answer yet."""
    if admission.outcome == "guardian":
        raise Refused("guardian_needed", "minors.guardian")
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
        await introduce(sheet, Entry(form, admission, person, record, line), asked)
        return
    facts, version = await sheet.facts(person)
    await _verify(sheet, admission, person, facts)
    entry = Entry(form, admission, person, record, await line_of(sheet, [(person, admission)], form))
    proven = not admission.identifies
    await add_record(sheet, entry, proven=proven)
    if not proven:
        await _request(sheet, entry, await _unanswered(sheet, admission, person))
        if await may_write(sheet, person, admission.opens):
            await _letter(sheet, entry)
    rows = {**facts.rows, record.hex(): row_of(sheet, entry, proven=proven)}
    await sheet.keep(person, msgspec.structs.replace(facts, rows=rows), version)


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission being written down: whose it is, its record, and its line."""

    form: Form
    admission: Admission
    person: bytes
    record: bytes
    line: bytes


async def introduce(sheet: Sheet, entry: Entry, asked: Mapping[str, bytes]) -> None:
    """Write down a new person's first submission; ``asked`` gives each question's line.

    The epoch was read before and nothing is read here: all writes of a new person, or of a batch, go together.
    """
    admission = entry.admission
    sheet.desk.vault.fresh(sheet.tx, entry.person)
    await _introduce(sheet, admission, entry.person, entry.line)
    await add_record(sheet, entry, proven=False)
    await _show(sheet, entry)
    await _request(sheet, entry, asked, fresh=True)
    await _letter(sheet, entry)
    rows = {entry.record.hex(): row_of(sheet, entry, proven=False)}
    await sheet.keep(
        entry.person, Facts(admission.population, told=sheet.desk.notice.notice.version, rows=rows), 0
    )  # fmt: skip


async def line_of(sheet: Sheet, sent: Sequence[tuple[bytes, Admission]], form: Form) -> bytes:
    """Give submissions (person, what was admitted) of one point their line, with an opening for each person.

    ``form`` is one of them: where staff typed, the person reads the role, and who it was stands in their own opening.
    """
    admission = sent[0][1]
    role: Says = {"role": form.role} if form.role else {}
    told = [
        sheet.to_person(person, {"at": sheet.at, "fields": sorted(each.fields), "point": each.point, **role})
        for person, each in sent
    ]
    told += [sheet.to_actor(form.actor, {"at": sheet.at, "role": form.role})] if form.actor else []
    return await sheet.line(
        "collect", promise=f"points.{admission.point}", purpose=admission.purpose, told=told, n=len(sent)
    )


async def request_of(sheet: Sheet, question: str, persons: Sequence[bytes]) -> bytes:
    """Give a consent that is asked for its line, with an opening for each person."""
    says: Says = {"at": sheet.at, "question": question, "effect": consents.REQUESTED}
    told = [sheet.to_person(person, says) for person in persons]
    purpose = sheet.desk.notice.consents[question].for_
    return await sheet.line(
        "agree", promise=f"consents.{question}", purpose=purpose, answer="requested", told=told, n=len(told)
    )  # fmt: skip


def row_of(sheet: Sheet, entry: Entry, *, proven: bool) -> Row:
    """Say of a record what the facts must know."""
    dealing = entry.record.hex() if entry.admission.opens else ""
    ends = _ends(sheet, entry.admission, proven=proven)
    return Row(entry.form.point, 1, joined=proven, dealing=dealing, ends=ends, created=sheet.at)


def _ends(sheet: Sheet, admission: Admission, *, proven: bool) -> dict[str, int]:
    """Say when each category's values end: what is unproven ends with its link."""
    policy = sheet.desk.policy
    return {
        c: retention.due(policy, c, sheet.at, None) if proven else sheet.at + CONFIRM_WITHIN for c in admission.values
    }


async def add_record(sheet: Sheet, entry: Entry, *, proven: bool) -> None:
    """Write down the record of a submission, its values sealed."""
    form = entry.form
    row = records.Record(entry.record, form.point, form.channel, form.shown, joined=proven, created=sheet.at)
    await records.add(sheet.tx, sheet.desk.org, entry.person, row, entry.line)
    await _seal(sheet, entry.admission, entry.person, entry.record, entry.line, proven=proven)


async def _verify(sheet: Sheet, admission: Admission, person: bytes, facts: Facts) -> None:
    """Check that the person found by an address holds it: an index that SQL pointed elsewhere joins nothing to them.

    Nothing that is opened leaves this function. Raises Tampered.
    """
    if admission.identifies:
        fields, rows = frozenset(admission.identifies), frozenset(facts.rows)
        permit = sheet.entering(person, rows, fields, admission.purpose, "security.storage")
        await sheet.desk.vault.open(sheet.tx, permit, facts)


async def _introduce(sheet: Sheet, admission: Admission, person: bytes, line: bytes) -> None:
    """Make a new person, provisional until the address is proven. Raises Conflict when somebody was first."""
    await people.add(sheet.tx, sheet.desk.org, person, admission.population, sheet.at, line)
    for field, value in admission.identifies.items():
        await sheet.desk.vault.claim(sheet.tx, field, value, person)


async def _seal(sheet: Sheet, admission: Admission, person: bytes, record: bytes, line: bytes, *, proven: bool) -> None:
    """Seal the values. An unproven record ends when its link does; the notice's own end replaces that on proof.

    It has keys of its own, for good: ending it must never end what the owner of the address gave the same day.
    """
    policy, dealing = sheet.desk.policy, record.hex() if admission.opens else ""
    fields = frozenset(admission.fields)
    promise = f"points.{admission.point}"
    permit = sheet.entering(person, frozenset({record.hex()}), fields, admission.purpose, promise)
    own = "" if proven else f":{record.hex()}"
    endings = {c: retention.ending(policy, c, sheet.at, dealing) + own for c in admission.values}
    dues = _ends(sheet, admission, proven=proven)
    await sheet.desk.vault.put(sheet.tx, permit, record, admission.values, endings, dues, line)


async def _show(sheet: Sheet, entry: Entry) -> None:
    """Write down which notice a new person was shown and which terms were accepted, apart (neither is a consent).

    For a person already known this waits, in the link, until the link proves who ticked.
    """
    org, notice = sheet.desk.org, sheet.desk.notice
    form, admission, person, line = entry.form, entry.admission, entry.person, entry.line
    shown = Acceptance("notice", notice.notice.version, "shown", form.language, sheet.at, form.shown)
    await acceptances.add(sheet.tx, org, person, shown, line, fresh=True)
    if admission.terms:
        version, thing = notice.terms[admission.terms].version, f"terms.{admission.terms}"
        accepted = Acceptance(thing, version, "accepted", form.language, sheet.at, form.shown)
        await acceptances.add(sheet.tx, org, person, accepted, line, fresh=True)


async def _unanswered(sheet: Sheet, admission: Admission, person: bytes) -> dict[str, bytes]:
    """Give a line to each consent asked for of somebody known; a yes given before stays as it is."""
    said = await consents.of_person(sheet.tx, person) if admission.questions else []
    given = {c.question for c in said if c.state == consents.GIVEN}
    return {q: await request_of(sheet, q, [person]) for q in admission.questions if q not in given}


async def _request(sheet: Sheet, entry: Entry, asked: Mapping[str, bytes], *, fresh: bool = False) -> None:
    """A tick without proof of the address is a request for consent, no consent.

    What a person already known said stands as it is: the request is an event beside it.
    """
    form = entry.form
    for question, line in asked.items():
        event = consents.Event(
            sheet.new_id(), question, consents.REQUESTED, sheet.at, 0, sheet.desk.words(question, form.language),
            form.language, f"tick:{form.point}:{form.channel}", form.shown,
        )  # fmt: skip
        if fresh:
            await consents.say(sheet.tx, sheet.desk.org, entry.person, event, line, fresh=True)
        else:
            await consents.asked(sheet.tx, sheet.desk.org, entry.person, event, line)


async def _letter(sheet: Sheet, entry: Entry) -> None:
    """Send the link that proves the address of what was submitted."""
    form, notice, terms = entry.form, sheet.desk.notice, entry.admission.terms
    version = notice.terms[terms].version if terms else 0
    about = links.Booked(
        entry.record.hex(), form.language, notice.notice.version, version, form.device, tuple(sorted(form.ticks))
    )
    await write_to(sheet, entry.person, about, entry.admission.opens, entry.line)
