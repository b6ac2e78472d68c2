"""Room flows: what is due now is done: letters leave, erasures are carried out, what reached its end is destroyed.

Each step is safe to repeat and to stop at any point; one failing duty never holds up the others.
"""

from dataclasses import dataclass

from tepati.errors import TepatiError
from tepati.flows.acts import erase
from tepati.flows.acts.deliver import Delivered, deliver
from tepati.flows.acts.sweep import sweep
from tepati.flows.desk import Desk
from tepati.ports.mail import Mail
from tepati.registers import duties
from tepati.registers.duties import Duty

LEASE = 300_000_000  # five minutes
BATCH = 20


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did."""

    mail: Delivered
    erased: int
    ended: int
    completed: int
    failed: int


async def tick(desk: Desk, mail: Mail) -> Ticked:
    """Do what is due now. Raises Unavailable only when the database is gone."""
    delivered = await deliver(desk, mail)
    claimed = await desk.store.write(lambda tx: duties.claim(tx, desk.org, desk.now(), BATCH, LEASE))
    ends = [await _duty(desk, duty) for duty in claimed]
    ended = await sweep(desk)
    await desk.settle_refusals()
    completed = await erase.completed(desk)
    return Ticked(delivered, ends.count("done"), ended, completed, ends.count("failed"))


async def _duty(desk: Desk, duty: Duty) -> str:
    try:
        done = await erase.perform(desk, duty)
    except TepatiError:
        await desk.store.write(lambda tx: duties.failed(tx, duty, desk.now()))
        return "failed"
    if done is None:
        await desk.store.write(lambda tx: duties.failed(tx, duty, desk.now()))
        return "waits"
    return "done"
