"""Room flows: a declared message is tried on its sender: to their own staff address, marked as a test, sample data."""

from tepati.flows import post
from tepati.flows.actor import Actor
from tepati.flows.campaigns import declared, may
from tepati.flows.desk import Desk, Sheet

KIND = "rehearsal"


async def rehearse(desk: Desk, actor: Actor, message: str, language: str) -> None:
    """Mail a message to the actor's own address. No data of a customer stands in it.

    Raises NotFound (no message that goes to many), Refused (this member of staff may not send it; no way out).
    """
    said = declared(desk, message)

    async def act(sheet: Sheet) -> None:
        may(sheet, actor, said)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "tried on oneself", "message": message})
        line = await sheet.line(
            "campaign", promise=f"messages.{message}", purpose=said.for_, answer="asked", told=[told]
        )
        await post.put(sheet, actor.person, post.Letter(KIND, language, {"of": message}), line)

    await desk.write(act)
