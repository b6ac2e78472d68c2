"""Room flows: a declared promotion goes to all whose state allows it, from confirming it until everybody is queued."""

import hashlib

from tepati.flows import campaigns
from tepati.flows.actor import Actor
from tepati.flows.campaigns import Sent
from tepati.flows.desk import Desk
from tepati.registers import campaigns as register

__all__ = ["Sent", "campaign", "launch"]


def named(once: bytes) -> bytes:
    """Name the campaign of a form: the same form twice is one."""
    return hashlib.sha256(b"campaign" + once).digest()[:16]


async def launch(desk: Desk, actor: Actor, message: str, once: bytes) -> bytes:
    """Confirm a campaign, which then goes by the clock; return its name. ``once`` is the form's own id.

    Raises NotFound (no message that goes to many), Refused (this member of staff may not send it; no way out).
    """
    await campaigns.confirm(desk, actor, message, named(once))
    return named(once)


async def campaign(desk: Desk, actor: Actor, message: str) -> Sent:
    """Confirm a campaign and queue it for everybody whose state allows it. Raises NotFound, Refused."""
    name = await launch(desk, actor, message, desk.random(16))
    while (found := await desk.read(lambda sheet: register.get(sheet.tx, desk.org, name))) is not None:
        if not await campaigns.advance(desk, found):
            break
    done = await desk.read(lambda sheet: register.get(sheet.tx, desk.org, name))
    return Sent(done.queued, done.refused) if done else Sent(0, 0)
