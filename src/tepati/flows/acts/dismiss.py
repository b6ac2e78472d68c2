"""Room flows: a member of staff leaves, and signs out. Their sessions, password, codes and API keys end."""

from dataclasses import replace

from tepati.errors import BadInput, NotFound
from tepati.flows import connecting, ending, members
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import over_staff
from tepati.registers import sessions
from tepati.rules.types import clean

PURPOSE = "staff_access"


async def dismiss(desk: Desk, actor: Actor, email: str) -> int:
    """Dismiss the member with this address; return how many sessions ended. Raises NotFound, Refused, Tampered."""
    person = await _person(desk, email)

    async def act(sheet: Sheet) -> int:
        floor = members.floor(desk, person)
        over_staff(sheet, actor, "dismiss")
        member = await members.present(sheet, person, floor)
        told = [
            sheet.to_person(person, {"at": sheet.at, "effect": "left"}),
            sheet.to_actor(actor.person, {"at": sheet.at, "effect": "dismissed a member of staff"}),
        ]
        line = await sheet.line("dismiss", promise="roles", purpose=PURPOSE, told=told)
        await members.narrow(sheet, replace(member, gone=sheet.at, roles=()), line)
        await desk.vault.stop(sheet.tx, person, "staff", sheet.at)
        await ending.all_keys(sheet, person)
        for one in await connecting.of(sheet, person):
            await ending.connection(sheet, one)
        return await ending.all_sessions(sheet, person)

    return await desk.write(act)


async def _person(desk: Desk, email: str) -> bytes:
    async def look(sheet: Sheet) -> bytes:
        try:
            found = await desk.vault.find(sheet.tx, "staff.email", clean("email", email))
        except BadInput:
            found = None
        if found is None:
            raise NotFound("staff")
        return found

    return await desk.read(look)


async def sign_out(desk: Desk, actor: Actor, token: str) -> bool:
    """End the session that ``token`` is the secret of; False where it had ended already."""

    async def act(sheet: Sheet) -> bool:
        secret = desk.vault.index("session", token)
        running = [one for one in await sessions.of(sheet.tx, actor.person, sheet.at) if one.secret == secret]
        if not running:
            return False
        await ending.session(sheet, running[0])
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "signed out"})
        await sheet.line("sign_out", promise="security.second_factor", purpose=PURPOSE, told=[told])
        return True

    return await desk.write(act)
