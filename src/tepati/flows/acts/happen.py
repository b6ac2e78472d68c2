"""Room flows: something happened in a case, an order was charged: written down once, and its data ends from then on."""

from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import visits
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.registers import dealings
from tepati.rules.facts import Use
from tepati.rules.happenings import moments

ACT = "happen"
MOST = 200  # cases shown at once, the newest first


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case in which a moment is still to come; ``opened`` in microseconds since 1970 UTC."""

    number: str
    kind: str
    moment: str
    opened: int


def records(desk: Desk, actor: Actor) -> bool:
    """Say whether a member's roles write anything down."""
    return bool(moments(desk.notice, actor.roles))


async def waiting(desk: Desk, actor: Actor) -> list[Waiting]:
    """List the open cases that wait for what the actor writes down. Raises Refused (a role that writes nothing)."""
    asked = moments(desk.notice, actor.roles)

    async def look(sheet: Sheet) -> list[Waiting]:
        actor.bound(sheet.at)
        if not asked:
            raise Refused("act_not_given", f"roles.{next(iter(actor.roles), 'none')}")
        found = [
            Waiting(one.number, kind, moment, one.opened)
            for kind, moment in asked
            for one in await dealings.work_of(sheet.tx, desk.org, kind, MOST)
            if moment not in one.moments
        ]
        return sorted(found, key=lambda one: -one.opened)[:MOST]

    return await desk.write(look)


async def happen(desk: Desk, actor: Actor, number: str, moment: str) -> int:
    """Write down that a moment of a case has come, now; return the instant (microseconds).

    What lives from that moment on gets its end, which the person reads, and the windows that hang on it move.
    Raises NotFound, Refused (not this role's to write, or the door's no), BadInput (it has come already), Tampered.
    """

    async def act(sheet: Sheet) -> int:
        first = next(iter(actor.roles), "none")
        sheet.asked = Use(act=ACT, purpose="none", fields=frozenset(), at=0, role=first, actor=actor.person.hex())
        actor.bound(sheet.at)
        allowed = moments(desk.notice, actor.roles)
        found = await dealing_of(sheet, number)
        if found is None and allowed:
            raise NotFound("no_such_number")
        if found is None or (found.kind, moment) not in allowed:
            raise Refused("act_not_given", f"roles.{first}")
        role, purpose = allowed[found.kind, moment]
        name = found.dealing.hex()
        use = Use(
            act=ACT, purpose=purpose, fields=frozenset(), at=0, role=role, actor=actor.person.hex(),
            dealing=name, person=found.person,
        )  # fmt: skip
        facts, version = await sheet.facts(found.person)
        permit = await sheet.ask(use, facts)
        case = facts.dealings[name]
        if moment in case.moments:
            raise BadInput("already_happened")
        told = sheet.told_of(use, known=True)
        told = [msgspec.structs.replace(each, says={**each.says, "effect": moment}) for each in told]
        await sheet.line(ACT, promise=permit.promise, purpose=purpose, answer="done", told=told)
        come = msgspec.structs.replace(case, moments={**case.moments, moment: sheet.at})
        await visits.write(sheet, found.person, facts, version, {name: come})
        return sheet.at

    return await desk.write(act)
