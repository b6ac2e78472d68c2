"""Room flows: before a campaign leaves its sender reads how many would get it, and why not the others. Names nobody."""

import msgspec

from tepati.flows.actor import Actor
from tepati.flows.campaigns import declared, may, use_of, window
from tepati.flows.coarse import Told, told
from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Message
from tepati.registers import campaigns
from tepati.registers.campaigns import Audience
from tepati.rules.standing import predicate


async def preview(desk: Desk, actor: Actor, message: str) -> Told:
    """Count whom a message would reach now, and the others by reason; small groups are told as ``few`` or together.

    Raises NotFound (no message that goes to many), Refused (this member of staff may not send it, and so not count).
    """
    said = declared(desk, message)
    await desk.write(lambda sheet: _may(sheet, actor, said))
    counted = await campaigns.reasons(desk.store, desk.org, _audience(desk, message, said))
    return told(counted.pop("gets", 0), counted, desk.notice.statistics.smallest_group)


async def _may(sheet: Sheet, actor: Actor, said: Message) -> None:
    may(sheet, actor, said)


def _audience(desk: Desk, name: str, said: Message) -> Audience:
    at = desk.now()
    where, args = predicate(desk.policy, msgspec.structs.replace(use_of(desk, name, said), at=at))
    population = desk.notice.data[desk.address.partition(".")[0]].of
    question = str(args[1])
    most, length = window(said)
    return Audience(population, where, args, question, name, most, at - length, at)
