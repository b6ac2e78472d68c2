"""Room flows: the copy of all that is held of a person, with the track record (UU PDP Art. 7, 13, 32).

JSON for programs, CSV for a table, HTML for paper; all hold the same. Whoever asks for it, it is the person's own: it
opens what they themselves may open.
"""

import csv
import io
from dataclasses import dataclass
from typing import Literal

import msgspec

from tepati.errors import Tampered
from tepati.flows import guards, paper
from tepati.flows.desk import Desk, Sheet
from tepati.flows.ends import kept
from tepati.flows.opening import chosen
from tepati.flows.paper import Asked, Guards, Part, Said, Used, Whole
from tepati.flows.readable import rfc3339
from tepati.flows.rights import Answer
from tepati.flows.trail import Trace, read
from tepati.notice.sheet import safe
from tepati.notice.words import words
from tepati.registers import acceptances, consents, records, requests
from tepati.rules.facts import Facts, Use, vouched
from tepati.rules.types import mask

Form = Literal["json", "csv", "html"]
ALL = (1_000_000, 0)  # a page of the trail that holds it whole
COLUMNS = ("part", "when", "about", "name", "value", "purpose", "until", "by")


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy to hand out: its file name, its bytes, and the request that it answers."""

    name: str
    body: bytes
    answer: Answer


async def whole(sheet: Sheet, person: bytes, facts: Facts, number: str, language: str) -> Whole:
    """Open everything held of a person, as they themselves may, under permits of the person's own. Raises Tampered."""
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
        account=await _account(sheet, person),
    )  # fmt: skip


async def _account(sheet: Sheet, person: bytes) -> list[Guards]:
    """Name what guards the account, and nothing that is secret in it; whoever never guarded it costs no statement."""
    try:
        guard = (await guards.quick(sheet, person)).guard
    except Tampered:
        return [Guards("unreadable")]  # the copy goes out all the same; whoever comes in raises the alarm
    kept = [Guards("authenticator", "", rfc3339(guard.since))] if guard.secret else []
    kept += [Guards("passkey", k.kind, rfc3339(k.made), rfc3339(k.used) if k.used else "") for k in guard.keys]
    kept += [Guards("recovery_codes", str(len(guard.codes)))] if guard.codes else []
    return kept + ([Guards("password")] if guard.password else [])


def file(desk: Desk, made: Whole, form: Form, language: str, answer: Answer) -> Copied:
    """Write a copy in one of its forms, under a name with its number."""
    if form == "html":
        body = paper.page(desk.notice, made, language)
    else:
        body = msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n" if form == "json" else _table(made)
    return Copied(f"{words(language, 'mail').say('copy.file', number=made.number)}.{form}", body, answer)


def _used(one: Trace) -> Used:
    says = one.says
    about = one.number or says.question or says.point or says.effect or says.message or says.category
    role = says.role or ("system" if says.message else "")
    return Used(
        rfc3339(says.at), one.act, one.answer, role, one.purpose, says.fields, about, one.promise, one.index
    )  # fmt: skip


async def _data(sheet: Sheet, person: bytes, facts: Facts, language: str) -> list[Part]:
    """Open every record: proven ones in clear, one whose address was not proven masked, named one by one."""
    joined = sorted(name for name, row in facts.rows.items() if vouched(facts, row))
    groups = ([joined] if joined else []) + [[name] for name in sorted(facts.rows.keys() - set(joined))]
    found: list[Part] = []
    for group in groups:
        found += await _group(sheet, person, facts, group, language)
    order = list(sheet.desk.notice.data)
    return sorted(found, key=lambda part: (part.given, part.record, order.index(part.category)))


async def _group(sheet: Sheet, person: bytes, facts: Facts, group: list[str], language: str) -> list[Part]:
    """Open some records under one permit."""
    desk, proven = sheet.desk, vouched(facts, facts.rows[group[0]])
    some = msgspec.structs.replace(facts, rows={name: facts.rows[name] for name in group})
    said = {(one.category, one.lawful): one for one in kept(sheet, some, joined=proven)}
    fields = frozenset(path for one in said.values() if one.category not in facts.ended for path in one.fields)
    record = "" if proven else group[0]
    use = Use(act="export", purpose="requests", fields=fields, at=0, role="person", record=record, person=person)
    permit = await sheet.ask(use, facts)
    made = {r.record: r for r in await records.of_person(sheet.tx, person)}
    found = []
    for part in await desk.vault.open(sheet.tx, permit, facts):
        kinds, row, known = desk.notice.data[part.category].fields, made[part.record], facts.rows[part.record.hex()]
        of = said[part.category, part.category in known.held]
        shown = {f"{part.category}.{n}": mask(kinds[n].type, v.show(), permit.how) for n, v in part.values.items()}
        ends = rfc3339(known.ends[part.category])
        law = f"{of.held.rule}, {rfc3339(of.held.until)}" if of.held else ""
        found.append(Part(part.category, part.record.hex(), row.point, row.channel, rfc3339(row.created), row.joined,
                          chosen(desk.notice, shown, language), of.purposes, ends, law))  # fmt: skip
    return found


def _table(made: Whole) -> bytes:
    """Write the copy as one table (RFC 4180), with a byte order mark so that spreadsheets read its letters."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in _rows(made):
        table.writerow([safe(cell) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _rows(made: Whole) -> list[tuple[str, ...]]:
    data: list[tuple[str, ...]] = [
        ("data", p.given, p.record, path, value, " ".join(p.purposes), p.ends, p.point)
        for p in made.data for path, value in p.values.items()
    ]  # fmt: skip
    said = [("consent", s.at, s.question, s.state, s.words_sha256, "", "", s.method) for s in made.consents]
    shown = [
        ("shown", at, thing, kind, str(version), "", "", "") for thing, version, kind, at in made.shown_and_accepted
    ]
    asked = [("request", r.received, r.number, r.kind, r.state, "", r.due, r.channel) for r in made.requests]
    used = [
        ("use", u.at, u.about, f"{u.act}.{u.answer}", " ".join(u.fields), u.purpose, "", u.role)
        for u in made.track_record
    ]
    kept = [("account", g.since, g.about, g.what, "", "", "", "") for g in made.account]
    return data + said + shown + asked + kept + used
