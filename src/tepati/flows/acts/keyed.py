"""Room flows: keys of the organisation's own programs: made, listed, ended, and asked for at each call of the API.

A key acts for the member who made it, in one role, from declared networks, until its end. It is shown once. Unknown,
over, ended and used from elsewhere look alike to the caller; from elsewhere it is an alarm, for somebody has it.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from tepati.errors import BadInput, Expired, NotFound, Tampered
from tepati.flows import ending, members
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import over_staff, speaks
from tepati.flows.together import peek
from tepati.flows.told import Says
from tepati.registers import api_keys, observations, staff
from tepati.registers.api_keys import ApiKey
from tepati.registers.observations import Observation

PURPOSE = "staff_access"
MARK = "tpk_"  # begins every key: a scanner of leaked secrets finds it
DAY = 86_400_000_000
DAYS = ending.KEY_LIFE // DAY
NETWORKS = 20
WIDEST = {4: 8, 6: 32}  # bits that a network names at least
RANDOM = 24  # bytes
LINK = "one_time_link"  # the door of roles whose holders are mailed what they may see, and act by nothing else
ELSEWHERE = "key_elsewhere"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a key is to be: one role, networks as CIDR, and days until it ends."""

    role: str
    networks: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Held:
    """A key in the list; ``sound`` is False where SQL changed its row, or put it back: it opens nothing.

    ``idle``: it opens nothing either, for a later version took its role away or gave that role a voice.
    """

    key: ApiKey
    sound: bool
    idle: bool


async def make(desk: Desk, actor: Actor, wanted: Wanted) -> tuple[str, ApiKey]:
    """Make a key; return its secret, which is kept nowhere, and its row. Raises BadInput, Refused (written down).

    No role that speaks for the organisation is given: whoever makes the key would hold a second voice.
    """
    networks = _checked(desk, wanted)
    secret = MARK + base64.urlsafe_b64encode(actor.person + desk.random(RANDOM)).decode()

    async def act(sheet: Sheet) -> ApiKey:
        over_staff(sheet, actor, "make_key")
        until = sheet.at + wanted.days * DAY
        key = ApiKey(actor.person, _hash(desk, secret), wanted.role, networks, sheet.at, until)
        says: Says = {"at": sheet.at, "role": key.role, "reason": key.name, "effect": "made an API key", "until": until}
        line = await sheet.line("make_key", promise="roles", purpose=PURPOSE, told=[sheet.to_actor(actor.person, says)])
        await api_keys.add(sheet.tx, desk.mac, desk.org, key, line)
        return key

    return secret, await desk.write(act)


async def running(desk: Desk, actor: Actor) -> list[Held]:
    """List the keys that are not over, the newest first. Raises Refused (written down)."""

    async def act(sheet: Sheet) -> list[Held]:
        over_staff(sheet, actor, "list_keys")
        found = await api_keys.running(sheet.tx, desk.mac, desk.org, sheet.at)
        return [
            Held(key, sound and not desk.vault.ended("api_key", key.secret), not _gives(desk, key.role))
            for key, sound in found
        ]

    return await desk.write(act)


async def end(desk: Desk, actor: Actor, name: str) -> str:
    """End the key whose hash (hex) begins so; return its name. Raises NotFound (none, or several), Refused."""

    async def act(sheet: Sheet) -> str:
        over_staff(sheet, actor, "end_key")
        listed = await api_keys.running(sheet.tx, desk.mac, desk.org, sheet.at)
        found = [key for key, _ in listed if len(name) >= len(key.name) and key.secret.hex().startswith(name)]
        if len(found) != 1:
            raise NotFound("api_key")
        says: Says = {"at": sheet.at, "role": found[0].role, "reason": found[0].name, "effect": "ended an API key"}
        told = [sheet.to_actor(actor.person, says)]
        await sheet.line("end_key", promise="roles", purpose=PURPOSE, told=told)
        await ending.api_key(sheet, found[0])
        return found[0].name

    return await desk.write(act)


async def keyed(desk: Desk, token: str, address: str) -> Actor:
    """Say for whom a key acts that came from a network address.

    Raises Expired (unknown, over, ended, its maker gone, from elsewhere: alike), Tampered (alarmed).
    """

    async def look(sheet: Sheet) -> tuple[Actor, ApiKey]:
        try:
            person = base64.urlsafe_b64decode(token.removeprefix(MARK).encode())[:16]
            secret, floor = _hash(desk, token), members.floor(desk, person)
            ended = desk.vault.ended("api_key", secret)
            await staff.ask(sheet.tx, person)
            key = await api_keys.valid(sheet.tx, desk.mac, desk.org, person, secret, sheet.at)
            if ended:
                raise Tampered("key_old")
            member = await members.present(sheet, person, floor)
        except (ValueError, NotFound):
            raise Expired("session") from None
        if member.org != desk.org or not _gives(desk, key.role):
            raise Expired("session")
        return Actor(person, (key.role,), member.undertaken, key.name), key

    try:
        actor, key = await peek(desk, look)
    except Tampered as tampered:
        await desk.alarm(tampered)
        raise Expired("session") from None
    if not _within(address, key.networks):
        await _elsewhere(desk, key)
        raise Expired("session")
    return actor


def _gives(desk: Desk, role: str) -> bool:
    """Say whether a key gives a role in this version: it may be declared no longer, or have a voice or a door now."""
    declared = desk.notice.roles.get(role)
    return declared is not None and declared.by != LINK and not speaks(desk.notice, role)


def is_key(token: str) -> bool:
    """Say whether a bearer has the form of a key; a session has another."""
    return hmac.compare_digest(token[: len(MARK)].encode("utf-8", "surrogatepass"), MARK.encode())


def _hash(desk: Desk, token: str) -> bytes:
    return desk.vault.index("api_key", token)


def _checked(desk: Desk, wanted: Wanted) -> tuple[str, ...]:
    """Return the networks in their normal form. Raises BadInput, a fault for each field."""
    faults, networks = dict[str, str](), list[IPv4Network | IPv6Network]()
    if wanted.role not in desk.notice.roles:
        faults["role"] = "role_undeclared"
    elif speaks(desk.notice, wanted.role):
        faults["role"] = "role_by_operator"
    elif desk.notice.roles[wanted.role].by == LINK:
        faults["role"] = "role_by_link"
    if not 1 <= wanted.days <= DAYS:
        faults["days"] = "key_days"
    try:
        networks = [_network(one) for one in wanted.networks]
        if not 1 <= len(networks) <= NETWORKS:
            faults["networks"] = "key_networks"
    except ValueError:
        faults["networks"] = "key_networks"
    if faults:
        raise BadInput("bad_key", faults)
    return tuple(dict.fromkeys(str(one) for one in networks))


def _network(said: str) -> IPv4Network | IPv6Network:
    """Read a CIDR; 10.0.0.5/8 is somebody's mistake, and a network of half the world is none. Raises ValueError."""
    found = ip_network(said)
    if found.prefixlen < WIDEST[found.version] or "%" in said:
        raise ValueError
    return found


def _within(address: str, networks: Sequence[str]) -> bool:
    """Say whether an address lies in a network; an IPv4 address within IPv6 is that IPv4 address (RFC 4291 2.5.5.2)."""
    try:
        where = ip_address(address)
    except ValueError:
        return False
    if isinstance(where, IPv6Address):
        where = where.ipv4_mapped or where
    return any(where in ip_network(one) for one in networks)


async def _elsewhere(desk: Desk, key: ApiKey) -> None:
    """Write down, once an hour for a key, that it was used from elsewhere; the address is nobody's to keep."""
    if not desk.repeated.first(f"{ELSEWHERE}.{key.name}", desk.now()):
        return

    async def act(sheet: Sheet) -> None:
        says: Says = {"at": sheet.at, "role": key.role, "reason": key.name, "effect": "API key used from elsewhere"}
        told = [sheet.to_actor(key.person, says)]
        line = await sheet.line("use_key", promise=f"roles.{key.role}", purpose="security", answer="refused", told=told)
        seen = Observation(f"roles.{key.role}", sheet.at, observations.UNDECLARED, ELSEWHERE)
        await observations.add(sheet.tx, desk.org, desk.mac, seen, line)

    await desk.write(act)
