"""Room flows: what was seen to go wrong was mended: somebody says how. It stays on the board for 90 days more."""

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk
from tepati.flows.testimony import testify
from tepati.registers import observations


async def repair(desk: Desk, actor: Actor, promise: str, how: str) -> None:
    """Write down how the cause of a broken promise or a gap was mended; ``how`` names no customer.

    Raises Refused (this member may not), NotFound (the notice makes no such promise).
    """
    await testify(desk, actor, promise, "repair", observations.REPAIRED, how)
