"""Room flows: what a member of staff says of a promise, written down with its line in one transaction."""

from tepati.errors import BadInput
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import steward
from tepati.registers import observations
from tepati.registers.observations import Observation
from tepati.rules.types import clean

LONGEST = 200  # characters: a cause, a function or a place in a few words


async def testify(desk: Desk, actor: Actor, promise: str, kind: str, effect: str, words: str) -> None:
    """Write the line ``kind`` and the observation ``effect`` with its ``words``, which name no customer.

    Raises Refused (this member may not), NotFound (the notice makes no such promise), BadInput (no words, too many).
    """
    said = " ".join(clean("text", words).split())
    if len(said) > LONGEST:
        raise BadInput("faulty_form", {"words": "too_long"})

    async def act(sheet: Sheet) -> None:
        steward(sheet, actor, kind, promise)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": effect})
        line = await sheet.line(kind, promise=promise, purpose="proof", answer=effect, told=[told])
        await observations.add(sheet.tx, desk.org, desk.mac, Observation(promise, sheet.at, effect, said), line)

    await desk.write(act)
