"""Room flows: what a guardian's answer does: a child's record takes the usual way, or ends, with all that is theirs.

In force the yes stands in the MACed facts, and its own row says what ends with it. An address that somebody holds
already gets the record as any stranger's form would: whoever holds it confirms it, and stays of the age they were.
"""

from dataclasses import dataclass, replace

import msgspec

from tepati.errors import Tampered
from tepati.flows import ending, hours, links, post, readable
from tepati.flows.actor import Actor
from tepati.flows.cases import served
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import beside, held_until, verify
from tepati.flows.guardians import ACT, AGAIN_LETTER, GIVEN_LETTER, PROMISE, adult, unseal
from tepati.flows.keepers import WITHIN
from tepati.flows.numbers import number_of
from tepati.flows.readable import Said
from tepati.flows.receipts import Slip
from tepati.flows.submission import CONFIRM_WITHIN, Entry, Form, write_letters
from tepati.flows.told import Says
from tepati.registers import counters, people, records, standings
from tepati.registers import guardians as register
from tepati.registers.guardians import GIVEN, ONE, OVER, WHOLE, Guardianship
from tepati.rules.admit import Admission
from tepati.rules.facts import Facts, Row

DAY = 86_400_000_000
BACK = "guardian_back"  # kind of link: the yes is taken back
NONE = (b"", b"")


@dataclass(frozen=True, slots=True)
class Heard:
    """How a guardian was heard: the method; who of the staff wrote it down, in which role, and what they noted.

    ``known``: the number they called (normal form), or "".
    """

    method: str
    actor: Actor | None = None
    role: str = ""
    noted: str = ""
    known: str = ""


async def line_of(
    sheet: Sheet, person: bytes, answer: str, how: Heard, shown: dict[str, object] | None = None
) -> bytes:  # fmt: skip
    """Write the line of an answer: the child reads what it was and by which method, the actor why."""
    says: Says = {"at": sheet.at, "role": how.role or ACT, "effect": f"guardian {answer.partition('_')[0]}"}
    told = [sheet.to_person(person, says, shown)]
    if how.actor:
        noted: Says = {"at": sheet.at, "role": how.role, "reason": how.noted, "effect": answer}
        told.append(sheet.to_actor(how.actor.person, noted))
    return await sheet.line(ACT, promise=PROMISE, purpose="proof", answer=answer, told=told)


def shown(sheet: Sheet, one: Guardianship, method: str, language: str) -> dict[str, object]:
    """Make the readable record of a guardian's yes, which its receipt carries."""
    said = Said(
        "dpv:ActivityOngoing", sheet.at, language, f"points.{one.point}, agreed to by a guardian: {method}", True
    )
    return readable.of_booking(sheet.desk, one.point, said, sheet.new_id())


async def become(sheet: Sheet, one: Guardianship, how: Heard) -> None:
    """Put a yes in force: the child's record goes on as any form does, with a letter to the address it came with.

    Raises Expired (the version in force knows it no more), BadInput (its hour is full meanwhile), Conflict.
    """
    facts, version = await sheet.facts(one.person)
    served(sheet, facts.rows[one.record.hex()])
    entry = await _entry(sheet, one, facts)
    address = await unseal(sheet, one)
    field, value = next(iter(entry.admission.identifies.items()))
    known = await sheet.desk.vault.find(sheet.tx, field, value)
    made = shown(sheet, one, how.method, entry.form.language)
    line = await line_of(sheet, known or one.person, f"given_{how.method}", how, made)
    index = one.adult or (adult(sheet, how.known) if how.known else b"")
    now = replace(one, state=GIVEN, method=how.method, until=facts.minor_until, answered=one.answered or sheet.at,
                  adult=index, sealed=NONE)  # fmt: skip
    if known is None:
        await _own(sheet, one, entry, (facts, version))
        await register.change(sheet.tx, sheet.desk.mac, sheet.desk.org, one, now, line)
    else:
        now = replace(now, person=known, scope=ONE, number=number_of(sheet.desk.org, known, one.record))
        await _beside(sheet, entry, known, line)
        await register.add(sheet.tx, sheet.desk.mac, sheet.desk.org, now, line)
        await end_person(sheet, one.person)
    took = sheet.at - (one.answered or sheet.at)
    late = bool(one.due) and sheet.at > one.due
    await counters.finished(sheet.tx, sheet.desk.org, WITHIN, sheet.at, took, late=late)
    if address:
        await _tell(sheet, now, address, entry.form.language, line)


async def _own(sheet: Sheet, one: Guardianship, entry: Entry, known: tuple[Facts, int]) -> None:
    """Let the record stand for a person whom nobody knew: their address leads to them, and proves itself by a link."""
    facts, version = known
    for field, value in entry.admission.identifies.items():
        await sheet.desk.vault.claim(sheet.tx, field, value, one.person)
    name, until = one.record.hex(), sheet.at + CONFIRM_WITHIN
    row = facts.rows[name]
    for category in row.ends:
        await records.set_due(sheet.tx, one.person, one.record, category, until)
    rows = {**facts.rows, name: msgspec.structs.replace(row, ends=dict.fromkeys(row.ends, until))}
    await write_letters(sheet, [entry])
    await sheet.keep(one.person, msgspec.structs.replace(facts, guardian=True, rows=rows), version)


async def _beside(sheet: Sheet, entry: Entry, known: bytes, line: bytes) -> None:
    """Give the record to whom its address leads already, unproven."""
    facts, version = await sheet.facts(known)
    theirs = msgspec.structs.replace(entry, person=known, line=line, told=facts.told)
    await verify(sheet, theirs.admission, known, facts)
    if hours.wanted(sheet.desk.notice, theirs.form.point):
        until = held_until(sheet, theirs.form)
        await hours.hold(sheet, (known, theirs.record), theirs.admission.fields, line, until)
    await beside(sheet, theirs, facts, version)


async def _entry(sheet: Sheet, one: Guardianship, facts: Facts) -> Entry:
    """Read the child's form back as it was admitted; what is opened here leaves in no answer."""
    desk, said = sheet.desk, links.booked(one.about)
    point, name = desk.notice.points[one.point], one.record.hex()
    fields = frozenset(path for path, _ in desk.policy.collects[one.point])
    purpose = desk.policy.came_for[one.point]
    permit = sheet.entering(one.person, frozenset({name}), fields, purpose, f"points.{one.point}")
    parts = await desk.vault.open(sheet.tx, permit, facts)
    values = {part.category: {field: value.show() for field, value in part.values.items()} for part in parts}
    flat = {f"{category}.{field}": value for category, each in values.items() for field, value in each.items()}
    identifying = [path for path, field in desk.policy.collects[one.point] if field.identifies and path in flat]
    admission = Admission(
        one.point, facts.population, purpose, flat, values, {}, {path: flat[path] for path in identifying},
        tuple(q for q in point.asks if q in said.questions), point.opens, point.terms, "", facts.minor_until,
    )  # fmt: skip
    digest, channel = await records.shown(sheet.tx, one.person, one.record)
    form = Form(
        one.point, channel, flat, frozenset(said.questions), terms=bool(said.terms), language=said.language,
        shown=digest, once=one.record,
    )  # fmt: skip
    return Entry(form, admission, one.person, one.record, await _came(sheet, one), facts.told)


async def _came(sheet: Sheet, one: Guardianship) -> bytes:
    """Say in a line that the record goes on: its letters hang on it."""
    told = sheet.to_person(one.person, {"at": sheet.at, "role": "system", "effect": "guardian answered"})
    return await sheet.line(ACT, promise=PROMISE, purpose="proof", answer="went_on", told=[told])


async def _tell(sheet: Sheet, one: Guardianship, address: str, language: str, line: bytes) -> None:
    """Send the guardian their receipt now and a second letter a day later, both with the way to take it back."""
    token = await links.mint(sheet, one.person, BACK, one.record.hex(), one.until, line)
    fills = {"to": address, "back": sheet.desk.url("guardian", language, token), "at": str(sheet.at)}
    receipt = post.Letter(GIVEN_LETTER, language, fills, slips=(Slip(line),))
    await post.put(sheet, one.person, receipt, line)
    await post.put(sheet, one.person, post.Letter(AGAIN_LETTER, language, fills), line, due=sheet.at + DAY)


async def end_person(sheet: Sheet, person: bytes) -> None:
    """Erase a child who was never served; their openings are counted as they go."""
    await sheet.settle()
    gone = await sheet.desk.vault.erase(sheet.tx, person)
    await sheet.line("end", promise="retention", purpose="requests", answer="person_ended", openings_gone=gone.openings)


async def take_back(sheet: Sheet, one: Guardianship, how: Heard) -> None:
    """End what a yes was for: no use from this instant, and what no other law keeps goes with the next sweep."""
    facts, version = await sheet.facts(one.person)
    line = await line_of(sheet, one.person, "taken_back", how)
    names = facts.rows if one.scope == WHOLE else {one.record.hex(): facts.rows.get(one.record.hex())}
    rows = dict(facts.rows)
    for name, row in names.items():
        if row and (one.scope == WHOLE or not row.joined or facts.minor_until > sheet.at):
            rows[name] = await _now(sheet, one.person, name, row)
    if one.scope == ONE:
        await sheet.keep(one.person, msgspec.structs.replace(facts, rows=rows), version)
        await register.forget(sheet.tx, one.person, one.record)
        return
    alone = msgspec.structs.replace(facts, guardian=False, joined=False, consents={}, rows=rows)
    await sheet.keep(one.person, alone, version)
    await standings.replace(sheet.tx, sheet.desk.org, one.person, [])
    await people.set_status(sheet.tx, sheet.desk.org, one.person, "provisional")
    await ending.all_sessions(sheet, one.person)
    over = replace(one, state=OVER, sealed=NONE)
    await register.change(sheet.tx, sheet.desk.mac, sheet.desk.org, one, over, line)


async def _now(sheet: Sheet, person: bytes, name: str, row: Row) -> Row:
    """End the values of a record now, but for what another law keeps already."""
    ends = {category: end if category in row.held else sheet.at for category, end in row.ends.items()}
    for category, end in ends.items():
        await records.set_due(sheet.tx, person, bytes.fromhex(name), category, end)
    return msgspec.structs.replace(row, ends=ends)


async def close(desk: Desk, limit: int) -> int:
    """Close what is over, where anything is: it is looked at each second, and written seldom. Raises Tampered."""
    try:
        over = await desk.read(lambda sheet: register.ended(sheet.tx, desk.mac, desk.org, sheet.at, 1), single=True)
    except Tampered as tampered:
        await desk.alarm(tampered)
        raise
    return await desk.write(lambda sheet: silent(sheet, limit)) if over else 0


async def silent(sheet: Sheet, limit: int) -> int:
    """Close what is over: a request that nobody answered (the sweep destroys it), a rule whose child is of age."""
    found = await register.ended(sheet.tx, sheet.desk.mac, sheet.desk.org, sheet.at, limit)
    for one in found:
        answer = {GIVEN: "of_age", OVER: ""}.get(one.state, "silence")
        if answer:
            await line_of(sheet, one.person, answer, Heard("", role="system"))
        await register.forget(sheet.tx, one.person, one.record)
    return len(found)
