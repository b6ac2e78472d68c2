"""Composition root: lines get their numbers; what SQL wrote into their queue is taken away and told."""

from tepati.errors import Conflict, Tampered
from tepati.flows.desk import Desk
from tepati.ledger import pending


async def entered(desk: Desk) -> int:
    """Number what is pending and return how many lines, or 1 where more is left. Raises Tampered, Conflict."""
    try:
        taken = await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    except Conflict:
        desk.log.strange += await desk.store.write(lambda tx: pending.doubled(tx, desk.org))
        if not desk.log.strange:
            raise
        taken = 1  # what is left is asked for again
    if desk.log.strange:
        desk.log.strange = 0
        await desk.alarm(Tampered("ledger_pending"))
    return taken
