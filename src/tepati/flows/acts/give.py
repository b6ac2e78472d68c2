"""Room flows: a consent is given in the privacy centre, or by the link that was mailed for it (UU PDP Art. 20, 22).

A mailed link proves the address in both. It is one answer to one question, and taking it back is the same switch.
"""

from dataclasses import dataclass

from tepati.errors import Expired, NotFound, Refused
from tepati.flows import ending, links, post, readable
from tepati.flows.desk import Desk, Sheet
from tepati.flows.receipts import Slip
from tepati.flows.saying import Saying, say, unopposed
from tepati.flows.visitors import Visitor
from tepati.notice.labels import labels
from tepati.registers.links import Link
from tepati.rules.facts import Facts, Use
from tepati.rules.reached import outgrown

LINK = "link"  # how a question must be confirmed for its yes to count here: by somebody who reads the mailbox


@dataclass(frozen=True, slots=True)
class Given:
    """What the link has done: the questions answered with yes."""

    questions: tuple[str, ...]


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
        again = question in outgrown(desk.policy.aims[declared.for_], facts)
        if facts.consents.get(question, 0) > sheet.at and not again:
            return b""
        point, now = readable.point_of(desk, question), desk.notice.notice.version
        saying = Saying(question, True, language, "centre", "switch in the privacy centre", point, now)
        said, slip = await say(sheet, who.person, unopposed(facts, declared.for_), saying)
        await sheet.keep(who.person, said, version)
        return slip.line

    return await desk.write(act)


async def give_by_link(desk: Desk, token: str, yes: frozenset[str], language: str) -> Given:
    """Answer the questions of a link that was mailed for them, once: those named with yes, the others with no.

    Raises NotFound, Expired (a link works once; its questions are asked no more), Conflict.
    """

    async def act(sheet: Sheet) -> Given:
        link = await links.find(sheet, token)
        if link.kind != links.ASKS or link.used or link.expires <= sheet.at:
            raise Expired("link_used" if link.used else "link_expired")
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        asked, (facts, version) = links.asked(link.about), await sheet.facts(link.person)
        slips: list[Slip] = []
        for question in (one for one in asked.questions if one in desk.notice.consents):
            facts, slip = await _answer(sheet, link, facts, question, yes=question in yes, language=language)
            slips += [slip] if question in yes else []
        await sheet.keep(link.person, facts, version)
        done = Given(tuple(slip.about for slip in slips))
        if slips:
            said = labels(desk.notice, language)
            named = said.join([said.purpose(desk.notice.consents[question].for_) for question in done.questions])
            letter = post.Letter("consent_confirmed", language, {"consents": named}, slips=tuple(slips))
            await post.put(sheet, link.person, letter, slips[0].line)
        return done

    return await desk.write(act)


async def _answer(
    sheet: Sheet, link: Link, facts: Facts, question: str, *, yes: bool, language: str
) -> tuple[Facts, Slip]:  # fmt: skip
    desk, asked = sheet.desk, links.asked(link.about)
    point, how = (
        readable.point_of(desk, question),
        "a page of the organisation, then answered on the mailed link's page",
    )
    base = unopposed(facts, desk.notice.consents[question].for_) if yes else facts
    return await say(sheet, link.person, base, Saying(question, yes, language, "link", how, point, asked.notice))
