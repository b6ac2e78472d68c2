"""Room flows: what a browser, mailbox or program holds is ended for good: session, device, link, API key, connection.

A row that SQL puts back verifies by its own MAC, for it was ours. Its name in the key store says that it is over, until
the row would have been over by itself. docs/decisions/0024-what-ended-is-named-in-the-key-store.md.
"""

from tepati.errors import NotFound, Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.registers import api_keys, connections, devices, links, sessions
from tepati.registers.api_keys import ApiKey
from tepati.registers.connections import Connection
from tepati.registers.devices import Device
from tepati.registers.links import Link
from tepati.registers.sessions import Session
from tepati.rules.facts import FOREVER

KEY_LIFE = 365 * 86_400_000_000  # the longest that a key of a program lives


def live(desk: Desk, secret: bytes) -> bool:
    """Say whether a session (the keyed hash of its secret) was not ended. Ask before the first statement: later, in a
    snapshot, one that ended meanwhile would look like one put back.
    """
    return not desk.vault.ended("session", secret)


def stands(*, alive: bool) -> None:
    """Refuse the row of a session that was found although it had ended. Raises Tampered."""
    if not alive:
        raise Tampered("session_old")


async def session(sheet: Sheet, one: Session) -> int:
    """End one session; 0 where it was not there."""
    sheet.desk.vault.end_row(sheet.tx, "session", one.secret, one.expires)
    return await sessions.end(sheet.tx, one.person, one.secret)


async def all_sessions(sheet: Sheet, person: bytes, but: bytes = b"") -> int:
    """End all sessions of a person, or all but one (the keyed hash of its secret); return how many."""
    running = await sessions.of(sheet.tx, person, sheet.at)
    return sum([await session(sheet, one) for one in running if one.secret != but])


async def api_key(sheet: Sheet, one: ApiKey) -> int:
    """End one key of a program; 0 where it was not there. SQL may have brought its end nearer: a year is remembered."""
    sheet.desk.vault.end_row(sheet.tx, "api_key", one.secret, sheet.at + KEY_LIFE)
    return await api_keys.end(sheet.tx, one.person, one.secret)


async def all_keys(sheet: Sheet, person: bytes) -> int:
    """End all keys that a member made; return how many."""
    return sum([await api_key(sheet, one) for one in await api_keys.of(sheet.tx, person)])


async def known_device(sheet: Sheet, person: bytes, secret: bytes) -> Device:
    """Return a device of this person that is not over. Raises NotFound (also: it was ended), Tampered."""
    desk = sheet.desk
    found = await devices.get(sheet.tx, desk.mac, desk.org, person, secret, sheet.at)
    if desk.vault.ended("device", _asked(found)):
        raise NotFound("device")
    return found


async def device(sheet: Sheet, person: bytes, secret: bytes) -> int:
    """Forget one device; 0 where it was not there. Asked for again, it begins anew."""
    desk = sheet.desk
    try:
        found = await devices.get(sheet.tx, desk.mac, desk.org, person, secret, sheet.at)
    except NotFound:
        return await devices.end(sheet.tx, person, secret)
    desk.vault.end_row(sheet.tx, "device", _asked(found), found.expires)
    return await devices.end(sheet.tx, person, secret)


async def connection(sheet: Sheet, one: Connection) -> int:
    """End one account of a provider; 0 where it was not there. Connected again, it begins anew."""
    sheet.desk.vault.end_row(sheet.tx, "connection", _connected(one), FOREVER)
    return await connections.end(sheet.tx, one.person, one.secret)


def connected(desk: Desk, one: Connection) -> bool:
    """Say whether a connection that was found was not ended: neither SQL nor a restore brings it back."""
    return not desk.vault.ended("connection", _connected(one))


def _connected(one: Connection) -> bytes:
    return one.person + one.secret + one.made.to_bytes(8)


def _asked(one: Device) -> bytes:
    return one.secret + one.made.to_bytes(8)


async def use(sheet: Sheet, link: Link) -> bool:
    """Use a link up, for good; False where somebody was first."""
    sheet.desk.vault.end_row(sheet.tx, "link", link.secret, link.expires)
    return bool(await links.use(sheet.tx, link.person, link.secret, sheet.at))
