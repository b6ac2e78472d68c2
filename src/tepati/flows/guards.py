"""Room flows: how a person guards their own account: an authenticator, codes for when it is lost, a password beside it.

All of it is one sealed row under a MAC, and no older row is believed: whoever has SQL takes no second factor away,
neither by putting a row back nor by deleting it. docs/decisions/0047-what-guards-an-account.md.
"""

import base64
import hmac
from dataclasses import dataclass

import msgspec

from tepati.errors import Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.flows.onetime import step_of
from tepati.registers import accounts, sessions
from tepati.registers.accounts import Account

PROMISE = "security.own_account"
SESSION = 3_600_000_000  # as by a mailed link (flows.visitors)
CODES, CODE = 10, 5  # recovery codes, and random bytes of each: 40 bits behind five tries in five minutes
LOST = frozenset({"account_old", "account_tampered"})  # what guards is there, and nothing satisfies it
PROVEN = 1  # version of a person's session in which the second factor was given


class Passkey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key that a device keeps for a person: its id, its public part (COSE), how often it says it signed.

    ``kind`` is the coarse kind of device it was made on, the only name it has; ``carried``: an account of the person's
    copies it between devices. ``stopped`` is the instant at which there turned out to be two of it (microseconds).
    """

    id: bytes
    public: bytes
    count: int = 0
    kind: str = "other"
    made: int = 0
    used: int = 0
    stopped: int = 0
    carried: bool = False


class Guard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed: the authenticator's secret, its newest step taken, codes as hashes, the password as one, keys.

    ``taken`` names challenges that a key answered, while they would still be in time. ``ends`` is the instant at which
    all of it ends, where staff saw a person who lost it (``acts/lose``); 0 where nobody did.
    """

    secret: bytes = b""
    step: int = 0
    since: int = 0
    codes: tuple[bytes, ...] = ()
    password: str = ""
    keys: tuple[Passkey, ...] = ()
    taken: tuple[bytes, ...] = ()
    ends: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A person's guard with the version of its row; 0 where there is none."""

    guard: Guard
    version: int = 0

    @property
    def enrolled(self) -> bool:
        """Say whether a second factor is asked for."""
        return bool(self.guard.secret or self.guard.keys)

    @property
    def keyed(self) -> bool:
        """Say whether a passkey may be used."""
        return any(not key.stopped for key in self.guard.keys)


NONE = Held(Guard())


def offered(desk: Desk) -> bool:
    """Say whether the notice promises a page for guarding one's account."""
    return desk.notice.security.own_account == "page"


async def quick(sheet: Sheet, person: bytes) -> Held:
    """Read a guard at the head of a transaction; whoever never had one costs no statement. Raises Tampered."""
    floor = sheet.desk.vault.account_floor(person)
    return await of(sheet, person, floor) if floor else NONE


async def of(sheet: Sheet, person: bytes, floor: int) -> Held:
    """Read a guard; ``floor`` was asked before the first statement. Raises Tampered: put back, deleted, or forged."""
    found = await accounts.get(sheet.tx, sheet.desk.mac, sheet.desk.org, person)
    if (found.version if found else 0) < floor:
        raise Tampered("account_old", version=found.version if found else 0, newest=floor)
    if found is None:
        return NONE
    guard = opened(sheet.desk, person, found.factors)
    return Held(Guard() if 0 < guard.ends <= sheet.at else guard, found.version)


def opened(desk: Desk, person: bytes, sealed: bytes) -> Guard:
    """Open what guards a person's account, or a member's of staff. Raises Tampered."""
    return msgspec.msgpack.decode(desk.open_factor(person, sealed), type=Guard)


def sealed(desk: Desk, person: bytes, guard: Guard) -> bytes:
    """Seal it."""
    return desk.seal_factor(person, msgspec.msgpack.encode(guard))


async def keep(sheet: Sheet, person: bytes, held: Held, guard: Guard, line: bytes) -> None:
    """Write a guard in place of the one that was read. Raises Conflict.

    No older one is believed from now on, but where only a factor was given: a floor raised at each sign-in would keep
    everybody out after a restore, and whoever put such a row back would still need a code of this minute, or the key.
    """
    desk, version = sheet.desk, held.version + 1
    row = Account(person, version, sheet.at, sealed(desk, person, guard))
    await accounts.put(sheet.tx, desk.mac, desk.org, row, line)
    if _guarding(guard) != _guarding(held.guard):
        desk.vault.raise_account(sheet.tx, person, version)


def _guarding(guard: Guard) -> Guard:
    """Leave out of a guard what moves on when a factor is given."""
    keys = tuple(msgspec.structs.replace(key, count=0, used=0) for key in guard.keys)
    return msgspec.structs.replace(guard, step=0, taken=(), keys=keys)


def taken(desk: Desk, person: bytes, guard: Guard, code: str, at: int) -> Guard | None:
    """Take a code once: six digits newer than the last, or a recovery code; None where it is neither."""
    step = step_of(guard.secret, code, at) if guard.secret else 0
    if step > guard.step:
        return msgspec.structs.replace(guard, step=step)
    given = hashed(desk, person, code)
    left = tuple(one for one in guard.codes if not hmac.compare_digest(one, given))
    return msgspec.structs.replace(guard, codes=left) if len(left) < len(guard.codes) else None


def hashed(desk: Desk, person: bytes, code: str) -> bytes:
    """Hash a recovery code, however it is typed."""
    plain = "".join(code.split()).replace("-", "").upper().encode("utf-8", "surrogatepass")
    return desk.mac(b"recovery code" + person + plain)


def new_codes(desk: Desk) -> tuple[str, ...]:
    """Make recovery codes, written as ``ABCD-EFGH``."""
    made = (base64.b32encode(desk.random(CODE)).decode() for _ in range(CODES))
    return tuple(f"{one[:4]}-{one[4:]}" for one in made)


async def open_session(sheet: Sheet, person: bytes, line: bytes) -> str:
    """Open a session in which the second factor was given; return its secret."""
    desk = sheet.desk
    token = base64.urlsafe_b64encode(person + desk.random(24)).decode()
    secret = desk.vault.index("session", token)
    opened = sessions.Session(person, secret, "person", sheet.at, sheet.at + SESSION, PROVEN)
    await sessions.add(sheet.tx, desk.mac, desk.org, opened, line)
    return token
