"""Room flows: a consent is given in the privacy centre: a mailed link proves the address (UU PDP Art. 20, 22).

The words are recorded as in ``agree``. It is one answer to one question, and taking it back is the same switch.
"""

import msgspec

from tepati.errors import NotFound, Refused
from tepati.flows import readable
from tepati.flows.desk import Desk, Sheet
from tepati.flows.readable import Said
from tepati.flows.told import Says
from tepati.flows.visitors import Visitor
from tepati.registers import consents
from tepati.rules.facts import FOREVER, Use, under

LINK = "link"  # how a question must be confirmed for its yes to count here: by somebody who reads the mailbox


async def give(desk: Desk, who: Visitor, question: str, language: str) -> bytes:
    """Write down a yes; one that stands already is left as it is. Return the line, or nothing.

    Raises NotFound (no such question), Refused (its channel is not proven by a link, or the address is not proven).
    An objection to the same purpose, said before, ends with it.
    """
    declared = desk.notice.consents.get(question)
    if declared is None:
        raise NotFound("no_such_question")

    async def act(sheet: Sheet) -> bytes:
        facts, version = await sheet.facts(who.person)
        sheet.asked = Use(act="agree", purpose=declared.for_, fields=frozenset(), at=sheet.at, role="person",
                          person=who.person)  # fmt: skip
        if declared.confirm != LINK or not facts.joined:
            raise Refused("unproven", f"consents.{question}")
        outgrown = question in desk.policy.aims[declared.for_].outgrown(facts)
        if facts.consents.get(question, 0) > sheet.at and not outgrown:
            return b""
        until = desk.after(sheet.at, declared.valid) if declared.valid else FOREVER
        event_id, point = sheet.new_id(), readable.point_of(desk, question)
        said = Said(f"dpv:{consents.GIVEN}", sheet.at, language, "switch in the privacy centre")
        shown = readable.of_consent(desk, question, said, point, event_id)
        says: Says = {
            "at": sheet.at, "question": question, "effect": consents.GIVEN, "until": until, "role": "person",
        }  # fmt: skip
        told = sheet.to_person(who.person, says, shown)
        line = await sheet.line(
            "agree", promise=f"consents.{question}", purpose=declared.for_, answer="given", told=[told]
        )
        event = consents.Event(
            event_id, question, consents.GIVEN, sheet.at, until, desk.words(question, language), language,
            "centre", desk.digest,
        )  # fmt: skip
        await consents.say(sheet.tx, desk.org, who.person, event, line)
        objected = tuple(purpose for purpose in facts.objected if purpose != declared.for_)
        given = {**facts.consents, question: until}
        agreed = under(facts, question, desk.notice.notice.version)
        said_now = msgspec.structs.replace(facts, consents=given, objected=objected, agreed=agreed)
        await sheet.keep(who.person, said_now, version)
        return line

    return await desk.write(act)
