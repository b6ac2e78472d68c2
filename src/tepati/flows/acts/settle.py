"""Room flows: a case is answered: the answer is sealed beside it, mailed where it was not spoken, and may close it.

In one transaction: the line, the answer as a record of the person, the letter, the clock, and, where it closes, the
ends of everything that came with it, which run from its closing (``retention.<category>``).
"""

from dataclasses import dataclass

from msgspec.structs import replace

from tepati.errors import BadInput, Refused
from tepati.flows import clocks, corresponding, threads
from tepati.flows.actor import Actor
from tepati.flows.answering import MAIL, REPLY, Answering, may, of, ways
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.flows.threads import ANSWER, ANSWERED, Writing
from tepati.registers import counters, dealings
from tepati.registers.dealings import Dealing
from tepati.rules.facts import Facts, Permit, Use, mailless
from tepati.rules.types import clean

LONGEST = 4_000  # characters of an answer


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its words, the way (mailed, or told by whoever answers: ``answering.WAYS``), whether the case closes.

    Without words it closes a case that was answered before, and nothing is mailed.
    """

    text: str
    way: str
    closes: bool = True


async def settle(desk: Desk, actor: Actor, number: str, said: Said) -> None:
    """Answer an open case, and close it or wait for its writer.

    Raises NotFound, Refused (role, undertaking, a case that is closed, no message declared), BadInput (the text, a way
    that the notice does not declare, or mail to somebody without an address).
    """
    text = clean("text", said.text) if said.text.strip() else ""
    if len(text) > LONGEST:
        raise BadInput("faulty_form", {"text": "too_long"})

    async def act(sheet: Sheet) -> None:
        known = may(sheet, actor)
        found, how = of(known, await dealing_of(sheet, number))
        if REPLY not in desk.notice.points:
            raise Refused("unknown_point", "points")
        facts, version = await sheet.facts(found.person)
        if said.way not in ways(desk.notice, mailless=mailless(facts)):
            raise BadInput("form_shape")
        permit = await sheet.ask(_use(sheet, actor, (found, said.way), how, facts), facts)
        if not text and not (said.closes and threads.answered(facts, found.dealing.hex())):
            raise BadInput("faulty_form", {"text": "missing"})
        after = await _said(sheet, found, facts, Said(text, said.way, said.closes), permit)
        await sheet.keep(found.person, after, version)

    await desk.write(act)


async def _said(sheet: Sheet, found: Dealing, facts: Facts, said: Said, permit: Permit) -> Facts:
    """Write the line, give the case its new state, and mail and seal the answer, where there is one."""
    act, answer = (REPLY, "done" if said.closes else "waiting") if said.text else ("close", "ended")
    told = sheet.told_of(sheet.asked, known=True, reason=said.way) if sheet.asked else []
    line = await sheet.line(act, promise=permit.promise, purpose=permit.purpose, answer=answer, told=told)
    after = await (_close if said.closes else _wait)(sheet, found, facts)
    of_ = found.person, found.dealing.hex()
    if not said.text:
        return replace(after, rows=await threads.redated(sheet, found.person, after, of_[1]))
    if said.way == MAIL:
        await corresponding.tell(sheet, found, said.text, line, closes=said.closes)
    return await threads.add(sheet, of_, after, Writing(REPLY, ANSWER, "console", said.text), line)


def _use(sheet: Sheet, actor: Actor, by: tuple[Dealing, str], how: Answering, facts: Facts) -> Use:
    """Ask for the address where the answer is mailed; told by staff it is no use of one."""
    found, way = by
    fields = frozenset({sheet.desk.policy.address_of(facts, how.purpose)} if way == MAIL else ())
    return Use(
        act=REPLY, purpose=how.purpose, fields=fields, at=0, role=how.role, actor=actor.person.hex(),
        dealing=found.dealing.hex(), person=found.person,
    )  # fmt: skip


async def _close(sheet: Sheet, found: Dealing, facts: Facts) -> Facts:
    """Close the case and stop its clock."""
    name = found.dealing.hex()
    await dealings.close(sheet.tx, found.person, found.dealing, sheet.at)
    await _finish(sheet, found)
    return clocks.with_case(facts, name, replace(facts.dealings[name], closed=sheet.at))


async def _wait(sheet: Sheet, found: Dealing, facts: Facts) -> Facts:
    """Leave the case open for its writer: a question is answered, and its clock stops; a case's own clock runs on."""
    name, moments = found.dealing.hex(), dict(found.moments)
    if clocks.QUESTION in moments:
        await _finish(sheet, found)
        del moments[clocks.QUESTION]
    return await threads.moved(sheet, (found.person, name), facts, moments | {ANSWERED: sheet.at})


async def _finish(sheet: Sheet, found: Dealing) -> None:
    due = clocks.due(sheet.desk, found.kind, found.opened, found.moments)
    if due:
        late, took = sheet.at > due, sheet.at - found.opened
        promise = clocks.promise(found.kind, found.moments)
        await counters.finished(sheet.tx, sheet.desk.org, promise, sheet.at, took, late=late)
