"""Room flows: a member of staff as the door may trust them: verified, not gone, and not an older row put back.

An old row carries its own MAC. What was taken away (roles, a password, the whole account) therefore raises a floor in
the key store, below which no version of the row is believed: neither by SQL nor by a restore does it come back.
"""

from tepati.errors import Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.registers import staff
from tepati.registers.staff import Member


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


async def narrow(sheet: Sheet, member: Member, ledger_id: bytes) -> Member:
    """Write a member from whom something was taken away; no older row is believed from now on. Raises Conflict."""
    new = await staff.change(sheet.tx, sheet.desk.mac, member, ledger_id)
    sheet.desk.vault.raise_floor(sheet.tx, member.person, new.version)
    return new
