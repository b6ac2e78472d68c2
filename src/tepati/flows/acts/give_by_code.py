"""Room flows: a yes to messages by SMS or WhatsApp: given in the privacy centre, by a code sent to the very number.

The number is one that its person left where the question is asked: none that came with an order, or for anything else.
"""

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import codes, readable, texting
from tepati.flows.codes import Asking
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.flows.saying import Saying, say, unopposed
from tepati.flows.visitors import Visitor
from tepati.notice.model import Consent
from tepati.ports.gateway import Channel
from tepati.registers.codes import Code
from tepati.rules.facts import Facts, Use

KIND = "consent"
CODE = "code"  # how a question must be confirmed for its yes to count here


def provable(desk: Desk) -> tuple[str, ...]:
    """Name the questions whose yes a code can prove here."""
    declared = desk.notice.consents.items()
    return tuple(n for n, one in declared if one.confirm == CODE and texting.texted(one.channel) in desk.texts.channels)


async def ask(desk: Desk, who: Visitor, question: str, language: str, device: str, network: str) -> str:
    """Send a code to the number that the question is about; return the secret of the page that takes it.

    Raises NotFound (no such question, no number), Refused, BadInput (too many were sent today).
    """
    declared = desk.notice.consents.get(question)
    if declared is None or question not in provable(desk):
        raise NotFound("no_such_question")
    if not codes.spends(desk, network):
        raise BadInput("code_enough")
    return await desk.write(lambda sheet: _ask(sheet, who, declared, Asking(
        who.person, "", "", KIND, question, _channel(declared), language, device)))  # fmt: skip


def _channel(declared: Consent) -> Channel:
    found = texting.texted(declared.channel)
    assert found is not None  # noqa: S101 - of those that are provable
    return found


async def _ask(sheet: Sheet, who: Visitor, declared: Consent, one: Asking) -> str:
    facts, _ = await sheet.facts(who.person)
    record, field = _number(sheet.desk, facts, one.about)
    use = Use(act="send", purpose="proof", fields=frozenset({field}), at=0, role="system", channel=declared.channel,
              record=record, person=who.person)  # fmt: skip
    permit = await sheet.ask(use, facts)
    number = (await opened(sheet, permit, facts)).get(field, "")
    if not number:
        raise NotFound(texting.NO_NUMBER)
    if not await codes.affordable(sheet, number):
        raise BadInput("code_enough")
    told = sheet.to_person(who.person, {"at": sheet.at, "role": "person", "effect": "code asked"})
    line = await sheet.line("enter", promise=f"consents.{one.about}", purpose="proof", answer="asked", told=[told])
    return await codes.mint(sheet, Asking(
        one.person, record, number, one.kind, one.about, one.channel, one.language, one.device), line)  # fmt: skip


def _number(desk: Desk, facts: Facts, question: str) -> tuple[str, str]:
    """Name record and field of the number that a question is about. Raises NotFound."""
    points = desk.notice.points
    asking = [n for n, row in facts.rows.items() if row.joined and row.point in points
              and question in points[row.point].asks]  # fmt: skip
    purpose = desk.notice.consents[question].for_
    for record in asking:
        field = texting.number_field(desk, facts, purpose, record)
        if field.partition(".")[0] in facts.rows[record].ends:
            return record, field
    raise NotFound(texting.NO_NUMBER)


async def give_by_code(desk: Desk, who: Visitor, token: str, digits: str, device: str, language: str) -> str:
    """Write the yes down that the code proves; return its question.

    Raises BadInput (wrong digits, counted), Expired (over, or another's).
    """

    async def act(sheet: Sheet) -> str | int:
        found = await codes.taken(sheet, token, digits, device, KIND)
        return found if isinstance(found, int) else await _give(sheet, who, found, language)

    done = await desk.write(act)
    if isinstance(done, int):
        raise BadInput("code_wrong", left=done)
    return done


async def _give(sheet: Sheet, who: Visitor, code: Code, language: str) -> str:
    desk, question = sheet.desk, code.about
    declared = desk.notice.consents.get(question)
    if code.person != who.person or declared is None:
        raise Refused("unproven", f"consents.{question}")
    facts, version = await sheet.facts(who.person)
    point, now = readable.point_of(desk, question), desk.notice.notice.version
    saying = Saying(question, True, language, "code", f"a code sent by {declared.channel}", point, now)
    said, _ = await say(sheet, who.person, unopposed(facts, declared.for_), saying)
    await sheet.keep(who.person, said, version)
    return question
