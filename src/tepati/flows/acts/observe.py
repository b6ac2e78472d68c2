"""Room flows: staff say of a promise what no machine sees: that it is attested, or how what went wrong was mended.

The board shows it as said, not as seen; a mended trouble stays on it for 90 days more.
"""

from typing import Literal

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import steward
from tepati.registers import observations
from tepati.registers.observations import Observation


async def attest(desk: Desk, actor: Actor, promise: str, who: str) -> None:
    """Write down that a promise is attested; ``who`` names a function, or where the paper lies, never a customer.

    Raises Refused (this member may not), NotFound (the notice makes no such promise).
    """
    await _observe(desk, actor, promise, "attest", observations.ATTESTED, who)


async def repair(desk: Desk, actor: Actor, promise: str, how: str) -> None:
    """Write down how the cause of a broken promise or a gap was mended; ``how`` names no customer.

    Raises Refused (this member may not), NotFound (the notice makes no such promise).
    """
    await _observe(desk, actor, promise, "repair", observations.REPAIRED, how)


async def _observe(
    desk: Desk, actor: Actor, promise: str, kind: Literal["attest", "repair"], effect: str, words: str
) -> None:
    async def act(sheet: Sheet) -> None:
        steward(sheet, actor, kind, promise)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": effect})
        line = await sheet.line(kind, promise=promise, purpose="proof", answer=effect, told=[told])
        seen = Observation(promise, sheet.at, effect, words)
        await observations.add(sheet.tx, desk.org, sheet.new_id(), seen, line)

    await desk.write(act)
