"""Room flows: a named function says of a promise what no machine can see. The board shows it as said, not as seen."""

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk
from tepati.flows.testimony import testify
from tepati.registers import observations


async def attest(desk: Desk, actor: Actor, promise: str, who: str) -> None:
    """Write down that a promise is attested; ``who`` names a function, or where the paper lies, never a customer.

    Raises Refused (this member may not), NotFound (the notice makes no such promise).
    """
    await testify(desk, actor, promise, "attest", observations.ATTESTED, who)
