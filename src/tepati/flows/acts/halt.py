"""Room flows: a campaign is stopped: what has not left is taken back, what has left cannot be."""

from dataclasses import replace

from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.campaigns import may
from tepati.flows.desk import Desk, Sheet
from tepati.registers import campaigns


async def halt(desk: Desk, actor: Actor, campaign: bytes) -> None:
    """Have a campaign's remaining letters taken back, by the clock; one that is over stays as it is.

    Raises NotFound, Refused (this member of staff may not send, and so not stop).
    """

    async def act(sheet: Sheet) -> None:
        known = await campaigns.get(sheet.tx, desk.org, campaign)
        found = await campaigns.locked(sheet.tx, known) if known else None
        if found is None:
            raise NotFound("no_such_campaign")
        said = desk.notice.messages[found.message]
        may(sheet, actor, said)
        if found.state in {campaigns.STOPPING, campaigns.OVER}:
            return
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "campaign stopped", "message": found.message})
        await sheet.line(
            "campaign", promise=f"messages.{found.message}", purpose=said.for_, answer="cancelled", told=[told]
        )
        await campaigns.move(sheet.tx, replace(found, state=campaigns.STOPPING), 0, 0)

    await desk.write(act)
