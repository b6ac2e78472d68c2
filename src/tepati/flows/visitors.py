"""Room flows: who came into the privacy centre by a mailed link, and what that alone lets them do (design section 11).

A mailed link proves that somebody reads the mailbox. It shows consents and withdraws them. What it would cost to lose
the mailbox to somebody else (address, payments, a copy, a correction, erasure) needs a second proof: a device that
booked and then confirmed as its person's first act, or one that waited a day, announced in the mailbox with a way to
refuse it.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from tepati.errors import Expired, NotFound, Refused
from tepati.flows import ending, guards
from tepati.flows.desk import Sheet
from tepati.registers import devices, sessions
from tepati.registers.devices import Device

SESSION = 3_600_000_000  # an hour: long enough to read it all, short for a shared phone
KNOWN = 180 * 86_400_000_000  # a device not used for half a year is a stranger again (cookies.set.device)
FIELD = "device"  # under which secrets of devices are indexed
DESK = "desk"  # what waits in the name of staff: the index of a secret that no browser holds
LABELS = frozenset({"android", "iphone", "windows", "mac", "linux", "other"})


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person in their privacy centre. ``device`` is the keyed hash of this browser's secret, empty where it has none.

    ``known`` says whether the device is trusted; ``waits`` is the instant from which it will be, 0 if nobody asked.
    """

    person: bytes
    session: bytes
    device: bytes
    known: bool
    waits: int
    made: int
    until: int
    guarded: bool = False  # a second factor is enrolled: it alone is the second proof
    keyed: bool = False  # a passkey is one

    def proven(self, promise: str) -> None:
        """Check the second proof. Raises Refused: a mailed link alone does not do this."""
        if not self.known:
            raise Refused("second_factor_needed" if self.guarded else "second_proof_needed", promise)


@dataclass(frozen=True, slots=True)
class Entered:
    """The secrets for this browser: the session's, and the device's (the one it brought, or a new one)."""

    session: str
    device: str


def person_in(token: str) -> bytes:
    """Read the person that a session's secret names. Raises Expired for what is no session."""
    try:
        person = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)[:16]
    except ValueError:
        raise Expired("session") from None
    if len(person) < 16:
        raise Expired("session")
    return person


async def present(sheet: Sheet, token: str, device: str, *, lost: bool = False) -> Visitor:
    """Say who holds a session on which device. Raises Expired (unknown, over, of staff: all alike), Tampered."""
    desk, person = sheet.desk, person_in(token)
    session = desk.vault.index("session", token)
    alive = ending.live(desk, session)
    held = guards.NONE if lost else await guards.quick(sheet, person)
    found = await sessions.valid(sheet.tx, desk.mac, desk.org, person, session, sheet.at)
    ending.stands(alive=alive)
    if found.kind != "person":
        raise Expired("session")
    secret = desk.vault.index(FIELD, device) if device else b""
    if lost or held.enrolled:
        proven = found.version == guards.PROVEN and not lost
        return Visitor(
            person, found.secret, secret, proven, 0, found.made, found.expires, guarded=True, keyed=held.keyed
        )  # fmt: skip
    waits = await _trusted_from(sheet, person, secret)
    known = 0 < waits <= sheet.at
    return Visitor(person, found.secret, secret, known, 0 if known else waits, found.made, found.expires)


async def trusts(sheet: Sheet, person: bytes, device: str) -> bool:
    """Say whether a person is known by a device (its secret), whoever holds it now."""
    return bool(device) and await knows(sheet, person, secret_of(sheet, device))


async def knows(sheet: Sheet, person: bytes, secret: bytes) -> bool:
    """Say the same of a device by the keyed hash of its secret."""
    return 0 < await _trusted_from(sheet, person, secret) <= sheet.at


async def _trusted_from(sheet: Sheet, person: bytes, secret: bytes) -> int:
    """Return the instant from which a device (keyed hash) is trusted, 0 where nobody asked."""
    try:
        return (await ending.known_device(sheet, person, secret)).known if secret else 0
    except NotFound:
        return 0


def new_device(random: Callable[[int], bytes]) -> str:
    """Make the secret of a device: 192 random bits; it says nothing until a person makes it known."""
    return base64.urlsafe_b64encode(random(24)).decode()


def kind(label: str) -> str:
    """Call a device by one of a few kinds: no finer word of it is kept."""
    return label if label in LABELS else "other"


async def recognise(sheet: Sheet, person: bytes, secret: bytes, label: str, line: bytes) -> None:
    """Trust the device (keyed hash) that booked and confirmed as its person's first act, in the act that confirms."""
    row = Device(person, secret, kind(label), sheet.at, sheet.at, sheet.at + KNOWN)
    await devices.put(sheet.tx, sheet.desk.mac, sheet.desk.org, row, line)


def secret_of(sheet: Sheet, device: str) -> bytes:
    """Give the keyed hash of a device's secret."""
    return sheet.desk.vault.index(FIELD, device)


async def seated(sheet: Sheet, person: bytes, label: str) -> str:
    """Open a session for whoever proved a mailbox or a telephone; return the secret, kept nowhere else."""
    desk, session = sheet.desk, base64.urlsafe_b64encode(person + sheet.desk.random(24)).decode()
    told = sheet.to_person(person, {"at": sheet.at, "role": "person", "effect": f"signed in {kind(label)}"})
    line = await sheet.line("enter", promise="rights.access", purpose="proof", answer="done", told=[told])
    secret = desk.vault.index("session", session)
    opened = sessions.Session(person, secret, "person", sheet.at, sheet.at + SESSION)
    await sessions.add(sheet.tx, desk.mac, desk.org, opened, line)
    return session
