"""Room flows: who of the staff handles requests of people, and how they look at what one is about."""

from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.desk import Sheet
from tepati.flows.numbers import request_of
from tepati.flows.stewards import entitled
from tepati.registers.requests import Request
from tepati.rules.facts import Permit, Use

HANDLES = "handle_requests"


def may(sheet: Sheet, actor: Actor) -> None:
    """Check that the actor handles requests. Raises Refused, which is written down."""
    entitled(sheet, actor, "answer", {HANDLES}, "requests")


async def regarded(sheet: Sheet, actor: Actor, number: str, kind: str) -> tuple[Request, Use, Permit]:
    """Ask the door whether the actor may look at what a request of a kind is about; ``wrote`` is its line.

    Raises NotFound (none of that kind), Refused (role; it is over; a reason of one's own).
    """
    may(sheet, actor)
    found = await request_of(sheet, number)
    if found is None or found.kind != kind:
        raise NotFound("no_such_number")
    desk, (facts, _) = sheet.desk, await sheet.facts(found.person)
    role = next(r for r in actor.roles if HANDLES in desk.notice.roles[r].may)
    use = Use(
        act="look", purpose="requests", fields=frozenset({desk.policy.mark_of(facts)}), at=0, role=role,
        actor=actor.person.hex(), dealing=found.request.hex(), person=found.person,
    )  # fmt: skip
    return found, use, await sheet.ask(use, facts)


async def wrote(sheet: Sheet, use: Use, permit: Permit, kind: str) -> bytes:
    """Write the look down: its person reads it, and the actor why. Return the line's id."""
    told = sheet.told_of(use, known=True, reason=kind)
    return await sheet.line("look", promise=permit.promise, purpose="requests", answer="allowed", told=told)
