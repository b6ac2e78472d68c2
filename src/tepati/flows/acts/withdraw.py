"""Room flows: a consent is taken back (UU PDP Art. 9, 40, 43): its use stops with this transaction, queued work too.

What no other live purpose and no other law needs is erased in the same transaction, field by field; the person is
told both lists, on the page and by mail. Whether they come by the link of a promotion, by its one-click button, in the
privacy centre or through staff, it is one act.
"""

from dataclasses import dataclass, field

from tepati.errors import Expired, NotFound
from tepati.flows import links, readable, releasing, rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.flows.readable import Said
from tepati.flows.receipts import Slip
from tepati.flows.releasing import Lists
from tepati.flows.rewriting import cut
from tepati.flows.rights import Answer, Asked, By, Reader
from tepati.flows.sentences import Went
from tepati.flows.shredding import shredded
from tepati.flows.told import Says
from tepati.notice.labels import Labels, labels
from tepati.registers import acceptances, consents, requests
from tepati.rules.facts import Use

RIGHT = "withdrawal"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal did: fields that were erased, and fields that stay, each with the purposes or rules for it.

    ``copies`` is the last instant at which a backup made before may still hold what was erased. ``again``: it had been
    taken back before; then ``answer`` is of that time, and both lists are empty.
    """

    answer: Answer
    question: str
    gone: tuple[str, ...] = ()
    stays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    copies: int = 0
    again: bool = False


async def take_back(desk: Desk, by: By, question: str, language: str = "") -> Withdrawn:
    """Withdraw a consent in the privacy centre, or for somebody who asked elsewhere: a mailed link is enough.

    A page of the organisation's own may pass it on twice. Raises NotFound (no such question, or nothing to take back),
    Refused.
    """
    if question not in desk.notice.consents:
        raise NotFound("no_such_question")

    async def act(sheet: Sheet) -> Withdrawn:
        one = await rights.asked(sheet, by, RIGHT, "withdraw")
        if question not in one.facts.consents and one.relayed:
            return await _before(sheet, one.person, question)
        if question not in one.facts.consents:
            raise NotFound("no_such_question")
        said = language or await acceptances.language(sheet.tx, one.person)
        return await _take(sheet, one, question, said, "centre" if one.channel == "site" else one.channel)

    return await desk.write(act)


async def withdraw(desk: Desk, token: str, language: str) -> Withdrawn:
    """Withdraw the consent that a link in a promotion names; doing it twice is the same as once (RFC 8058).

    Raises NotFound, Expired.
    """

    async def act(sheet: Sheet) -> Withdrawn:
        link = await links.find(sheet, token)
        question = _question(link.kind, link.about, link.expires, sheet.at)
        known = await sheet.facts(link.person)
        if question not in known[0].consents:
            return await _before(sheet, link.person, question)
        one = await rights.asked(sheet, Reader(link.person), RIGHT, "withdraw", known=known)
        return await _take(sheet, one, question, language, "link")

    return await desk.write(act)


def _question(kind: str, about: str, expires: int, at: int) -> str:
    if kind != "stop":
        raise NotFound("no_such_link")
    if expires <= at:
        raise Expired("link_expired")
    return about


async def _before(sheet: Sheet, person: bytes, question: str) -> Withdrawn:
    """Say what was said when it was taken back; a yes that ran out, or never was, has no number."""
    known = await requests.latest(sheet.tx, person, RIGHT, question)
    answer = Answer(known.number, known.received, known.due, known.done, b"") if known else Answer("", 0, 0, 0, b"")
    return Withdrawn(answer, question, again=True)


async def _take(sheet: Sheet, one: Asked, question: str, language: str, method: str) -> Withdrawn:
    """Take a yes back: the line, the register, the stop list, the cut, the letter."""
    desk, lists = sheet.desk, releasing.foreseen(sheet.desk, one.facts, question)
    copies = releasing.copies_end(desk, lists.gone, sheet.at)
    said = Said(f"dpv:{consents.WITHDRAWN}", sheet.at, language, method)
    went = Went(one.number, lists.gone, lists.stays, copies)
    shown = readable.of_withdrawal(desk, question, said, one.request, went)
    says: Says = {"question": question, "effect": consents.WITHDRAWN, "fields": list(lists.gone)}
    line = await rights.line_of(sheet, one, "withdraw", f"consents.{question}", "withdrawn", says, shown)
    await _say(sheet, one.person, question, language, line, method)
    held = desk.policy.held(one.facts)
    left = [path for path in held if path not in lists.gone or path in lists.stays]  # another record still has it
    over = not left and any(path in lists.gone for path in held)
    last = {"to": await _address(sheet, one.person)} if over else {}
    await desk.vault.stop(sheet.tx, one.person, f"consent:{question}", sheet.at)
    facts = await cut(sheet, one.person, releasing.without(one.facts, question), lists.by_record)
    if lists.gone:
        await shredded(sheet, line)
    answer = await rights.done(sheet, one, line, question)
    kind, slips = "withdrawn_last" if last else "withdrawn", (Slip(line, question),)
    fills = _fills(labels(desk.notice, language), question, lists, copies) | last
    await rights.tell(sheet, one, kind, line, slips=slips, language=language, **fills)
    await sheet.keep(one.person, facts, one.version)
    return Withdrawn(answer, question, lists.gone, lists.stays, copies)


async def _address(sheet: Sheet, person: bytes) -> str:
    """Read the address that the last letter goes to, before it is erased with the rest."""
    facts, _ = await sheet.facts(person)
    address = sheet.desk.policy.address_of(facts)
    use = Use(act="send", purpose="requests", fields=frozenset({address}), at=0, role="system", person=person)
    return (await opened(sheet, await sheet.ask(use, facts), facts))[address]


def _fills(said: Labels, question: str, lists: Lists, copies: int) -> dict[str, str]:
    """Say for the letter what was taken back, and both lists: what went, until when a backup has it, what stays."""
    declared, reasons = (
        said.notice.consents[question],
        dict.fromkeys(r for names in lists.stays.values() for r in names),
    )
    needs = [said.purpose(r) if r in said.notice.purposes else r for r in reasons]
    about = said.purpose(declared.for_)
    return {
        "consents": f"{about}, {said.channels([declared.channel])}" if declared.channel else about,
        "gone": said.fields(lists.gone), "stays": said.fields(tuple(lists.stays)),
        **({"needs": said.join(needs)} if needs else {}), **({"copies": str(copies)} if copies else {}),
    }  # fmt: skip


async def _say(sheet: Sheet, person: bytes, question: str, language: str, line: bytes, method: str) -> None:
    event = consents.Event(
        sheet.new_id(), question, consents.WITHDRAWN, sheet.at, 0, sheet.desk.words(question, language), language,
        method, sheet.desk.digest,
    )  # fmt: skip
    await consents.say(sheet.tx, sheet.desk.org, person, event, line)
