"""Room flows: a person takes a copy of all that is held of them, with the track record (UU PDP Art. 7, 13, 32).

JSON for programs, CSV for a table; both hold the same. On a known device only; each copy is a request with its number,
done at once, and one line.
"""

import csv
import io
from dataclasses import dataclass
from typing import Literal

import msgspec

from tepati.flows import rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.ends import kept
from tepati.flows.opening import in_words
from tepati.flows.readable import rfc3339
from tepati.flows.rights import Answer
from tepati.flows.trail import Trace, read
from tepati.flows.visitors import Visitor
from tepati.notice.words import words
from tepati.registers import acceptances, consents, counters, records, requests
from tepati.rules.facts import Facts, Use
from tepati.rules.types import mask

Form = Literal["json", "csv"]
ALL = (1_000_000, 0)  # a page of the trail that holds it whole
UNSAFE = "=+-@\t\r\n＝＋－＠"  # how a cell begins that a spreadsheet would run (OWASP, CSV injection)
COLUMNS = ("part", "when", "about", "name", "value", "purpose", "until", "by")


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy to hand out: its file name, its bytes, and the request that it answers."""

    name: str
    body: bytes
    answer: Answer


async def export(desk: Desk, who: Visitor, form: Form, language: str) -> Copied:
    """Write the copy of everything held. Raises Refused (a mailed link alone does not do), NotFound, Tampered."""
    who.proven("rights.access")

    async def act(sheet: Sheet) -> Copied:
        one = await rights.asked(sheet, who, "access", "export")
        facts, _ = await sheet.facts(who.person)
        whole = await _whole(sheet, who.person, facts, one.number, language)
        fields = sorted({path for part in whole.data for path in part.values})
        line = await rights.line_of(
            sheet, one, "export", "rights.access", "allowed", {"effect": form, "fields": fields}
        )
        answer = await rights.done(sheet, one, line, form)
        await rights.tell(sheet, one, "copied", line)
        if form == "json" and "portability" in desk.notice.rights:
            promise = "rights.portability.within"
            await counters.finished(sheet.tx, desk.org, promise, sheet.at, 0, late=False)
        if one.running:
            await sheet.keep(one.person, one.facts, one.version)
        body = msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n" if form == "json" else _table(whole)
        stem = words(language, "mail").say("copy.file", number=one.number)
        return Copied(f"{stem}.{form}", body, answer)

    return await desk.write(act)


class Part(msgspec.Struct, frozen=True):
    """What one record holds of one category."""

    category: str
    record: str
    point: str
    channel: str
    given: str
    proven: bool
    values: dict[str, str]
    purposes: tuple[str, ...]
    ends: str
    kept_by_law: str


class Said(msgspec.Struct, frozen=True):
    """One answer to one question of consent."""

    question: str
    state: str
    at: str
    method: str
    language: str
    words_sha256: str


class Asked(msgspec.Struct, frozen=True):
    """One request."""

    number: str
    kind: str
    channel: str
    received: str
    due: str
    done: str
    state: str


class Used(msgspec.Struct, frozen=True):
    """One entry of the track record: what was done by which role, for what, and the line of the ledger it stands in."""

    at: str
    act: str
    answer: str
    role: str
    purpose: str
    fields: list[str]
    about: str
    promise: str
    line: int


class Whole(msgspec.Struct, frozen=True):
    """The copy."""

    organisation: str
    number: str
    made: str
    notice_version: int
    notice_sha256: str
    data: list[Part]
    consents: list[Said]
    shown_and_accepted: list[tuple[str, int, str, str]]
    requests: list[Asked]
    track_record: list[Used]


async def _whole(sheet: Sheet, person: bytes, facts: Facts, number: str, language: str) -> Whole:
    desk, tx = sheet.desk, sheet.tx
    return Whole(
        organisation=desk.notice.organisation.name, number=number, made=rfc3339(sheet.at),
        notice_version=desk.notice.notice.version, notice_sha256=desk.digest.hex(),
        data=await _data(sheet, person, facts, language),
        consents=[
            Said(e.question, e.state, rfc3339(e.at), e.method, e.language, e.words.hex())
            for e in await consents.history(tx, person)
        ],
        shown_and_accepted=[(t, v, k, rfc3339(at)) for t, v, k, at in await acceptances.of_person(tx, person)],
        requests=[
            Asked(r.number, r.kind, r.channel, rfc3339(r.received), rfc3339(r.due), rfc3339(r.done) if r.done else "",
                  r.state)
            for r in await requests.of_person(tx, person)
        ],
        track_record=[_used(one) for one in await read(sheet, person, facts, ALL)],
    )  # fmt: skip


def _used(one: Trace) -> Used:
    says = one.says
    about = one.number or says.question or says.effect or says.message or says.category
    role = says.role or ("system" if says.message else "")
    return Used(
        rfc3339(says.at), one.act, one.answer, role, one.purpose, says.fields, about, one.promise, one.index
    )  # fmt: skip


async def _data(sheet: Sheet, person: bytes, facts: Facts, language: str) -> list[Part]:
    """Open every record: proven ones in clear, one whose address was not proven masked, named one by one."""
    joined = sorted(name for name, row in facts.rows.items() if row.joined)
    groups = ([joined] if joined else []) + [[name] for name, row in sorted(facts.rows.items()) if not row.joined]
    found: list[Part] = []
    for group in groups:
        found += await _group(sheet, person, facts, group, language)
    order = list(sheet.desk.notice.data)
    return sorted(found, key=lambda part: (part.given, part.record, order.index(part.category)))


async def _group(sheet: Sheet, person: bytes, facts: Facts, group: list[str], language: str) -> list[Part]:
    """Open some records under one permit."""
    desk, proven = sheet.desk, facts.rows[group[0]].joined
    some = msgspec.structs.replace(facts, rows={name: facts.rows[name] for name in group})
    said = {one.category: one for one in kept(sheet, some, joined=proven)}
    fields = frozenset(path for one in said.values() if one.category not in facts.ended for path in one.open)
    record = "" if proven else group[0]
    use = Use(act="export", purpose="requests", fields=fields, at=0, role="person", record=record, person=person)
    permit = await sheet.ask(use, facts)
    made = {r.record: r for r in await records.of_person(sheet.tx, person)}
    found = []
    for part in await desk.vault.open(sheet.tx, permit, facts):
        kinds, row, of = desk.notice.data[part.category].fields, made[part.record], said[part.category]
        shown = {f"{part.category}.{n}": mask(kinds[n].type, v.show(), permit.how) for n, v in part.values.items()}
        ends = rfc3339(facts.rows[part.record.hex()].ends[part.category])
        law = f"{of.held.rule}, {rfc3339(of.held.until)}" if of.held else ""
        found.append(Part(part.category, part.record.hex(), row.point, row.channel, rfc3339(row.created), row.joined,
                          in_words(desk.notice, shown, language), of.purposes, ends, law))  # fmt: skip
    return found


def _table(whole: Whole) -> bytes:
    """Write the copy as one table (RFC 4180), with a byte order mark so that spreadsheets read its letters."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in _rows(whole):
        table.writerow([safe(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _rows(whole: Whole) -> list[tuple[str, ...]]:
    data: list[tuple[str, ...]] = [
        ("data", p.given, p.record, path, value, " ".join(p.purposes), p.ends, p.point)
        for p in whole.data for path, value in p.values.items()
    ]  # fmt: skip
    said = [("consent", s.at, s.question, s.state, s.words_sha256, "", "", s.method) for s in whole.consents]
    shown = [
        ("shown", at, thing, kind, str(version), "", "", "") for thing, version, kind, at in whole.shown_and_accepted
    ]
    asked = [("request", r.received, r.number, r.kind, r.state, "", r.due, r.channel) for r in whole.requests]
    used = [
        ("use", u.at, u.about, f"{u.act}.{u.answer}", " ".join(u.fields), u.purpose, "", u.role)
        for u in whole.track_record
    ]
    return data + said + shown + asked + used


def safe(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(tuple(UNSAFE)) else cell
