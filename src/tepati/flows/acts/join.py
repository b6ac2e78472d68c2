"""Room flows: somebody whom a sign-in provider proved, and nobody here knows, reads what would be kept, and begins.

Until the button nothing of them stands anywhere but in the errand, sealed, for ten minutes.
"""

import base64
from dataclasses import dataclass, field

from tepati.errors import NotFound
from tepati.flows import connecting, errands, joining, visitors
from tepati.flows.desk import Desk, Sheet
from tepati.flows.errands import PROVEN, Errand
from tepati.flows.told import Says
from tepati.flows.ways import Way, way
from tepati.registers import sessions
from tepati.registers.sessions import Session


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be kept: values by field, of which recipient, by which point, until when the button works."""

    name: str
    point: str
    values: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """The secrets for this browser: the session's, and the device's (the one it brought, or a new one)."""

    session: str = field(repr=False)
    device: str = field(repr=False)


async def offer(desk: Desk, held: str) -> Offer:
    """Say what would be kept, changing nothing. Raises Expired, NotFound, BadInput (too little was said), Tampered."""
    errand = await desk.read(lambda sheet: errands.read(sheet, held, PROVEN))
    found = _way(desk, errand)
    _, admission = joining.asked(desk, errand, found)
    return Offer(found.name, found.point, dict(admission.fields))


async def join(desk: Desk, held: str, device: str, label: str) -> Begun:
    """Begin an account with what was shown; this browser is known from now on, as the first that its person used.

    Raises Expired, NotFound, Conflict (somebody was first), BadInput, Refused, Tampered.
    """
    errand = await desk.read(lambda sheet: errands.read(sheet, held, PROVEN))
    found = _way(desk, errand)
    came = joining.asked(desk, errand, found)
    brought = device or visitors.new_device(desk.random)

    async def act(sheet: Sheet) -> str:
        await errands.take(sheet, held, PROVEN)
        person, line = await joining.begin(sheet, errand, found, came)
        await connecting.connect(sheet, person, (found.name, errand.issuer, errand.subject), line)
        await visitors.recognise(sheet, person, visitors.secret_of(sheet, brought), label, line)
        return await _session(sheet, person, found, line, label)

    return Begun(await desk.write(act), brought)


async def _session(sheet: Sheet, person: bytes, found: Way, line: bytes, label: str) -> str:
    desk = sheet.desk
    session = base64.urlsafe_b64encode(person + desk.random(24)).decode()
    says: Says = {
        "at": sheet.at,
        "role": "person",
        "effect": f"by provider {visitors.kind(label)}",
        "recipient": found.name,
    }
    line = await sheet.line(
        "enter", promise="rights.access", purpose="proof", answer="done", told=[sheet.to_person(person, says)]
    )
    secret = desk.vault.index("session", session)
    opened = Session(person, secret, "person", sheet.at, sheet.at + visitors.SESSION)
    await sessions.add(sheet.tx, desk.mac, desk.org, opened, line)
    return session


def _way(desk: Desk, errand: Errand) -> Way:
    found = way(desk.notice, errand.way)
    if found is None:  # a version that took over meanwhile declares it no more
        raise NotFound("page")
    return found
