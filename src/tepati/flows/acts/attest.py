"""Room flows: a named function says of a promise what no machine can see. The board shows it as said, not as seen."""

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import steward
from tepati.registers import observations
from tepati.registers.observations import Observation


async def attest(desk: Desk, actor: Actor, promise: str, who: str) -> None:
    """Write down that a promise is attested; ``who`` names a function, or where the paper lies, never a customer.

    Raises Refused (this member may not), NotFound (the notice makes no such promise).
    """

    async def act(sheet: Sheet) -> None:
        steward(sheet, actor, "attest", promise)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": observations.ATTESTED})
        line = await sheet.line("attest", promise=promise, purpose="proof", answer="attested", told=[told])
        seen = Observation(promise, sheet.at, observations.ATTESTED, who)
        await observations.add(sheet.tx, desk.org, sheet.new_id(), seen, line)

    await desk.write(act)
