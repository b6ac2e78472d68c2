"""Room flows: a mailed link proves an address, and confirms what was asked for with it: the record, and each consent.

Opening the link shows; only the button acts, so that a mail scanner that fetches it changes nothing. Consents are
confirmed one by one (UU PDP Art. 22): the record without the consent is as easy as both.
"""

from dataclasses import dataclass

import msgspec

from tepati.errors import Expired
from tepati.flows import links, post
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import number_of
from tepati.registers import acceptances, consents, dealings, people, records
from tepati.registers import links as register
from tepati.registers.links import Link
from tepati.rules import retention
from tepati.rules.facts import FOREVER, Dealing, Facts, Row


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link would do: the number of the record, the consents that were ticked with it, and its last instant."""

    kind: str
    number: str
    questions: tuple[str, ...]
    until: int


async def preview(desk: Desk, token: str) -> Asked:
    """Say what the link would do, changing nothing. Raises NotFound, Expired."""

    async def look(sheet: Sheet) -> Asked:
        return _asked(sheet, await _open(sheet, token))

    return await desk.read(look)


async def agree(desk: Desk, token: str, questions: frozenset[str], language: str) -> Asked:
    """Confirm the record of a link, and of the consents ticked with it those named; the others count as refused.

    Raises NotFound, Expired (a link works once), Conflict.
    """

    async def act(sheet: Sheet) -> Asked:
        link = await _open(sheet, token)
        if not await register.use(sheet.tx, link.person, link.secret, sheet.at):
            raise Expired("link_used")
        asked = _asked(sheet, link)
        facts, version = await sheet.facts(link.person)
        facts = await _join(sheet, link, facts, asked.number)
        for question in asked.questions:
            facts = await _answer(sheet, link.person, facts, question, yes=question in questions, language=language)
        await sheet.keep(link.person, facts, version)
        return Asked(asked.kind, asked.number, tuple(sorted(questions & set(asked.questions))), asked.until)

    return await desk.write(act)


async def _open(sheet: Sheet, token: str) -> Link:
    link = await links.find(sheet, token)
    if link.kind != "booking" or link.used or link.expires <= sheet.at:
        raise Expired("link_used" if link.used else "link_expired")
    return link


def _asked(sheet: Sheet, link: Link) -> Asked:
    record, *questions = link.about.split(",")
    number = number_of(sheet.desk.org, link.person, bytes.fromhex(record))
    return Asked(link.kind, number, tuple(questions), link.expires)


async def _join(sheet: Sheet, link: Link, facts: Facts, number: str) -> Facts:
    """The address is proven: the record is the person's, its dealing opens, its ends are the notice's."""
    record, tx, org = link.about.split(",", maxsplit=1)[0], sheet.tx, sheet.desk.org
    row = facts.rows[record]
    point = sheet.desk.notice.points[row.point]
    told = sheet.to_person(link.person, {"at": sheet.at, "effect": "confirmed", "point": row.point})
    line = await sheet.line("confirm", promise=f"points.{row.point}", purpose=point.for_[0], told=[told])
    await records.join(tx, link.person, bytes.fromhex(record))
    await people.set_status(tx, org, link.person, "joined")
    dealings_now = dict(facts.dealings)
    if row.dealing:
        dealings_now[row.dealing] = Dealing(point.opens, sheet.at)
        await dealings.add(tx, org, _dealing(link, row, point.opens, number, sheet.at), line)
    await _redate(sheet, link.person, record, dealings_now.get(row.dealing))
    await _announce(sheet, link.person, record, f"{point.opens}.opened", number, line)
    rows = {**facts.rows, record: Row(row.point, row.version, joined=True, dealing=row.dealing)}
    told_version = max(facts.told, await records.notice_version(tx, org, link.person, bytes.fromhex(record)))
    return msgspec.structs.replace(facts, joined=True, told=told_version, rows=rows, dealings=dealings_now)


def _dealing(link: Link, row: Row, kind: str, number: str, at: int) -> dealings.Dealing:
    dealing = bytes.fromhex(row.dealing)
    return dealings.Dealing(link.person, dealing, kind, number, dealing, at, 0, {}, b"")


async def _redate(sheet: Sheet, person: bytes, record: str, dealing: Dealing | None) -> None:
    """Give each sealed part of a record the end that the notice promises."""
    for category in await records.categories(sheet.tx, person, bytes.fromhex(record)):
        due = retention.due(sheet.desk.policy, category, sheet.at, dealing)
        await records.set_due(sheet.tx, person, bytes.fromhex(record), category, due)


async def _announce(sheet: Sheet, person: bytes, record: str, event: str, number: str, line: bytes) -> None:
    """Put the letters that the notice declares for this moment into the outbox."""
    language = await acceptances.language(sheet.tx, person)
    for name, message in sheet.desk.notice.messages.items():
        if message.when and message.when.event == event and message.when.offset is None and message.channel == "email":
            await post.put(sheet, person, post.Letter(name, language, {"number": number}, record), line)


async def _answer(sheet: Sheet, person: bytes, facts: Facts, question: str, *, yes: bool, language: str) -> Facts:
    """Write down the yes or the no to one question; a yes counts from now, for as long as the notice says."""
    declared = sheet.desk.notice.consents[question]
    state = consents.GIVEN if yes else consents.REFUSED
    until = sheet.desk.after(sheet.at, declared.valid) if declared.valid else FOREVER
    told = sheet.to_person(
        person, {"at": sheet.at, "question": question, "effect": state, "until": until if yes else 0}
    )
    line = await sheet.line(
        "agree", promise=f"consents.{question}", purpose=declared.for_, answer="given" if yes else "refused_by_person",
        told=[told],
    )  # fmt: skip
    event = consents.Event(
        sheet.new_id(), question, state, sheet.at, until if yes else 0, sheet.desk.words(question, language), language,
        "link", sheet.desk.digest,
    )  # fmt: skip
    await consents.say(sheet.tx, sheet.desk.org, person, event, line)
    given = {k: v for k, v in facts.consents.items() if k != question} | ({question: until} if yes else {})
    return msgspec.structs.replace(facts, consents=given)
