"""Room flows: a mailed link proves an address, and confirms what was asked for with it: the record, and each consent.

Opening the link shows; only the button acts, so that a mail scanner that fetches it changes nothing. Consents are
confirmed one by one (UU PDP Art. 22): the record without the consent is as easy as both.
"""

from dataclasses import dataclass, replace

from tepati.errors import Expired
from tepati.flows import cases, clocks, hours, limits, links, post
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import free, number_of
from tepati.flows.readable import Said
from tepati.flows.receipts import Slip
from tepati.flows.saying import Saying, say
from tepati.flows.visitors import recognise, secret_of
from tepati.registers import acceptances, records
from tepati.registers import links as register
from tepati.registers.acceptances import Acceptance
from tepati.registers.links import Link
from tepati.rules.facts import Dealing, Facts


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
    answer: int = 0  # until when the case that opened is answered, where that is promised


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
        case = _case(link, facts)
        answer = clocks.due(desk, case.kind, case.opened, case.moments) if case else 0
        return replace(asked, questions=tuple(sorted(questions & set(asked.questions))), answer=answer)

    return await desk.write(act)


async def _recognise(sheet: Sheet, link: Link, browser: Browser, line: bytes) -> None:
    """Trust the browser that sent this very form; of a person known before, the mailbox alone proves too little."""
    secret = secret_of(sheet, browser.device)
    if secret.hex() == links.booked(link.about).device:
        await recognise(sheet, link.person, secret, browser.label, line)


async def _open(sheet: Sheet, token: str) -> Link:
    link = await links.find(sheet, token)
    if link.kind not in links.CONFIRMS or link.used or link.expires <= sheet.at:
        raise Expired("link_used" if link.used else "link_expired")
    return link


def _asked(sheet: Sheet, link: Link) -> Asked:
    said = links.booked(link.about)
    number = number_of(sheet.desk.org, link.person, bytes.fromhex(said.record))
    return Asked(link.kind, number, said.questions, link.expires)


def _record(link: Link) -> str:
    return links.booked(link.about).record


async def _join(sheet: Sheet, link: Link, facts: Facts, number: str, language: str) -> tuple[Facts, Slip]:
    """The address is proven: the record is the person's."""
    record = _record(link)
    row = facts.rows[record]
    if row.joined:
        raise Expired("link_used")  # the facts remember, whatever the link's own row says
    cases.served(sheet, row)
    limits.own(sheet, facts, row.point)
    said = Said("dpv:ActivityOngoing", sheet.at, language, f"points.{row.point}, confirmed by a mailed link")
    facts = await clocks.opened(sheet, link.person, record, facts)
    facts, slip = await cases.join(sheet, link.person, record, facts, number, said)
    await _show(sheet, link, sheet.desk.notice.points[row.point].terms, slip.line)
    return facts, slip


async def _show(sheet: Sheet, link: Link, terms: str, line: bytes) -> None:
    """Write down, now that the address is proven, which notice its owner was shown and which terms they accepted.

    Until now it stood with the record alone: a stranger's form must not speak for a person already known.
    """
    said, tx, org = links.booked(link.about), sheet.tx, sheet.desk.org
    digest_shown, _ = await records.shown(tx, link.person, bytes.fromhex(said.record))
    shown = Acceptance("notice", said.notice, "shown", said.language, sheet.at, digest_shown)
    await acceptances.add(tx, org, link.person, shown, line, newest=True)
    if said.terms:
        accepted = Acceptance(f"terms.{terms}", said.terms, "accepted", said.language, sheet.at, digest_shown)
        await acceptances.add(tx, org, link.person, accepted, line, newest=True)


async def _announce(sheet: Sheet, link: Link, facts: Facts, number: str, slips: tuple[Slip, ...]) -> None:
    """Write the letters of this moment in the language that the person chose."""
    record, language = _record(link), await acceptances.language(sheet.tx, link.person)
    opens = sheet.desk.notice.points[facts.rows[record].point].opens
    letter = post.Letter("", language, cases.fills(sheet, number, _case(link, facts)), record, slips)
    await cases.announce(sheet, link.person, opens, letter)


def _case(link: Link, facts: Facts) -> Dealing | None:
    return facts.dealings.get(facts.rows[_record(link)].dealing)


async def _answer(
    sheet: Sheet, link: Link, facts: Facts, question: str, *, yes: bool, language: str
) -> tuple[Facts, Slip]:  # fmt: skip
    """Write down the yes or the no to one question."""
    point = facts.rows[_record(link)].point
    how = f"points.{point}, ticked, then answered on the mailed link's page"
    return await say(
        sheet, link.person, facts, Saying(question, yes, language, "link", how, point, links.booked(link.about).notice)
    )
