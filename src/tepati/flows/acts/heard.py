"""Room flows: what a person has said to the questions of consent, for a program that acts by it. The person reads that.

The facts that the door obeys say what stands; the register says what was answered else. No value is opened.
"""

from dataclasses import dataclass
from typing import Literal

from tepati.flows import relay
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.relay import BY, Whom
from tepati.flows.told import Says
from tepati.registers import consents
from tepati.registers.consents import Current, Event
from tepati.rules.facts import FOREVER, Facts
from tepati.rules.reached import outgrown

State = Literal["given", "requested", "refused", "withdrawn", "expired", "never"]
SAID: dict[str, State] = {
    consents.REQUESTED: "requested", consents.REFUSED: "refused", consents.WITHDRAWN: "withdrawn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """One question: its state since ``at`` (microseconds; 0: never asked); ``until`` 0 is without end.

    ``less``: it was given for less than its question stands for now.
    """

    question: str
    state: State
    at: int = 0
    until: int = 0
    less: bool = False


async def heard(desk: Desk, actor: Actor, whom: Whom) -> list[Heard]:
    """List the questions that the actor's role may speak of. Raises Refused (written down), NotFound, BadInput."""

    async def act(sheet: Sheet) -> list[Heard]:
        declared = desk.notice.consents
        named = [name for name, one in declared.items() if relay.role_for(desk, actor, one.for_, name)]
        about = next(iter([*named, *declared]), "")
        role = relay.permitted(sheet, actor, "look", declared[about].for_ if about else "proof", about)
        person = await relay.person_of(sheet, whom)
        facts, _ = await sheet.facts(person)
        current = {one.question: one for one in await consents.of_person(sheet.tx, person)}
        newest = {one.question: one for one in reversed(await consents.history(sheet.tx, person))}
        says: Says = {"at": sheet.at, "role": role, "effect": "consents"}
        own: Says = {**says, "reason": actor.noted("")}
        told = [sheet.to_person(person, says), sheet.to_actor(actor.person, own)]
        await sheet.line("look", promise=f"roles.{role}", purpose="proof", answer="allowed", told=told)
        found = {name: _heard(sheet, facts, current.get(name), name) for name in named}
        return [_awaited(one, newest.get(name)) for name, one in found.items()]

    return await desk.write(act)


def _heard(sheet: Sheet, facts: Facts, current: Current | None, question: str) -> Heard:
    until = facts.consents.get(question, 0)
    if until > sheet.at:
        aim = sheet.desk.policy.aims[sheet.desk.notice.consents[question].for_]
        less = question in outgrown(aim, facts)
        return Heard(question, "given", current.at if current else 0, 0 if until == FOREVER else until, less)
    if current is None:
        return Heard(question, "never")
    return Heard(question, SAID.get(current.state, "expired"), current.at)


def _awaited(one: Heard, newest: Event | None) -> Heard:
    """Say that a yes which a program passed on waits for its owner; a stranger's tick hides no answer."""
    waits = newest and newest.state == consents.REQUESTED and newest.method.startswith(BY)
    return Heard(one.question, "requested", newest.at) if newest and waits and one.state != "given" else one
