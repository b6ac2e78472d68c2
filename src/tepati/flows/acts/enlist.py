"""Room flows: who answers for the staff lets a member connect their account at the company's own sign-in provider.

The invitation is no key: the member connects it themselves, signed in with password and code. Once, and while the
invitation stands; whoever leaves loses both.
"""

from dataclasses import dataclass

from tepati.errors import BadInput, NotFound
from tepati.flows import connecting, ending, members
from tepati.flows.actor import Actor
from tepati.flows.connecting import INVITED, STAFF
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import over_staff
from tepati.registers import connections
from tepati.rules.types import clean

PROMISE = "security.second_factor"


@dataclass(frozen=True, slots=True)
class State:
    """Since when a member is invited, and since when an account is connected; 0: not."""

    invited: int = 0
    connected: int = 0


async def enlist(desk: Desk, actor: Actor, email: str) -> None:
    """Invite the member with this address. Raises Refused (written down), NotFound, BadInput (there is one)."""
    person = await desk.read(lambda sheet: _person(sheet, email))

    async def act(sheet: Sheet) -> None:
        floor = members.floor(desk, person)
        over_staff(sheet, actor, "enlist")
        await members.present(sheet, person, floor)
        if await connecting.of(sheet, person):
            raise BadInput("sign_in_connected")
        told = [
            sheet.to_person(person, {"at": sheet.at, "effect": "invited"}),
            sheet.to_actor(actor.person, {"at": sheet.at, "effect": "invited a member of staff"}),
        ]
        line = await sheet.line("enlist", promise=PROMISE, purpose="staff_access", told=told)
        await connections.add(sheet.tx, desk.mac, desk.org, connecting.invitation(sheet, person), line)

    await desk.write(act)


async def state(desk: Desk, actor: Actor) -> State:
    """Say how a member stands with the company's provider. Raises Tampered."""

    async def look(sheet: Sheet) -> State:
        found = {one.provider: one.made for one in await connecting.of(sheet, actor.person)}
        return State(found.get(INVITED, 0), found.get(STAFF, 0))

    return await desk.read(look)


async def part(desk: Desk, actor: Actor) -> None:
    """Take one's own account away again. Raises NotFound (there is none), Tampered."""

    async def act(sheet: Sheet) -> None:
        mine = [one for one in await connecting.of(sheet, actor.person) if one.provider == STAFF]
        if not mine:
            raise NotFound("page")
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "disconnected the company account"})
        line = await sheet.line("part", promise=PROMISE, purpose="staff_access", told=[told])
        for one in mine:
            await ending.connection(sheet, one)
        await members.tell(sheet, actor.person, members.OFF, line)

    await desk.write(act)


async def _person(sheet: Sheet, email: str) -> bytes:
    try:
        found = await sheet.desk.vault.find(sheet.tx, "staff.email", clean("email", email))
    except BadInput:
        found = None
    if found is None:
        raise NotFound("staff")
    return found
