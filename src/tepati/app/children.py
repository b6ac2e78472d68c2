"""Composition root: what guardians of the demo's children answer, and what staff write down after calling them."""

import re

from tepati.app.cast import Person
from tepati.app.seed import World
from tepati.flows.acts.guardian import NO, YES, From, guardian
from tepati.flows.acts.minors import Call, hear
from tepati.flows.guardians import heard, keepers
from tepati.ports.sink import Sink

HOURS = 5  # between a guardian's yes and the call
CALLED, NOTED = "0811 5550 0199", "Dari data pelanggan; menyebut nama anak dan pesanannya sendiri."


async def answers(world: World, child: Person, number: str) -> bool:
    """Let the guardian of a child answer as the example says; return whether the form goes its way."""
    desk = world.org.desk
    if not child.answer:
        return False
    await guardian(desk, _link(world.sink, child.guardian), NO if child.answer == NO else YES, From())
    if child.answer != YES:
        return False
    world.clock.forward(HOURS)
    keeper = next(actor for actor in world.staff if set(actor.roles) & set(keepers(desk.notice)))
    call = Call(next(iter(heard(desk.notice))), YES, CALLED, "records", NOTED)
    await hear(desk, keeper, number, call)
    await world.post()
    return True


def _link(sink: Sink, to: str) -> str:
    for mail in sink.messages():
        found = re.search(r"/(?:wali|guardian)/([\w-]{32})", mail.text) if to in mail.to else None
        if found:
            return found[1]
    raise LookupError("no letter to a guardian")
