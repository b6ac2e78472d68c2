"""Room flows: a submission being written down: whose it is, its record, its lines, when its values end, its letter.

An unproven record ends when its link does; the notice's own end replaces that on proof.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tepati.errors import BadInput, Conflict
from tepati.flows import limits, links, post
from tepati.flows.desk import Desk, Sheet
from tepati.flows.letters import HANDED
from tepati.flows.numbers import number_of
from tepati.flows.till import hands
from tepati.flows.told import Says
from tepati.flows.visitors import secret_of
from tepati.notice.model import Notice
from tepati.registers import consents, counters
from tepati.registers.macs import canonical
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.admit import Admission
from tepati.rules.facts import FOREVER, Permit, Row
from tepati.rules.types import clean

HOUR = 3_600_000_000
CONFIRM_WITHIN = 48 * HOUR  # an address not proven by then: the booking is not kept (points.<p>.unfinished)


class Form(msgspec.Struct, frozen=True):
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
    attested: bool = False  # staff confirmed it with somebody who has no e-mail address (``acts/vouch``)
    noted: str = ""  # what their own opening says beside the role: the API key, where a program brings it
    guardian: str | None = None  # the guardian's address of whoever is under age, "": they have none; None: not asked
    turned: bool = False  # it was asked for a guardian before, for the age it told then
    holds: bool = False  # the hour it asks for must be free, and is held: of the site, and of what staff type


class Collected(msgspec.Struct, frozen=True):
    """The answer: a number to quote. It says nothing about whether the address was known.

    ``answer``: until when it is answered, of what was theirs at once (``complain``), else 0. ``waits``: a guardian has
    to answer first.
    """

    number: str
    answer: int = 0
    waits: bool = False


class Entry(msgspec.Struct, frozen=True):
    """A submission being written down: whose it is, its record, its line, and the version its person was told."""

    form: Form
    admission: Admission
    person: bytes
    record: bytes
    line: bytes
    told: int = FOREVER  # whom nobody knows yet is told what is in force
    waits: int = 0  # until when it waits for a guardian, and for nothing else


def record_of(desk: Desk, form: Form) -> bytes:
    """Name the record of a form: one half by the form, the other by what it says. The same form twice is one record.

    The name is kept, so it rests on what may be kept alone: who has the key could try the rest out.
    """
    said = [part for path, value in sorted(form.values.items()) for part in _kept(desk, path, value)]
    body = canonical("form 1", desk.org, form.point, form.channel, *said, "ticks", *sorted(form.ticks))
    return _half(form) + desk.mac(body)[:8]


def _kept(desk: Desk, path: str, value: str) -> tuple[str, ...]:
    """Give a field as it may be stored: nothing of one that is not, a place no finer than declared."""
    category, _, name = path.partition(".")
    field = desk.notice.data[category].fields.get(name) if category in desk.notice.data else None
    if field is None:
        return path, value
    if not field.stored or desk.policy.lives[category].not_stored:
        return (path,)
    if not (field.precision and field.type == "location"):
        return path, value
    try:
        return path, clean(field.type, value, (), field.precision)
    except BadInput:
        return (path,)  # it is refused anyway


def _half(form: Form) -> bytes:
    return hashlib.sha256(b"record" + form.once).digest()[:8]


def repeated(form: Form, record: bytes, records: Iterable[str]) -> bool:
    """Say whether a form was sent already, by the records (hex) of its person.

    Raises Conflict where it said something else then: neither the old nor the new may be lost in silence.
    """
    before = [name for name in records if name.startswith(_half(form).hex())]
    if before and record.hex() not in before:
        raise Conflict("form_sent")
    return bool(before)


async def line_of(sheet: Sheet, sent: Sequence[tuple[bytes, Admission]], form: Form) -> bytes:
    """Give submissions (person, what was admitted) of one point their line, with an opening for each person.

    ``form`` is one of them: where staff typed, the person reads the role, and who it was stands in their own opening.
    """
    admission = sent[0][1]
    role: Says = {"role": form.role} if form.role else {}
    key: Says = {"reason": form.noted} if form.noted else {}
    told = [
        sheet.to_person(person, {"at": sheet.at, "fields": sorted(each.fields), "point": each.point, **role})
        for person, each in sent
    ]
    told += [sheet.to_actor(form.actor, {"at": sheet.at, "role": form.role, **key})] if form.actor else []
    await count_precise(sheet, [each.values for _, each in sent])
    line = await sheet.line(
        "collect", promise=f"points.{admission.point}", purpose=admission.purpose, told=told, n=len(sent)
    )
    if form.actor:
        await limits.staff(sheet, form.actor, form.point, len(sent), line)
    return line


async def count_precise(sheet: Sheet, sent: Sequence[Mapping[str, Mapping[str, str]]]) -> None:
    """Count how finely places are stored, by the precision that the door cut them to: the board says the finest."""
    counts: dict[counters.Key, counters.Count] = {}
    day = counters.day_of(sheet.at)
    for values in sent:
        for category, fields in values.items():
            for name in fields:
                field = sheet.desk.notice.data[category].fields[name]
                if field.precision:
                    key = f"data.{category}.fields.{name}", f"stored.{field.precision}", day
                    counters.join(counts, key, counters.Count(1, sheet.at))
    if counts:
        await counters.add(sheet.tx, sheet.desk.org, counts)


async def request_of(sheet: Sheet, question: str, persons: Sequence[bytes]) -> bytes:
    """Give a consent that is asked for its line, with an opening for each person."""
    says: Says = {"at": sheet.at, "question": question, "effect": consents.REQUESTED}
    told = [sheet.to_person(person, says) for person in persons]
    purpose = sheet.desk.notice.consents[question].for_
    return await sheet.line(
        "agree", promise=f"consents.{question}", purpose=purpose, answer="requested", told=told, n=len(told)
    )  # fmt: skip


def row_of(sheet: Sheet, entry: Entry, *, proven: bool) -> Row:
    """Give the record as the door will see it."""
    dealing = entry.record.hex() if entry.admission.opens else ""
    ends = ends_of(sheet, entry, proven=proven)
    return Row(entry.form.point, 1, joined=proven, dealing=dealing, ends=ends, created=sheet.at)


def ends_of(sheet: Sheet, entry: Entry, *, proven: bool) -> dict[str, int]:
    """Say when each category's values end: what is unproven ends with its link, if it has one to wait for."""
    policy, stays = sheet.desk.policy, proven or bool(handed(sheet.desk.notice, entry.form, entry.admission))
    return {
        c: retention.due(policy, c, sheet.at, None, entry.told) if stays else entry.waits or sheet.at + CONFIRM_WITHIN
        for c in entry.admission.values
    }


def record_row(sheet: Sheet, entry: Entry, *, proven: bool) -> Record:
    """Give the record's row."""
    form = entry.form
    return Record(entry.record, form.point, form.channel, form.shown, joined=proven, created=sheet.at)


# A record to seal: its id, values, endings and dues by category, the id of its line.
Sealing = tuple[bytes, Mapping[str, Mapping[str, str]], Mapping[str, str], Mapping[str, int], bytes]


def to_seal(sheet: Sheet, entry: Entry, *, proven: bool) -> tuple[Permit, Sealing]:
    """Permit the values to enter, and say how they end.

    An unproven record has keys of its own, for good: ending it must never end what the owner of the address gave the
    same day.
    """
    admission, record = entry.admission, entry.record.hex()
    policy, dealing = sheet.desk.policy, record if admission.opens else ""
    promise = f"points.{admission.point}"
    permit = sheet.entering(
        entry.person, frozenset({record}), frozenset(admission.fields), admission.purpose, promise
    )  # fmt: skip
    own = "" if proven else f":{record}"
    endings = {c: retention.ending(policy, c, sheet.at, dealing, entry.told) + own for c in admission.values}
    return permit, (entry.record, admission.values, endings, ends_of(sheet, entry, proven=proven), entry.line)


def event_of(sheet: Sheet, entry: Entry, question: str) -> consents.Event:
    """A tick without proof of the address is a request for consent, no consent."""
    form = entry.form
    return consents.Event(
        sheet.new_id(), question, consents.REQUESTED, sheet.at, 0, sheet.desk.words(question, form.language),
        form.language, f"tick:{form.point}:{form.channel}", form.shown,
    )  # fmt: skip


async def write_letters(sheet: Sheet, entries: Sequence[Entry]) -> None:
    """Send the links that prove addresses; a letter says nothing that the requester typed (design section 11).

    What somebody asks for where staff type it in (a receipt at the till) is the letter that the notice declares.
    """
    if message := handed(sheet.desk.notice, entries[0].form, entries[0].admission):
        await _hand(sheet, entries, message)
        return
    line, until = entries[0].line, sheet.at + CONFIRM_WITHIN
    kind = links.confirms(entries[0].admission.opens)  # one point, one kind
    tokens = await links.mint_all(sheet, kind, [(e.person, link_of(sheet, e)) for e in entries], until, line)
    letters = [
        (entry.person, post.Letter(f"confirm_{kind}", entry.form.language, _fills(sheet, entry, token, until),
                                   entry.record.hex()))
        for entry, token in zip(entries, tokens, strict=True)
    ]  # fmt: skip
    await post.put_all(sheet, letters, line)


def handed(notice: Notice, form: Form, admission: Admission) -> str:
    """Name the letter that is all a submission is for, where staff typed it in; else ""."""
    return hands(notice, form.point) if form.actor and admission.identifies else ""


async def _hand(sheet: Sheet, entries: Sequence[Entry], message: str) -> None:
    """Send what was asked for, with what it says; its reader is told when the address goes."""
    letters = []
    for entry in entries:
        until = str(max(ends_of(sheet, entry, proven=False).values()))
        fills = {"number": number_of(sheet.desk.org, entry.person, entry.record), HANDED: until}
        letters.append((entry.person, post.Letter(message, entry.form.language, fills, entry.record.hex())))
    await post.put_all(sheet, letters, entries[0].line)


def link_of(sheet: Sheet, entry: Entry) -> str:
    """Say what the link of a record says."""
    form, notice, terms = entry.form, sheet.desk.notice, entry.admission.terms
    version = notice.terms[terms].version if terms else 0
    device = secret_of(sheet, form.device).hex() if form.device else ""
    ticks = tuple(sorted(form.ticks))
    return links.Booked(entry.record.hex(), form.language, notice.notice.version, version, device, ticks).about


def _fills(sheet: Sheet, entry: Entry, token: str, until: int) -> dict[str, str]:
    number = number_of(sheet.desk.org, entry.person, entry.record)
    return {"number": number, "link": sheet.desk.url("confirm", entry.form.language, token), "until": str(until)}
