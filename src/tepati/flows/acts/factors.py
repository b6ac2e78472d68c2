"""Room flows: by what a member of staff signs in: an authenticator, passkeys. One always remains; a lost one goes.

Who sits at a screen that was left open adds and takes away nothing: each wants a session of the last ten minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows import ending, guards, members, passkeys
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import Guard, Passkey
from tepati.flows.onetime import SECRET, step_of
from tepati.flows.passkeys import Shown
from tepati.flows.stewards import over_staff
from tepati.registers import sessions, staff
from tepati.registers.staff import Member
from tepati.rules.types import clean

FRESH = 600_000_000  # microseconds after signing in
PROMISE = "security.second_factor"
APP = b""  # names the authenticator among the keys


@dataclass(frozen=True, slots=True)
class Factors:
    """What a member signs in by; ``secret`` is the one that this session would enrol, empty where there is one."""

    app: bool
    keys: tuple[Passkey, ...]
    secret: bytes
    fresh: bool


async def factors(desk: Desk, actor: Actor, session: str) -> Factors:
    """Say what the actor signs in by. Raises Expired, Tampered."""

    async def look(sheet: Sheet) -> Factors:
        member = await members.present(sheet, actor.person, members.floor(desk, actor.person))
        guard = guards.opened(desk, actor.person, member.factor)
        secret = b"" if guard.secret else _secret(desk, actor, session)
        return Factors(bool(guard.secret), guard.keys, secret, await _since(sheet, actor, session) + FRESH > sheet.at)

    return await desk.read(look)


async def add_key(desk: Desk, actor: Actor, session: str, shown: Shown, label: str) -> None:
    """Add a passkey. Raises Refused (signed in too long ago), BadInput (it does not hold), Expired."""

    def more(guard: Guard, at: int) -> Guard:
        try:
            return passkeys.made(desk, guard, shown, label, at)
        except passkeys.Wrong:
            raise BadInput("faulty_form", {"key": "passkey_wrong"}) from None

    await _add(desk, actor, session, more)


async def add_app(desk: Desk, actor: Actor, session: str, code: str) -> None:
    """Add the authenticator that shows ``code``, where there is none. Raises as ``add_key``."""

    def more(guard: Guard, at: int) -> Guard:
        secret = _secret(desk, actor, session)
        step = step_of(secret, code, at)
        if guard.secret or not step:
            raise BadInput("faulty_form", {"code": "factor_there" if guard.secret else "factor_wrong"})
        return msgspec.structs.replace(guard, secret=secret, step=step)

    await _add(desk, actor, session, more)


async def _add(desk: Desk, actor: Actor, session: str, more: Callable[[Guard, int], Guard]) -> None:
    async def act(sheet: Sheet) -> None:
        member = await _own(sheet, actor, session)
        factor = more(guards.opened(desk, actor.person, member.factor), sheet.at)
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "factor added"})
        line = await sheet.line("factor", promise=PROMISE, purpose="staff_access", told=[told])
        await staff.change(sheet.tx, desk.mac, replace(member, factor=guards.sealed(desk, actor.person, factor)), line)
        await members.tell(sheet, actor.person, members.ON, line)

    await desk.write(act)


async def remove(desk: Desk, actor: Actor, session: str, key: bytes) -> None:
    """Take one factor of the actor's own away (a key's id, or APP); all their sessions end.

    Raises Refused (signed in too long ago), BadInput (the last one), NotFound, Expired.
    """

    async def act(sheet: Sheet) -> None:
        told = sheet.to_actor(actor.person, {"at": sheet.at, "effect": "factor removed"})
        line = await sheet.line("factor", promise=PROMISE, purpose="staff_access", told=[told])
        await _less(sheet, await _own(sheet, actor, session), key, line)

    await desk.write(act)


async def take_away(desk: Desk, actor: Actor, email: str, key: bytes) -> None:
    """Take a lost factor away from another member; their sessions end.

    Raises Refused (written down), BadInput (the last one, which is never taken away), NotFound.
    """

    async def act(sheet: Sheet) -> None:
        over_staff(sheet, actor, "factor")
        person = await desk.vault.find(sheet.tx, "staff.email", clean("email", email))
        if person is None:
            raise NotFound("staff")
        member = await members.present(sheet, person, members.floor(desk, person))
        told = [
            sheet.to_actor(person, {"at": sheet.at, "effect": "factor taken away"}),
            sheet.to_actor(actor.person, {"at": sheet.at, "effect": "took a factor away"}),
        ]
        line = await sheet.line("factor", promise=PROMISE, purpose="staff_access", told=told)
        await _less(sheet, member, key, line)

    await desk.write(act)


async def _less(sheet: Sheet, member: Member, key: bytes, line: bytes) -> None:
    guard = guards.opened(sheet.desk, member.person, member.factor)
    left = _without(guard, key)
    if left == guard:
        raise NotFound("page")
    if not (left.secret or any(not one.stopped for one in left.keys)):
        raise BadInput("faulty_form", {"key": "factor_last"})
    await members.narrow(sheet, replace(member, factor=guards.sealed(sheet.desk, member.person, left)), line)
    await ending.all_sessions(sheet, member.person)
    await members.tell(sheet, member.person, members.OFF, line)


def _without(guard: Guard, key: bytes) -> Guard:
    if key == APP:
        return msgspec.structs.replace(guard, secret=b"", step=0)
    return msgspec.structs.replace(guard, keys=tuple(one for one in guard.keys if one.id != key))


async def _own(sheet: Sheet, actor: Actor, session: str) -> Member:
    """Return the actor as a member, in a session that is new enough. Raises Refused, Expired, Tampered."""
    floor = members.floor(sheet.desk, actor.person)
    if await _since(sheet, actor, session) + FRESH <= sheet.at:
        raise Refused("sign_in_again", PROMISE)
    return await members.present(sheet, actor.person, floor)


async def _since(sheet: Sheet, actor: Actor, session: str) -> int:
    desk = sheet.desk
    secret = desk.vault.index("session", session)
    alive = ending.live(desk, secret)
    found = await sessions.valid(sheet.tx, desk.mac, desk.org, actor.person, secret, sheet.at)
    if not alive or found.kind != "staff":
        raise Expired("session")
    return found.made


def _secret(desk: Desk, actor: Actor, session: str) -> bytes:
    """Make the secret that this session may enrol, as a person's (``guarding.secret_of``)."""
    return desk.mac(b"enrol authenticator" + actor.person + desk.vault.index("session", session))[:SECRET]
