"""Room flows: a case is answered and closed: the answer is sealed beside it, and mailed where it was not spoken.

In one transaction: the line, the answer as a record of the person, the letter, the end of the clock, and the ends of
everything that came with it, which run from its closing (``retention.<category>``).
"""

from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, Refused
from tepati.flows import clocks, post
from tepati.flows.actor import Actor
from tepati.flows.answering import MAIL, REPLY, may, of, ways
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.registers import acceptances, counters, dealings, records
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.facts import Dealing, Facts, Row, Use, mailless
from tepati.rules.types import clean

LONGEST = 4_000  # characters of an answer
FIELD = f"{REPLY}.text"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its words, and the way: mailed, or told by whoever answers (``answering.WAYS``)."""

    text: str
    way: str


async def settle(desk: Desk, actor: Actor, number: str, said: Said) -> None:
    """Answer an open case and close it.

    Raises NotFound, Refused (role, undertaking, a case that is closed, no message declared), BadInput (the text, a way
    that the notice does not declare, or mail to somebody without an address).
    """
    text = clean("text", said.text)
    if len(text) > LONGEST:
        raise BadInput("faulty_form", {"text": "too_long"})

    async def act(sheet: Sheet) -> None:
        known = may(sheet, actor)
        found, how = of(known, await dealing_of(sheet, number))
        if REPLY not in desk.notice.points:
            raise Refused("unknown_point", "points")
        facts, version = await sheet.facts(found.person)
        if said.way not in ways(desk.notice, mailless=mailless(facts)):
            raise BadInput("form_shape")
        fields = frozenset({desk.policy.address_of(facts, how.purpose)} if said.way == MAIL else ())
        use = Use(
            act=REPLY, purpose=how.purpose, fields=fields, at=0, role=how.role, actor=actor.person.hex(),
            dealing=found.dealing.hex(), person=found.person,
        )  # fmt: skip
        permit = await sheet.ask(use, facts)
        told = sheet.told_of(use, known=True, reason=said.way)
        line = await sheet.line(REPLY, promise=permit.promise, purpose=how.purpose, answer="done", told=told)
        if said.way == MAIL:
            await _mail(sheet, found, text, line)
        closed = await _seal(sheet, found, _closed(facts, found, sheet.at), text, line)
        await _close(sheet, found)
        await sheet.keep(found.person, closed, version)

    await desk.write(act)


def _closed(facts: Facts, found: dealings.Dealing, at: int) -> Facts:
    name = found.dealing.hex()
    over = msgspec.structs.replace(facts.dealings[name], closed=at)
    return msgspec.structs.replace(facts, dealings={**facts.dealings, name: over})


async def _mail(sheet: Sheet, found: dealings.Dealing, text: str, line: bytes) -> None:
    """Put the answer into the outbox under the message that the notice declares for the closing of the case."""
    event = f"{found.kind}.closed"
    kinds = [
        name for name, said in sheet.desk.notice.messages.items()
        if said.when and said.when.event == event and said.channel == "email"
    ]  # fmt: skip
    if not kinds:
        raise Refused("message_not_declared", "messages")
    language = await acceptances.language(sheet.tx, found.person)
    letter = post.Letter(kinds[0], language, {"number": found.number, REPLY: text})
    await post.put(sheet, found.person, letter, line)


async def _seal(sheet: Sheet, found: dealings.Dealing, facts: Facts, text: str, line: bytes) -> Facts:
    """Seal the answer as a record of the person, and give everything of the case its end."""
    desk, record, name = sheet.desk, sheet.new_id(), found.dealing.hex()
    dealing = facts.dealings[name]
    purpose = desk.notice.points[REPLY].for_[0]
    permit = sheet.entering(found.person, frozenset({record.hex()}), frozenset({FIELD}), purpose, f"points.{REPLY}")
    dues = {REPLY: retention.due(desk.policy, REPLY, sheet.at, dealing, facts.told)}
    endings = {REPLY: retention.ending(desk.policy, REPLY, sheet.at, name, facts.told)}
    row = Record(record, REPLY, "console", desk.digest, joined=facts.joined, created=sheet.at)
    await records.add(sheet.tx, desk.org, found.person, row, line)
    version = await desk.vault.put(sheet.tx, permit, record, {REPLY: {"text": text}}, endings, dues, line)
    rows = await _redated(sheet, found.person, facts, name, dealing)
    rows[record.hex()] = Row(REPLY, version, joined=facts.joined, dealing=name, ends=dues, created=sheet.at)
    return msgspec.structs.replace(facts, rows=rows)


async def _redated(sheet: Sheet, person: bytes, facts: Facts, name: str, dealing: Dealing) -> dict[str, Row]:
    """Give each part that came with the case the end that runs from its closing; what is held keeps its own."""
    rows = dict(facts.rows)
    for record, row in facts.rows.items():
        if row.dealing == name:
            ends = dict(row.ends)
            for category in set(row.ends) - set(row.held):
                ends[category] = retention.due(sheet.desk.policy, category, row.created, dealing, facts.told)
                await records.set_due(sheet.tx, person, bytes.fromhex(record), category, ends[category])
            rows[record] = msgspec.structs.replace(row, ends=ends)
    return rows


async def _close(sheet: Sheet, found: dealings.Dealing) -> None:
    """Close the case and stop its clock."""
    await dealings.close(sheet.tx, found.person, found.dealing, sheet.at)
    due = clocks.due(sheet.desk, found.kind, found.opened, found.moments)
    if due:
        late, took = sheet.at > due, sheet.at - found.opened
        promise = clocks.promise(found.kind, found.moments)
        await counters.finished(sheet.tx, sheet.desk.org, promise, sheet.at, took, late=late)
