"""Room flows: a member of staff is shown their own name, once when they sign in; they read it as any person does."""

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.opening import opened
from tepati.rules.facts import Use

NAME = "staff.name"


async def greet(desk: Desk, actor: Actor) -> str:
    """Return the actor's own name. Raises NotFound, Refused (their data has ended)."""

    async def act(sheet: Sheet) -> str:
        facts, _ = await sheet.facts(actor.person)
        use = Use(act="show", purpose="requests", fields=frozenset({NAME}), at=0, role="person", person=actor.person)
        permit = await sheet.ask(use, facts)
        values = await opened(sheet, permit, facts)
        told = sheet.told_of(use, known=True)
        await sheet.line("show", promise=permit.promise, purpose="requests", answer="allowed", told=told)
        return values[NAME]

    return await desk.write(act)
