"""Room flows: what was seen to go wrong was mended: somebody says how. It stays on the board for 90 days more."""

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import steward
from tepati.registers import observations
from tepati.registers.observations import Observation


async def repair(desk: Desk, actor: Actor, promise: str, how: str) -> None:
    """Write down how the cause of a broken promise or a gap was mended; ``how`` names no customer.

    Raises Refused (this member may not), NotFound (the notice makes no such promise).
    """

    async def act(sheet: Sheet) -> None:
        steward(sheet, actor, "repair", promise)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": observations.REPAIRED})
        line = await sheet.line("repair", promise=promise, purpose="proof", answer="repaired", told=[told])
        seen = Observation(promise, sheet.at, observations.REPAIRED, how)
        await observations.add(sheet.tx, desk.org, sheet.new_id(), seen, line)

    await desk.write(act)
