"""Room flows: a mailed link proves an address, and confirms what was asked for with it: the record, and each consent.

Opening the link shows; only the button acts, so that a mail scanner that fetches it changes nothing. Consents are
confirmed one by one (UU PDP Art. 22): the record without the consent is as easy as both.
"""

from dataclasses import dataclass, replace

import msgspec

from tepati.errors import Expired
from tepati.flows import hours, links, post, readable
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import free, number_of
from tepati.flows.readable import Said
from tepati.flows.receipts import Slip
from tepati.flows.visitors import recognise, secret_of
from tepati.ledger.receipt import digest
from tepati.registers import acceptances, consents, dealings, people, records
from tepati.registers import links as register
from tepati.registers.acceptances import Acceptance
from tepati.registers.links import Link
from tepati.rules import retention
from tepati.rules.facts import FOREVER, Dealing, Facts, Row


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that presses the button: the secret it keeps, and one of a few words for its kind."""

    device: str
    label: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link has done: the number of the record, the consents given with it, and the link's last instant."""

    kind: str
    number: str
    questions: tuple[str, ...]
    until: int


async def agree(
    desk: Desk, token: str, questions: frozenset[str], language: str, browser: Browser | None = None
) -> Asked:
    """Confirm the record of a link, and of the consents ticked with it those named; the others count as refused.

    A browser that sent the form, and confirms it as the person's first act, is known from then on.

    Raises NotFound, Expired (a link works once), BadInput (its hour was held too short, and is full), Conflict.
    """

    async def act(sheet: Sheet) -> Asked:
        link = await _open(sheet, token)
        if not await register.use(sheet.tx, link.person, link.secret, sheet.at):
            raise Expired("link_used")
        asked = replace(_asked(sheet, link), number=await free(sheet, link.person, bytes.fromhex(_record(link))))
        facts, version = await sheet.facts(link.person)
        first = not facts.joined
        await hours.keep(sheet, link.person, bytes.fromhex(_record(link)), facts)
        facts, slip = await _join(sheet, link, facts, asked.number, language)
        if first and browser:
            await _recognise(sheet, link, browser, slip.line)
        slips = [slip]
        for question in asked.questions:
            facts, slip = await _answer(sheet, link, facts, question, yes=question in questions, language=language)
            slips.append(slip)
        await sheet.keep(link.person, facts, version)
        await _announce(sheet, link, facts, asked.number, tuple(slips))
        return Asked(asked.kind, asked.number, tuple(sorted(questions & set(asked.questions))), asked.until)

    return await desk.write(act)


async def _recognise(sheet: Sheet, link: Link, browser: Browser, line: bytes) -> None:
    """Trust the browser that sent this very form; of a person known before, the mailbox alone proves too little."""
    secret = secret_of(sheet, browser.device)
    if secret.hex() == links.booked(link.about).device:
        await recognise(sheet, link.person, secret, browser.label, line)


async def _open(sheet: Sheet, token: str) -> Link:
    link = await links.find(sheet, token)
    if link.kind != "booking" or link.used or link.expires <= sheet.at:
        raise Expired("link_used" if link.used else "link_expired")
    return link


def _asked(sheet: Sheet, link: Link) -> Asked:
    said = links.booked(link.about)
    number = number_of(sheet.desk.org, link.person, bytes.fromhex(said.record))
    return Asked(link.kind, number, said.questions, link.expires)


def _record(link: Link) -> str:
    return links.booked(link.about).record


async def _join(sheet: Sheet, link: Link, facts: Facts, number: str, language: str) -> tuple[Facts, Slip]:
    """The address is proven: the record is the person's, its dealing opens, its ends are the notice's."""
    record, tx, org = _record(link), sheet.tx, sheet.desk.org
    row = facts.rows[record]
    if row.joined:
        raise Expired("link_used")  # the facts remember, whatever the link's own row says
    point = sheet.desk.notice.points[row.point]
    said = Said("dpv:ActivityOngoing", sheet.at, language, f"points.{row.point}, confirmed by a mailed link")
    shown = readable.of_booking(sheet.desk, row.point, said, sheet.new_id())
    told = sheet.to_person(
        link.person,
        {"at": sheet.at, "effect": "confirmed", "point": row.point, "role": "person", "record": digest(shown)},
    )
    purpose = point.for_[0] if point.for_ else sheet.desk.notice.consents[point.asks[0]].for_
    line = await sheet.line("confirm", promise=f"points.{row.point}", purpose=purpose, told=[told])
    await records.join(tx, link.person, bytes.fromhex(record))
    await people.set_status(tx, org, link.person, "joined")
    await _show(sheet, link, point.terms, line)
    dealings_now = dict(facts.dealings)
    if row.dealing:
        dealings_now[row.dealing] = Dealing(point.opens, sheet.at)
        await dealings.add(tx, org, _dealing(link, row, point.opens, number, sheet.at), line)
    ends = await _redate(sheet, link.person, record, row, dealings_now.get(row.dealing))
    rows = {**facts.rows, record: msgspec.structs.replace(row, joined=True, ends=ends)}
    told_version = max(facts.told, await records.notice_version(tx, org, link.person, bytes.fromhex(record)))
    joined = msgspec.structs.replace(facts, joined=True, told=told_version, rows=rows, dealings=dealings_now)
    return joined, Slip(line, "", shown)


async def _show(sheet: Sheet, link: Link, terms: str, line: bytes) -> None:
    """Write down, now that the address is proven, which notice its owner was shown and which terms they accepted.

    Until now it stood with the record alone: a stranger's form must not speak for a person already known.
    """
    said, tx, org = links.booked(link.about), sheet.tx, sheet.desk.org
    digest_shown = await records.shown(tx, link.person, bytes.fromhex(said.record))
    shown = Acceptance("notice", said.notice, "shown", said.language, sheet.at, digest_shown)
    await acceptances.add(tx, org, link.person, shown, line, newest=True)
    if said.terms:
        accepted = Acceptance(f"terms.{terms}", said.terms, "accepted", said.language, sheet.at, digest_shown)
        await acceptances.add(tx, org, link.person, accepted, line, newest=True)


def _dealing(link: Link, row: Row, kind: str, number: str, at: int) -> dealings.Dealing:
    dealing = bytes.fromhex(row.dealing)
    return dealings.Dealing(link.person, dealing, kind, number, dealing, at, 0, {}, b"")


async def _redate(sheet: Sheet, person: bytes, record: str, row: Row, dealing: Dealing | None) -> dict[str, int]:
    """Give each sealed part of a record the end that the notice promises, and return them for the facts."""
    ends = {category: retention.due(sheet.desk.policy, category, sheet.at, dealing) for category in row.ends}
    for category, due in ends.items():
        await records.set_due(sheet.tx, person, bytes.fromhex(record), category, due)
    return ends


async def _announce(sheet: Sheet, link: Link, facts: Facts, number: str, slips: tuple[Slip, ...]) -> None:
    """Put the letters that the notice declares for this moment into the outbox; the first carries the receipts."""
    language, record, line = await acceptances.language(sheet.tx, link.person), _record(link), slips[0].line
    event = f"{sheet.desk.notice.points[facts.rows[record].point].opens}.opened"
    for name, message in sheet.desk.notice.messages.items():
        if message.when and message.when.event == event and message.when.offset is None and message.channel == "email":
            letter = post.Letter(name, language, {"number": number}, record, slips)
            await post.put(sheet, link.person, letter, line)
            slips = ()


async def _answer(
    sheet: Sheet, link: Link, facts: Facts, question: str, *, yes: bool, language: str
) -> tuple[Facts, Slip]:  # fmt: skip
    """Write down the yes or the no to one question; a yes counts from now, for as long as the notice says."""
    declared, point, event_id = sheet.desk.notice.consents[question], facts.rows[_record(link)].point, sheet.new_id()
    state = consents.GIVEN if yes else consents.REFUSED
    until = sheet.desk.after(sheet.at, declared.valid) if declared.valid else FOREVER
    said = Said(f"dpv:{state}", sheet.at, language, f"points.{point}, ticked, then answered on the mailed link's page")
    shown = readable.of_consent(sheet.desk, question, said, point, event_id)
    told = sheet.to_person(
        link.person,
        {"at": sheet.at, "question": question, "effect": state, "until": until if yes else 0, "role": "person",
         "record": digest(shown)},
    )  # fmt: skip
    line = await sheet.line(
        "agree", promise=f"consents.{question}", purpose=declared.for_, answer="given" if yes else "refused_by_person",
        told=[told],
    )  # fmt: skip
    event = consents.Event(
        event_id, question, state, sheet.at, until if yes else 0, sheet.desk.words(question, language), language,
        "link", sheet.desk.digest,
    )  # fmt: skip
    await consents.say(sheet.tx, sheet.desk.org, link.person, event, line)
    given = {k: v for k, v in facts.consents.items() if k != question} | ({question: until} if yes else {})
    return msgspec.structs.replace(facts, consents=given), Slip(line, question, shown)
