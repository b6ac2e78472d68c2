"""Room flows: a person ends a device or the sessions of their privacy centre; a mailed link is enough to take away."""

from tepati.errors import BadInput
from tepati.flows import ending
from tepati.flows.desk import Desk, Sheet
from tepati.flows.visitors import Visitor
from tepati.registers import sessions

PROMISE = "rights.access"


async def forget(desk: Desk, who: Visitor, device: str) -> None:
    """Forget one device (hex of its keyed hash), or with "" end all sessions but this one. Raises BadInput."""
    try:
        secret = bytes.fromhex(device)
    except ValueError:
        raise BadInput("faulty_form", {"device": "not_text"}) from None

    async def act(sheet: Sheet) -> None:
        await sheet.facts(who.person)
        ended = await ending.device(sheet, who.person, secret) if secret else await _others(sheet, who)
        if ended:
            effect = "device ended" if secret else "sessions ended"
            told = sheet.to_person(who.person, {"at": sheet.at, "role": "person", "effect": effect})
            await sheet.line("enter", promise=PROMISE, purpose="proof", answer="ended", told=[told])

    await desk.write(act)


async def _others(sheet: Sheet, who: Visitor) -> int:
    running = [one for one in await sessions.of(sheet.tx, who.person, sheet.at) if one.secret != who.session]
    return sum([await ending.session(sheet, one) for one in running])
