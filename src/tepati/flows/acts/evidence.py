"""Room flows: what was seen of one promise from outside, newest first: looks, alarms, repairs, and who attested it."""

from tepati.flows.desk import Desk
from tepati.registers import observations
from tepati.registers.observations import Observation

MOST = 20


async def evidence(desk: Desk, promise: str) -> list[Observation]:
    """List the newest looks at a promise; no person stands in them."""
    return await desk.read(lambda sheet: observations.of(sheet.tx, desk.org, desk.mac, promise, MOST))


async def troubles(desk: Desk) -> list[Observation]:
    """List what was seen to go wrong, and what was mended, newest first."""
    return await desk.read(lambda sheet: observations.troubles(sheet.tx, desk.org, desk.mac, MOST))
