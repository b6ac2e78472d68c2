"""Room flows: a member of staff as the door may trust them: verified, not gone, and not an older row put back.

An old row carries its own MAC. What was taken away (roles, a password, the whole account) therefore raises a floor in
the key store, below which no version of the row is believed: neither by SQL nor by a restore does it come back.
"""

import base64
from dataclasses import replace

from tepati.errors import Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.flows.onetime import SECRET, step_of
from tepati.registers import sessions, staff
from tepati.registers.staff import Member

SESSION = 8 * 3_600_000_000  # a working day


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


def taken(desk: Desk, member: Member, code: str, at: int) -> bytes:
    """Return the factor that remembers this code as taken; b"" for a wrong code, or one not newer than the last taken.

    A code works once (RFC 6238 section 5.2). The row's version lets one of two sign-ins with one code win.
    """
    opened = desk.open_factor(member.person, member.factor)
    secret, last = opened[:SECRET], int.from_bytes(opened[SECRET:])
    step = step_of(secret, code, at)
    return desk.seal_factor(member.person, secret + step.to_bytes(8)) if step > last else b""


async def seated(sheet: Sheet, member: Member, factor: bytes, effect: str) -> str:
    """Open a session of a member, who gave a code (the factor that remembers it) or another's word for it (b"").

    Return its secret, which is kept nowhere else. Raises Conflict.
    """
    desk, token = sheet.desk, base64.urlsafe_b64encode(member.person + sheet.desk.random(24)).decode()
    told = sheet.to_actor(member.person, {"at": sheet.at, "effect": effect})
    line = await sheet.line("sign_in", promise="security.second_factor", purpose="staff_access", told=[told])
    now = await staff.change(sheet.tx, desk.mac, replace(member, factor=factor), line) if factor else member
    secret = desk.vault.index("session", token)
    session = sessions.Session(member.person, secret, "staff", sheet.at, sheet.at + SESSION, now.version)
    await sessions.add(sheet.tx, desk.mac, desk.org, session, line)
    return token


async def narrow(sheet: Sheet, member: Member, ledger_id: bytes) -> Member:
    """Write a member from whom something was taken away; no older row is believed from now on. Raises Conflict."""
    new = await staff.change(sheet.tx, sheet.desk.mac, member, ledger_id)
    sheet.desk.vault.raise_floor(sheet.tx, member.person, new.version)
    return new
