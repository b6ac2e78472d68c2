"""Room flows: a member of staff as the door may trust them: verified, not gone, and not an older row put back.

An old row carries its own MAC. What was taken away (roles, a password, the whole account) therefore raises a floor in
the key store, below which no version of the row is believed: neither by SQL nor by a restore does it come back.
"""

import base64
from dataclasses import replace

from tepati.errors import Tampered
from tepati.flows import ending, guards, passkeys, post
from tepati.flows.desk import Desk, Sheet
from tepati.flows.passkeys import Shown
from tepati.notice.model import Notice
from tepati.registers import sessions, staff
from tepati.registers.staff import Member

SESSION = 8 * 3_600_000_000  # a working day
PROMISE = "security.second_factor"
ON, OFF, COPY = "staff_way_on", "staff_way_off", "staff_key_copied"  # letters: what became of a way to sign in
LETTERS = (ON, OFF, COPY)


def at_console(notice: Notice, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Name the roles in which a member acts at the console: not those whose door is another (``roles.<r>.by``)."""
    return tuple(role for role in roles if role not in notice.roles or notice.roles[role].by == "console")


def floor(desk: Desk, person: bytes) -> int:
    """Return the lowest version that is believed. Ask before the transaction's first statement: it never goes down."""
    return desk.vault.floor(person)


async def present(sheet: Sheet, person: bytes, floor: int) -> Member:
    """Return a member who has not left. Raises NotFound, Tampered."""
    return _believed(await staff.present(sheet.tx, sheet.desk.mac, person), floor)


async def in_session(sheet: Sheet, person: bytes, secret: bytes, floor: int) -> Member:
    """Return the member who holds a session that is not over. Raises NotFound, Tampered."""
    desk = sheet.desk
    member, session = await staff.in_session(sheet.tx, desk.mac, desk.org, person, secret, sheet.at)
    if session.version < floor:
        raise Tampered("session_old", version=session.version, newest=floor)
    return _believed(member, floor)


def _believed(member: Member, floor: int) -> Member:
    """Refuse an older row of a member that was put back. Raises Tampered."""
    if member.version < floor:
        raise Tampered("staff_old", version=member.version, newest=floor)
    return member


async def proven(sheet: Sheet, member: Member, proof: str | Shown, effect: str) -> str:
    """Take a second factor, a code or a passkey, once, and open a session; return its secret.

    "" where it is wrong or was used before, ``passkeys.COPIED`` where there are two of the key, which is stopped then.
    """
    desk = sheet.desk
    before = guards.opened(desk, member.person, member.factor)
    after = passkeys.taken(desk, member.person, before, proof, sheet.at)
    if after is None:
        return ""
    changed = replace(member, factor=guards.sealed(desk, member.person, after))
    if passkeys.copied(before, after):
        await _stop(sheet, changed)
        return passkeys.COPIED
    return await seated(sheet, changed, effect, changed=True)


async def seated(sheet: Sheet, member: Member, effect: str, *, changed: bool = False) -> str:
    """Open a session of a member, and write their row where it changed; return the secret, kept nowhere else."""
    desk, token = sheet.desk, base64.urlsafe_b64encode(member.person + sheet.desk.random(24)).decode()
    told = sheet.to_actor(member.person, {"at": sheet.at, "effect": effect})
    line = await sheet.line("sign_in", promise=PROMISE, purpose="staff_access", told=[told])
    now = await staff.change(sheet.tx, desk.mac, member, line) if changed else member
    secret = desk.vault.index("session", token)
    session = sessions.Session(member.person, secret, "staff", sheet.at, sheet.at + SESSION, now.version)
    await sessions.add(sheet.tx, desk.mac, desk.org, session, line)
    return token


async def _stop(sheet: Sheet, member: Member) -> None:
    """Stop a key of which there are two, with every session: nobody knows who holds which."""
    told = sheet.to_actor(member.person, {"at": sheet.at, "effect": "passkey copied"})
    line = await sheet.line("factor", promise=PROMISE, purpose="staff_access", told=[told])
    await narrow(sheet, member, line)
    await ending.all_sessions(sheet, member.person)
    await passkeys.warded(sheet, PROMISE, line)
    await tell(sheet, member.person, COPY, line)


async def tell(sheet: Sheet, person: bytes, kind: str, ledger_id: bytes) -> None:
    """Write to a member's mailbox that a way by which they sign in changed: who did not do it learns of it there."""
    language = sheet.desk.notice.organisation.languages[0]
    fills = {"at": str(sheet.at), "link": sheet.desk.url("factors", language, "")}
    await post.put(sheet, person, post.Letter(kind, language, fills), ledger_id)


async def narrow(sheet: Sheet, member: Member, ledger_id: bytes) -> Member:
    """Write a member from whom something was taken away; no older row is believed from now on. Raises Conflict."""
    new = await staff.change(sheet.tx, sheet.desk.mac, member, ledger_id)
    sheet.desk.vault.raise_floor(sheet.tx, member.person, new.version)
    return new
