"""Room flows: a person guards their own account (S5 f): an authenticator, recovery codes, a password beside it.

Where a second factor is enrolled a mailed link alone still shows consents and withdraws; for everything else a factor
is asked for in each session, and no wait, no known device and no staff on the telephone stands in for it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tepati.errors import BadInput, Refused
from tepati.flows import ending, guarding, guards, passkeys, passwords, visitors
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import NONE, PROMISE, Guard, Held, Passkey
from tepati.flows.onetime import step_of
from tepati.flows.passkeys import COPIED, Shown
from tepati.flows.visitors import Visitor
from tepati.rules.types import clean

MANY = 5  # recovery codes left below which the page asks to make new ones


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows: ``secret`` is the one that would be enrolled by this session, empty where one is."""

    since: int
    codes: int
    password: bool
    secret: bytes
    keys: tuple[Passkey, ...]
    ends: int


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The session that takes the place of this one, and the recovery codes, shown once; none beside another factor."""

    session: str
    codes: tuple[str, ...]


async def state(desk: Desk, who: Visitor) -> State:
    """Say how an account is guarded, changing nothing. Raises NotFound (the notice promises no such page), Tampered."""
    guarding.offered(desk)
    guard = (await desk.read(lambda sheet: guards.quick(sheet, who.person))).guard
    secret = b"" if guard.secret else guarding.secret_of(desk, who)
    return State(guard.since, len(guard.codes), bool(guard.password), secret, guard.keys, guard.ends)


async def guard(desk: Desk, who: Visitor, code: str, label: str) -> Enrolled:
    """Enrol the authenticator that shows ``code``; every other session ends. Raises Refused, BadInput, NotFound."""

    def enrolled(before: Guard, at: int) -> Guard:
        if before.secret:
            raise BadInput("faulty_form", {"code": "factor_there"})
        secret = guarding.secret_of(desk, who)
        step = step_of(secret, code, at)
        if not step:
            raise BadInput("faulty_form", {"code": "factor_wrong"})
        return msgspec.structs.replace(before, secret=secret, step=step, since=before.since or at)

    return await _add(desk, who, label, ("factor enrolled", enrolled))


async def guard_by_key(desk: Desk, who: Visitor, shown: Shown, label: str) -> Enrolled:
    """Enrol a passkey; every other session ends. Raises Refused, BadInput (what came does not hold), NotFound."""

    def enrolled(before: Guard, at: int) -> Guard:
        try:
            return passkeys.made(desk, before, shown, label, at)
        except passkeys.Wrong:
            raise BadInput("faulty_form", {"code": "passkey_wrong"}) from None

    return await _add(desk, who, label, ("passkey enrolled", enrolled))


async def _add(desk: Desk, who: Visitor, label: str, what: tuple[str, Callable[[Guard, int], Guard]]) -> Enrolled:
    guarding.offered(desk)
    who.proven(PROMISE)
    (effect, enrolled), codes = what, guards.new_codes(desk)

    async def act(sheet: Sheet) -> Enrolled:
        held = await guarding.enrolling(sheet, who)
        new = enrolled(held.guard, sheet.at)
        if not held.enrolled:
            hashes = tuple(guards.hashed(desk, who.person, one) for one in codes)
            new = msgspec.structs.replace(new, codes=hashes)
        line = await guarding.line(sheet, who.person, effect)
        await guards.keep(sheet, who.person, held, new, line)
        await ending.all_sessions(sheet, who.person)
        await guarding.tell(sheet, who.person, "factor_on", line)
        return Enrolled(await guarding.proven(sheet, who, label, line), () if held.enrolled else codes)

    return await desk.write(act)


async def step(desk: Desk, who: Visitor, proof: str | Shown, label: str) -> str:
    """Give a second factor in a session: a new one takes its place, and this device is known; return its secret.

    Raises Refused (wrong, or used before; a key of which there are two), Unavailable (before any work: too many
    failures), NotFound.
    """
    mark = desk.mac(b"factor " + who.person)
    trusted = await _trusted(desk, who)

    async def act(sheet: Sheet) -> str:
        held = await guarding.held(sheet, who)
        how = f"{_called(proof)} given {visitors.kind(label)}"
        line = await _take(sheet, (who.person, held, proof), how)
        if isinstance(line, str):
            return line
        await guarding.end_this(sheet, who)
        return await guarding.proven(sheet, who, label, line)

    with desk.attempts.one(mark, desk.now, known=trusted) as attempt:
        token = await desk.write(act)
        attempt.failed = token in {"", COPIED}
    return _in(desk, token, "factor_wrong")


def _called(proof: str | Shown) -> str:
    return "factor" if isinstance(proof, str) else "passkey"


async def _take(sheet: Sheet, given: tuple[bytes, Held, str | Shown], effect: str) -> bytes | str:
    """Take a factor and return the line that says so; or "" where it is wrong, COPIED where there are two of it."""
    person, held, proof = given
    guard = passkeys.taken(sheet.desk, person, held.guard, proof, sheet.at)
    if guard is None:
        return ""
    guard = msgspec.structs.replace(guard, ends=0)  # who gives it has not lost it
    copied = passkeys.copied(held.guard, guard)
    line = await guarding.line(sheet, person, "passkey copied" if copied else effect)
    await guards.keep(sheet, person, held, guard, line)
    if copied:
        await passkeys.warded(sheet, PROMISE, line)
        await guarding.tell(sheet, person, "passkey_copied", line)
    return COPIED if copied else line


def _in(desk: Desk, token: str, no: str) -> str:
    """Return a session's secret; or refuse. Raises Refused."""
    if token in {"", COPIED}:
        desk.refusals.count(desk.now(), "guard", PROMISE, "proof")
        raise Refused(token or no, PROMISE)
    return token


async def remove(desk: Desk, who: Visitor) -> None:
    """Take the authenticator away; every other session ends. With the last factor go codes and password.

    Raises Refused.
    """

    def without(guard: Guard) -> Guard:
        return msgspec.structs.replace(guard, secret=b"", step=0)

    await _less(desk, who, ("factor removed", without))


async def remove_key(desk: Desk, who: Visitor, key: bytes) -> None:
    """Take a passkey away, likewise. Raises Refused."""

    def without(guard: Guard) -> Guard:
        return msgspec.structs.replace(guard, keys=tuple(one for one in guard.keys if one.id != key))

    await _less(desk, who, ("passkey removed", without))


async def _less(desk: Desk, who: Visitor, what: tuple[str, Callable[[Guard], Guard]]) -> None:
    who.proven(PROMISE)
    effect, without = what

    async def act(sheet: Sheet) -> None:
        held = await guarding.held(sheet, who)
        left = without(held.guard)
        if left != held.guard:
            line = await guarding.line(sheet, who.person, effect)
            await guards.keep(sheet, who.person, held, left if left.secret or left.keys else Guard(), line)
            await guarding.end_others(sheet, who)
            await guarding.tell(sheet, who.person, "factor_off", line)

    await desk.write(act)


async def renew(desk: Desk, who: Visitor) -> tuple[str, ...]:
    """Make new recovery codes; the old ones end. Raises Refused, NotFound (no second factor)."""
    who.proven(PROMISE)
    codes = guards.new_codes(desk)
    hashes = tuple(guards.hashed(desk, who.person, one) for one in codes)

    async def act(sheet: Sheet) -> None:
        held = await guarding.needed(sheet, who)
        line = await guarding.line(sheet, who.person, "codes renewed")
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
        held = await guarding.needed(sheet, who)
        line = await guarding.line(sheet, who.person, "password chosen" if hashed else "password removed")
        await guards.keep(sheet, who.person, held, msgspec.structs.replace(held.guard, password=hashed), line)
        await guarding.end_others(sheet, who)

    await desk.write(act)


async def sign_in(desk: Desk, typed: tuple[str, str, str | Shown], device: str, label: str) -> str:
    """Come in by address, password and a second factor; return the session's secret.

    Raises Refused: the same, after the same work, whether the address is unknown or a factor is wrong (but for a right
    password with a key of which there are two); Unavailable (before that work) after too many failures, though never
    for strangers' failures on a known device.
    """
    guarding.offered(desk)
    passwords.room()
    email, password, proof = typed
    mark = desk.mac(b"account " + email.strip().lower().encode("utf-8", "surrogatepass"))
    person, held, trusted = await desk.read(lambda sheet: _whose(sheet, email, device))
    with desk.attempts.one(mark, desk.now, known=trusted) as attempt:
        right = await passwords.verified(held.guard.password or passwords.NOBODY, password)
        token = await _enter(desk, (person, held), proof, label) if person and right else ""
        attempt.failed = token in {"", COPIED}
    return _in(desk, token, "account_failed")


async def _whose(sheet: Sheet, email: str, device: str) -> tuple[bytes, Held, bool]:
    try:
        person = await sheet.desk.vault.find(sheet.tx, sheet.desk.address, clean("email", email))
    except BadInput:
        person = None
    if person is None:
        return b"", NONE, False
    return person, await guards.quick(sheet, person), await visitors.trusts(sheet, person, device)


async def _enter(desk: Desk, known: tuple[bytes, Held], proof: str | Shown, label: str) -> str:
    person, before = known
    floor = desk.vault.account_floor(person)

    async def act(sheet: Sheet) -> str:
        await sheet.facts(person)
        held = await guards.of(sheet, person, floor)
        if held.guard.password != before.guard.password:
            return ""
        line = await _take(sheet, (person, held, proof), f"password given {visitors.kind(label)}")
        return line if isinstance(line, str) else await guards.open_session(sheet, person, line)

    return await desk.write(act)


async def _trusted(desk: Desk, who: Visitor) -> bool:
    async def look(sheet: Sheet) -> bool:
        return await visitors.knows(sheet, who.person, who.device)

    return await desk.read(look)
