"""Room flows: a booking is done: it closes with its visit, and from then on its terms run and its roles see nothing."""

import msgspec

from tepati.errors import BadInput
from tepati.flows import visits
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.registers import places


async def close(desk: Desk, actor: Actor, number: str) -> None:
    """Close an open booking and its visit. Raises NotFound, Refused, BadInput (a visit is still ahead)."""

    async def act(sheet: Sheet) -> None:
        work = await visits.task(sheet, actor, number, "close", visits.PLANNING)
        if work.visit and work.planned.moments[visits.STARTS] > sheet.at:
            raise BadInput("visit_ahead")
        await visits.line(sheet, work, "close", "closed")
        names = [work.booking, work.visit] if work.visit else [work.booking]
        over = {name: msgspec.structs.replace(work.facts.dealings[name], closed=sheet.at) for name in names}
        await visits.write(sheet, work.person, work.facts, work.version, over)
        await places.leave(sheet.tx, work.person, bytes.fromhex(work.booking))

    return await desk.write(act)
