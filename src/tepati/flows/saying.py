"""Room flows: what a person says to the question of a consent, written down: the line, the register, the facts.

Whoever lets them say it (``acts.agree``, ``acts.give``) has proven the mailbox, and locked the facts.
"""

from dataclasses import dataclass

import msgspec

from tepati.flows import readable
from tepati.flows.desk import Sheet
from tepati.flows.readable import Said
from tepati.flows.receipts import Slip
from tepati.registers import consents
from tepati.rules.facts import FOREVER, Facts, under


@dataclass(frozen=True, slots=True)
class Saying:
    """One answer: ``method`` is the register's word for how, ``how`` what the receipt says; ``point`` asks it.

    ``version`` is of the notice under which it was ticked first: a yes covers no more than its person read.
    """

    question: str
    yes: bool
    language: str
    method: str
    how: str
    point: str
    version: int


async def say(sheet: Sheet, person: bytes, facts: Facts, one: Saying) -> tuple[Facts, Slip]:
    """Write down the yes or the no; a yes counts from now, for as long as the notice says. Facts are not kept yet."""
    desk, question, event_id = sheet.desk, one.question, sheet.new_id()
    declared = desk.notice.consents[question]
    state = consents.GIVEN if one.yes else consents.REFUSED
    ends = desk.after(sheet.at, declared.valid) if declared.valid else FOREVER
    until = ends if one.yes else 0
    shown = readable.of_consent(
        desk, question, Said(f"dpv:{state}", sheet.at, one.language, one.how), one.point, event_id
    )
    told = sheet.to_person(
        person, {"at": sheet.at, "question": question, "effect": state, "until": until, "role": "person"}, shown
    )  # fmt: skip
    line = await sheet.line(
        "agree", promise=f"consents.{question}", purpose=declared.for_,
        answer="given" if one.yes else "refused_by_person", told=[told],
    )  # fmt: skip
    event = consents.Event(
        event_id, question, state, sheet.at, until, desk.words(question, one.language), one.language, one.method,
        desk.digest,
    )  # fmt: skip
    await consents.say(sheet.tx, desk.org, person, event, line)
    given = {k: v for k, v in facts.consents.items() if k != question} | ({question: until} if one.yes else {})
    agreed = under(facts, question, min(one.version, desk.notice.notice.version)) if one.yes else facts.agreed
    return msgspec.structs.replace(facts, consents=given, agreed=agreed), Slip(line, question)


def unopposed(facts: Facts, purpose: str) -> Facts:
    """End an objection to a purpose that its person now said yes to."""
    return msgspec.structs.replace(facts, objected=tuple(one for one in facts.objected if one != purpose))
