"""Room flows: a consent is taken back (UU PDP Art. 9, 40): its use stops with this transaction, for queued work too."""

import msgspec

from tepati.errors import Expired, NotFound
from tepati.flows import links
from tepati.flows.desk import Desk, Sheet
from tepati.registers import consents, counters


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
    told = sheet.to_person(person, {"at": sheet.at, "question": question, "effect": consents.WITHDRAWN})
    line = await sheet.line(
        "withdraw", promise=f"consents.{question}", purpose=purpose, answer="withdrawn", told=[told]
    )
    event = consents.Event(
        sheet.new_id(), question, consents.WITHDRAWN, sheet.at, 0, sheet.desk.words(question, language), language,
        "link", sheet.desk.digest,
    )  # fmt: skip
    await consents.say(sheet.tx, sheet.desk.org, person, event, line)
