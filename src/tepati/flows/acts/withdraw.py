"""Room flows: a consent is taken back (UU PDP Art. 9, 40, 43): its use stops with this transaction, queued work too.

What no other live purpose and no other law needs is erased in the same transaction, field by field; the person is
told both lists. One who comes by the link of a promotion is told the same by the privacy centre.
"""

from dataclasses import dataclass

import msgspec

from tepati.errors import Expired, NotFound
from tepati.flows import links, post, readable, rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import number_of
from tepati.flows.opening import opened
from tepati.flows.readable import Said
from tepati.flows.receipts import Slip
from tepati.flows.rewriting import cut
from tepati.flows.rights import Answer, By
from tepati.flows.shredding import shredded
from tepati.flows.told import Says
from tepati.ledger.receipt import digest
from tepati.notice.labels import labels
from tepati.registers import acceptances, consents, counters
from tepati.rules.facts import Use
from tepati.rules.needs import needed, released


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal did: fields that were erased, and fields that stay, each with the purposes or rules for it."""

    answer: Answer
    question: str
    gone: tuple[str, ...]
    stays: dict[str, tuple[str, ...]]


async def take_back(desk: Desk, by: By, question: str, language: str = "") -> Withdrawn:
    """Withdraw a consent in the privacy centre, or for somebody who asked elsewhere: a mailed link is enough.

    Raises NotFound (no such question, or nothing to take back), Refused.
    """
    if question not in desk.notice.consents:
        raise NotFound("no_such_question")

    async def act(sheet: Sheet) -> Withdrawn:
        one = await rights.asked(sheet, by, "withdrawal", "withdraw")
        if question not in one.facts.consents:
            raise NotFound("no_such_question")
        left = {k: v for k, v in one.facts.consents.items() if k != question}
        facts, purpose = msgspec.structs.replace(one.facts, consents=left), desk.notice.consents[question].for_
        stays, gone = needed(desk.policy, purpose, facts), released(desk.policy, purpose, facts)
        fields = tuple(sorted({path for paths in gone.values() for path in paths}))
        said = language or await acceptances.language(sheet.tx, one.person)
        shown = _record(sheet, question, said, one.channel, one.request)
        says: Says = {
            "question": question, "effect": consents.WITHDRAWN, "fields": list(fields), "record": digest(shown),
        }  # fmt: skip
        line = await rights.line_of(sheet, one, "withdraw", f"consents.{question}", "withdrawn", says)
        await _say(sheet, one.person, question, said, line, "centre" if one.channel == "site" else one.channel)
        last = {"to": await _address(sheet, one.person)} if desk.address in fields else {}
        await desk.vault.stop(sheet.tx, one.person, f"consent:{question}", sheet.at)
        facts = await cut(sheet, one.person, facts, gone)
        if gone:
            await shredded(sheet, line)
        answer = await rights.done(sheet, one, line, question)
        kind, lists = "withdrawn_last" if last else "withdrawn", _lists(desk, said, fields, stays)
        slips = () if last else (Slip(line, question, shown),)  # the last letter goes where nothing is opened any more
        await rights.tell(sheet, one, kind, line, slips=slips, **lists, **last)
        await sheet.keep(one.person, facts, one.version)
        return Withdrawn(answer, question, fields, stays)

    return await desk.write(act)


def _record(sheet: Sheet, question: str, language: str, method: str, ident: bytes) -> dict[str, object]:
    """Make the record of the receipt."""
    said = Said(f"dpv:{consents.WITHDRAWN}", sheet.at, language, method)
    return readable.of_withdrawal(sheet.desk, question, said, ident)


async def _address(sheet: Sheet, person: bytes) -> str:
    """Read the address that the last letter goes to, before it is erased with the rest."""
    facts, _ = await sheet.facts(person)
    field = sheet.desk.address
    use = Use(act="send", purpose="requests", fields=frozenset({field}), at=0, role="system", person=person)
    return (await opened(sheet, await sheet.ask(use, facts), facts))[field]


def _lists(desk: Desk, language: str, gone: tuple[str, ...], stays: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Say both lists for the letter."""
    said = labels(desk.notice, language)
    return {"gone": said.fields(gone), "stays": said.fields(tuple(stays))}


async def withdraw(desk: Desk, token: str, language: str) -> str:
    """Withdraw the consent that a link in a promotion names; doing it twice is the same as once (RFC 8058).

    Raises NotFound, Expired.
    """

    async def act(sheet: Sheet) -> str:
        link = await links.find(sheet, token)
        question = _question(link.kind, link.about, link.expires, sheet.at)
        facts, version = await sheet.facts(link.person)
        if question in facts.consents:
            await _write_down(sheet, link.person, question, language)
            await counters.finished(sheet.tx, desk.org, "rights.withdrawal.within", sheet.at, 0, late=False)
            left = {k: v for k, v in facts.consents.items() if k != question}
            await sheet.desk.vault.stop(sheet.tx, link.person, f"consent:{question}", sheet.at)
            await sheet.keep(link.person, msgspec.structs.replace(facts, consents=left), version)
        return question

    return await desk.write(act)


def _question(kind: str, about: str, expires: int, at: int) -> str:
    if kind != "stop":
        raise NotFound("no_such_link")
    if expires <= at:
        raise Expired("link_expired")
    return about


async def _write_down(sheet: Sheet, person: bytes, question: str, language: str) -> None:
    purpose = sheet.desk.notice.consents[question].for_
    ident = sheet.new_id()
    shown = _record(sheet, question, language, "link in a promotion", ident)
    told = sheet.to_person(
        person, {"at": sheet.at, "question": question, "effect": consents.WITHDRAWN, "record": digest(shown)}
    )
    line = await sheet.line(
        "withdraw", promise=f"consents.{question}", purpose=purpose, answer="withdrawn", told=[told]
    )
    await _say(sheet, person, question, language, line, "link")
    number = number_of(sheet.desk.org, person, ident)
    letter = post.Letter("stopped", language, {"number": number}, slips=(Slip(line, question, shown),))
    await post.put(sheet, person, letter, line)


async def _say(sheet: Sheet, person: bytes, question: str, language: str, line: bytes, method: str) -> None:
    event = consents.Event(
        sheet.new_id(), question, consents.WITHDRAWN, sheet.at, 0, sheet.desk.words(question, language), language,
        method, sheet.desk.digest,
    )  # fmt: skip
    await consents.say(sheet.tx, sheet.desk.org, person, event, line)
