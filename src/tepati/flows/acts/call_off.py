"""Room flows: a planned visit is called off: nobody sees its address from now on, and its hour is free again."""

import msgspec

from tepati.flows import visits
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.registers import places


async def call_off(desk: Desk, actor: Actor, number: str) -> None:
    """Call the open visit of a booking off; the booking stays open. Raises NotFound, Refused, BadInput (no visit).

    The visit ended now, and with this instant the terms begin that the notice counts from its end.
    """

    async def act(sheet: Sheet) -> None:
        work = await visits.task(sheet, actor, number, "close", visits.PLANNING)
        moments = {visits.ENDS: sheet.at, visits.CALLED_OFF: sheet.at}
        over = msgspec.structs.replace(work.planned, closed=sheet.at, moments=moments, assigned="")
        line = await visits.line(sheet, work, "call_off", "visit called off")
        await visits.write(sheet, work.person, work.facts, work.version, {work.visit: over})
        await places.leave(sheet.tx, work.person, bytes.fromhex(work.booking))
        event = f"{over.kind}.{visits.CALLED_OFF}"
        await visits.announce(sheet, work, event, {"starts": str(work.planned.moments[visits.STARTS])}, line)

    return await desk.write(act)
