"""Room flows: staff are let in, sign the undertaking, sign in with two factors. Their name and address are sealed."""

import base64
import hmac
from dataclasses import dataclass, replace

from tepati.errors import BadInput, Expired, NotFound, Refused, Tampered
from tepati.flows import ending, guards, members, passkeys, passwords
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.guards import Guard
from tepati.flows.onetime import SECRET, spelt
from tepati.flows.passkeys import Shown
from tepati.flows.stewards import over_staff, speaks
from tepati.flows.together import peek
from tepati.registers import people, records, staff
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.facts import Facts, Row
from tepati.rules.types import clean

PROMISE = "security.second_factor"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A member of staff to be let in: contact, password and the roles of the notice they get."""

    name: str
    email: str
    phone: str
    password: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The new member's id, and the secret (base 32, RFC 6238) for their authenticator, shown once."""

    person: bytes
    factor: str


async def welcome(desk: Desk, new: Newcomer, by: Actor | None = None) -> Welcomed:
    """Let a member of staff in; ``by`` whom, at the console: without, it is the operator's own command.

    The console gives no role that speaks for the organisation: who approves could else let in their own second
    approver, for whoever lets somebody in sees the first password and the key.
    Raises BadInput (a fault for each field), Conflict (that address is taken), Refused (written down; or a field of
    staff that the notice does not declare).
    """
    values = _cleaned(desk, new)
    if by and any(speaks(desk.notice, role) for role in new.roles):
        raise BadInput("bad_staff", {"roles": "role_by_operator"})
    secret = desk.random(SECRET)
    hashed = await passwords.hashed(new.password, desk.random(16))

    async def act(sheet: Sheet) -> bytes:
        if by:
            over_staff(sheet, by, "welcome")
        person, record = desk.random(16), sheet.new_id()
        told = [sheet.to_person(person, {"at": sheet.at, "roles": list(new.roles)})]
        told += [sheet.to_actor(by.person, {"at": sheet.at, "effect": "let a member of staff in"})] if by else []
        line = await sheet.line("welcome", promise="roles", purpose="staff_access", told=told)
        await people.add(sheet.tx, desk.org, person, "staff", sheet.at, line)
        await desk.vault.claim(sheet.tx, "staff.email", values["email"], person)
        row = Record(record, "staff", "console", desk.digest, joined=True, created=sheet.at)
        await records.add(sheet.tx, desk.org, person, row, line)
        due = await _seal(sheet, person, record, values, line)
        rows = {record.hex(): Row("staff", 1, joined=True, ends={"staff": due}, created=sheet.at)}
        await sheet.keep(person, Facts("staff", joined=True, told=desk.notice.notice.version, rows=rows), 0)
        factor = guards.sealed(desk, person, Guard(secret, since=sheet.at))
        member = staff.Member(person, desk.org, new.roles, sheet.at, hashed, factor)
        await staff.add(sheet.tx, desk.mac, member, line)
        return person

    person = await desk.write(act)
    return Welcomed(person, spelt(secret))


def _cleaned(desk: Desk, new: Newcomer) -> dict[str, str]:
    faults, values = dict[str, str](), dict[str, str]()
    declared = desk.notice.data["staff"].fields
    for field, raw in (("name", new.name), ("email", new.email), ("phone", new.phone)):
        if field not in declared and raw.strip():
            raise Refused("undeclared_field", "data.staff")
        try:
            values |= {field: clean(declared[field].type, raw)} if field in declared else {}
        except BadInput as fault:
            faults[f"staff.{field}"] = fault.code
    if not passwords.SHORTEST <= len(new.password) <= passwords.LONGEST:
        faults["password"] = "password_short"  # noqa: S105 - a code of a fault
    if not new.roles or set(new.roles) - desk.notice.roles.keys():
        faults["roles"] = "role_undeclared"
    if faults:
        raise BadInput("bad_staff", faults)
    return values


async def _seal(sheet: Sheet, person: bytes, record: bytes, values: dict[str, str], line: bytes) -> int:
    desk = sheet.desk
    fields = frozenset(f"staff.{f}" for f in values)
    permit = sheet.entering(person, frozenset({record.hex()}), fields, "staff_access", "data.staff")
    ending = retention.ending(desk.policy, "staff", sheet.at, "")
    due = retention.due(desk.policy, "staff", sheet.at, None)
    await desk.vault.put(sheet.tx, permit, record, {"staff": values}, {"staff": ending}, {"staff": due}, line)
    return due


async def undertake(desk: Desk, person: bytes) -> int:
    """Write down that a member signed the undertaking of confidentiality; return until when it holds."""

    async def act(sheet: Sheet) -> int:
        member = await members.present(sheet, person, members.floor(desk, person))
        until = desk.after(sheet.at, desk.notice.accountability.supervision.undertaking)
        told = sheet.to_actor(person, {"at": sheet.at, "effect": "undertaking signed", "until": until})
        line = await sheet.line("undertake", promise="accountability.supervision", purpose="staff_access", told=[told])
        await staff.change(sheet.tx, desk.mac, replace(member, undertaken=until), line)
        return until

    return await desk.write(act)


def mark(desk: Desk, email: str) -> str:
    """Name an address for the browser in which it signed in: only the keyed hash, which the throttle counts under."""
    return desk.mac(b"sign in " + email.strip().lower().encode("utf-8", "surrogatepass")).hex()


async def sign_in(desk: Desk, email: str, password: str, proof: str | Shown, browser: str = "") -> str:
    """Sign a member of staff in with both factors; return the session's secret, which is kept nowhere else.

    ``proof`` is the code of an authenticator, or a passkey. Raises Refused: the same, after the same work, whether the
    address is unknown or a factor is wrong (but for a right password with a key of which there are two); Unavailable
    (before that work) after too many failures, or when too many sign in at once.
    """
    typed = mark(desk, email)
    who, known = bytes.fromhex(typed), hmac.compare_digest(typed.encode(), browser.encode("utf-8", "surrogatepass"))
    with desk.attempts.one(who, desk.now, known=known) as attempt:
        token = await _both_factors(desk, email, password, proof)
        attempt.failed = token in {"", passkeys.COPIED}
    if token in {"", passkeys.COPIED}:
        desk.refusals.count(desk.now(), "sign_in", PROMISE, "staff_access")
        raise Refused(token or "sign_in_failed", PROMISE)
    return token


async def _both_factors(desk: Desk, email: str, password: str, proof: str | Shown) -> str:
    """Return a new session's secret, or "" where the address is unknown or a factor is wrong; or COPIED."""
    passwords.room()
    member = await _member(desk, email)
    right = await passwords.verified(member.password if member else passwords.NOBODY, password)
    return await _session(desk, member, proof) if member and right else ""


async def _session(desk: Desk, known: staff.Member, proof: str | Shown) -> str:
    """Take the factor, once, and open a session; "" where it is wrong or was used, or the member changed since."""

    async def act(sheet: Sheet) -> str:
        floor = members.floor(desk, known.person)
        member = await staff.get(sheet.tx, desk.mac, known.person)
        if member.gone or member.version < floor or member.password != known.password:
            return ""
        return await members.proven(sheet, member, proof, "signed in")

    return await desk.write(act)


async def _member(desk: Desk, email: str) -> staff.Member | None:
    async def look(sheet: Sheet) -> staff.Member | None:
        try:
            person = await desk.vault.find(sheet.tx, "staff.email", clean("email", email))
            return await staff.present(sheet.tx, desk.mac, person) if person else None
        except (BadInput, NotFound):
            return None

    return await desk.read(look)


async def signed_in(desk: Desk, token: str) -> Actor:
    """Say who holds a session. Raises Expired (unknown, ended and over look alike), Tampered (alarmed)."""

    async def look(sheet: Sheet) -> Actor:
        try:
            person = base64.urlsafe_b64decode(token.encode())[:16]
            if len(person) < 16:
                raise Expired("session")
            floor, secret = members.floor(desk, person), desk.vault.index("session", token)
            alive = ending.live(desk, secret)
            member = await members.in_session(sheet, person, secret, floor)
            ending.stands(alive=alive)
        except (ValueError, NotFound):
            raise Expired("session") from None
        return Actor(person, members.at_console(desk.notice, member.roles), member.undertaken)

    try:
        return await peek(desk, look)
    except Tampered as tampered:
        await desk.alarm(tampered)
        raise
