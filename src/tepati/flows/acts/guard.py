"""Room flows: a person guards their own account (S5 f): an authenticator, recovery codes, a password beside it.

Where a second factor is enrolled a mailed link alone still shows consents and withdraws; for everything else the code
is asked for in each session, and no wait, no known device and no staff on the telephone stands in for it.
"""

from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows import ending, guards, passwords, visitors
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import NONE, PROMISE, Guard, Held
from tepati.flows.onetime import SECRET, step_of
from tepati.flows.visitors import Visitor
from tepati.registers.sessions import Session
from tepati.rules.types import clean

MANY = 5  # recovery codes left below which the page asks to make new ones


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows: ``secret`` is the one that would be enrolled by this session, empty where one is."""

    since: int
    codes: int
    password: bool
    secret: bytes


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The session that takes the place of this one, and the recovery codes, shown once."""

    session: str
    codes: tuple[str, ...]


async def state(desk: Desk, who: Visitor) -> State:
    """Say how an account is guarded, changing nothing. Raises NotFound (the notice promises no such page), Tampered."""
    _offered(desk)
    held = await desk.read(lambda sheet: guards.quick(sheet, who.person))
    guard = held.guard
    return State(guard.since, len(guard.codes), bool(guard.password), b"" if held.enrolled else _secret(desk, who))


async def guard(desk: Desk, who: Visitor, code: str, label: str) -> Enrolled:
    """Enrol the authenticator that shows ``code``; every other session ends. Raises Refused, BadInput, NotFound."""
    _offered(desk)
    who.proven(PROMISE)
    secret, codes = _secret(desk, who), guards.new_codes(desk)

    async def act(sheet: Sheet) -> str:
        held = await _held(sheet, who)
        if held.enrolled:
            raise BadInput("faulty_form", {"code": "factor_there"})
        step = step_of(secret, code, sheet.at)
        if not step:
            raise BadInput("faulty_form", {"code": "factor_wrong"})
        hashes = tuple(guards.hashed(desk, who.person, one) for one in codes)
        line = await _line(sheet, who.person, "factor enrolled")
        await guards.keep(sheet, who.person, held, Guard(secret, step, sheet.at, hashes), line)
        await ending.all_sessions(sheet, who.person)
        return await _proven(sheet, who, label, line)

    return Enrolled(await desk.write(act), codes)


async def step(desk: Desk, who: Visitor, code: str, label: str) -> str:
    """Give the second factor in a session: a new one takes its place, and this device is known; return its secret.

    Raises Refused (wrong, or used before), Unavailable (before any work: too many failures), NotFound.
    """
    mark = desk.mac(b"factor " + who.person)
    trusted = await _trusted(desk, who)

    async def act(sheet: Sheet) -> str:
        held = await _held(sheet, who)
        guard = guards.taken(desk, who.person, held.guard, code, sheet.at)
        if guard is None:
            return ""
        line = await _line(sheet, who.person, f"factor given {visitors.kind(label)}")
        await guards.keep(sheet, who.person, held, guard, line)
        await ending.session(sheet, _session(who))
        return await _proven(sheet, who, label, line)

    with desk.attempts.one(mark, desk.now, known=trusted) as attempt:
        token = await desk.write(act)
        attempt.failed = not token
    if not token:
        desk.refusals.count(desk.now(), "guard", PROMISE, "proof")
        raise Refused("factor_wrong", PROMISE)
    return token


async def remove(desk: Desk, who: Visitor) -> None:
    """Take the second factor away, and the password with it; every other session ends. Raises Refused."""
    who.proven(PROMISE)

    async def act(sheet: Sheet) -> None:
        held = await _held(sheet, who)
        if held.enrolled:
            line = await _line(sheet, who.person, "factor removed")
            await guards.keep(sheet, who.person, held, Guard(), line)
            await _end_others(sheet, who)

    await desk.write(act)


async def renew(desk: Desk, who: Visitor) -> tuple[str, ...]:
    """Make new recovery codes; the old ones end. Raises Refused, NotFound (no second factor)."""
    who.proven(PROMISE)
    codes = guards.new_codes(desk)
    hashes = tuple(guards.hashed(desk, who.person, one) for one in codes)

    async def act(sheet: Sheet) -> None:
        held = await _needed(sheet, who)
        line = await _line(sheet, who.person, "codes renewed")
        await guards.keep(sheet, who.person, held, msgspec.structs.replace(held.guard, codes=hashes), line)

    await desk.write(act)
    return codes


async def choose_password(desk: Desk, who: Visitor, password: str) -> None:
    """Choose a password, or with "" go without; it opens nothing without the second factor.

    Raises Refused, BadInput, NotFound (no second factor), Unavailable.
    """
    who.proven(PROMISE)
    if password and not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise BadInput("faulty_form", {"password": "password_short"})
    hashed = await passwords.hashed(password, desk.random(16)) if password else ""

    async def act(sheet: Sheet) -> None:
        held = await _needed(sheet, who)
        line = await _line(sheet, who.person, "password chosen" if hashed else "password removed")
        await guards.keep(sheet, who.person, held, msgspec.structs.replace(held.guard, password=hashed), line)
        await _end_others(sheet, who)

    await desk.write(act)


async def sign_in(desk: Desk, typed: tuple[str, str, str], device: str, label: str) -> str:
    """Come in by address, password and code; return the session's secret.

    Raises Refused: the same, after the same work, whether the address is unknown or a factor is wrong; Unavailable
    (before that work) after too many failures, though never for strangers' failures on a known device.
    """
    _offered(desk)
    email, password, code = typed
    mark = desk.mac(b"account " + email.strip().lower().encode("utf-8", "surrogatepass"))
    person, held, trusted = await desk.read(lambda sheet: _whose(sheet, email, device))
    with desk.attempts.one(mark, desk.now, known=trusted) as attempt:
        right = await passwords.verified(held.guard.password or passwords.NOBODY, password)
        token = await _enter(desk, (person, held), code, label) if person and right else ""
        attempt.failed = not token
    if not token:
        desk.refusals.count(desk.now(), "guard", PROMISE, "proof")
        raise Refused("account_failed", PROMISE)
    return token


async def _whose(sheet: Sheet, email: str, device: str) -> tuple[bytes, Held, bool]:
    try:
        person = await sheet.desk.vault.find(sheet.tx, sheet.desk.address, clean("email", email))
    except BadInput:
        person = None
    if person is None:
        return b"", NONE, False
    return person, await guards.quick(sheet, person), await visitors.trusts(sheet, person, device)


async def _enter(desk: Desk, known: tuple[bytes, Held], code: str, label: str) -> str:
    person, before = known
    floor = desk.vault.account_floor(person)

    async def act(sheet: Sheet) -> str:
        await sheet.facts(person)
        held = await guards.of(sheet, person, floor)
        guard = guards.taken(desk, person, held.guard, code, sheet.at)
        if guard is None or held.guard.password != before.guard.password:
            return ""
        line = await _line(sheet, person, f"password {visitors.kind(label)}")
        await guards.keep(sheet, person, held, guard, line)
        return await guards.open_session(sheet, person, line)

    return await desk.write(act)


def _offered(desk: Desk) -> None:
    if not guards.offered(desk):
        raise NotFound("page")


def _secret(desk: Desk, who: Visitor) -> bytes:
    """Make the secret that this session may enrol: it is stored nowhere before it is, and no other session has it."""
    return desk.mac(b"enrol authenticator" + who.person + who.session)[:SECRET]


async def _trusted(desk: Desk, who: Visitor) -> bool:
    async def look(sheet: Sheet) -> bool:
        return await visitors.knows(sheet, who.person, who.device)

    return await desk.read(look)


async def _held(sheet: Sheet, who: Visitor) -> Held:
    """Read the guard of whoever holds a session that still runs. Raises Expired, Tampered."""
    floor, alive = sheet.desk.vault.account_floor(who.person), ending.live(sheet.desk, who.session)
    await sheet.facts(who.person)
    if not alive:
        raise Expired("session")
    return await guards.of(sheet, who.person, floor)


async def _needed(sheet: Sheet, who: Visitor) -> Held:
    held = await _held(sheet, who)
    if not held.enrolled:
        raise NotFound("page")
    return held


async def _line(sheet: Sheet, person: bytes, effect: str) -> bytes:
    told = sheet.to_person(person, {"at": sheet.at, "role": "person", "effect": effect})
    return await sheet.line("guard", promise=PROMISE, purpose="proof", answer="done", told=[told])


async def _proven(sheet: Sheet, who: Visitor, label: str, line: bytes) -> str:
    """Open the session in which the second factor was given, on a device that is known from now on."""
    if who.device:
        await visitors.recognise(sheet, who.person, who.device, label, line)
    return await guards.open_session(sheet, who.person, line)


async def _end_others(sheet: Sheet, who: Visitor) -> None:
    await ending.all_sessions(sheet, who.person, but=who.session)


def _session(who: Visitor) -> Session:
    return Session(who.person, who.session, "person", who.made, who.until)
