"""Room flows: staff are let in, sign the undertaking, sign in with two factors. Their name and address are sealed."""

import asyncio
import base64
import hmac
from dataclasses import dataclass, replace

import argon2
import pyotp

from tepati.errors import BadInput, Expired, NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.registers import people, records, sessions, staff
from tepati.registers.records import Record
from tepati.rules import retention
from tepati.rules.facts import Facts, Permit, Row
from tepati.rules.types import clean

SESSION = 8 * 3_600_000_000  # a working day
STEP = 30  # seconds a code lives (RFC 6238 section 5.2); the one before is taken too
SHORTEST = 12  # characters of a password (NIST SP 800-63B-4 asks for 15 without, 8 with a second factor)
_HASHER = argon2.PasswordHasher()  # RFC 9106, second recommended option: 64 MiB, 3 passes
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43  # checked for unknown names: the same time


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


async def welcome(desk: Desk, new: Newcomer) -> Welcomed:
    """Let a member of staff in. Raises BadInput (a fault for each field), Conflict (that address is taken)."""
    values = _cleaned(desk, new)
    secret = desk.random(20)
    hashed = await asyncio.to_thread(_HASHER.hash, new.password, salt=desk.random(16))

    async def act(sheet: Sheet) -> bytes:
        person, record = desk.random(16), sheet.new_id()
        told = sheet.to_person(person, {"at": sheet.at, "roles": list(new.roles)})
        line = await sheet.line("welcome", promise="roles", purpose="staff_access", told=[told])
        await people.add(sheet.tx, desk.org, person, "staff", sheet.at, line)
        await desk.vault.claim(sheet.tx, "staff.email", values["email"], person)
        row = Record(record, "staff", "console", desk.digest, joined=True, created=sheet.at)
        await records.add(sheet.tx, desk.org, person, row, line)
        await _seal(sheet, person, record, values, line)
        rows = {record.hex(): Row("staff", 1, joined=True)}
        await sheet.keep(person, Facts("staff", joined=True, told=desk.notice.notice.version, rows=rows), 0)
        factor = desk.seal_factor(person, secret)
        member = staff.Member(person, desk.org, new.roles, sheet.at, hashed, factor)
        await staff.add(sheet.tx, desk.mac, member, line)
        return person

    person = await desk.write(act)
    return Welcomed(person, base64.b32encode(secret).decode())


def _cleaned(desk: Desk, new: Newcomer) -> dict[str, str]:
    faults, values = {}, {}
    for field, raw in (("name", new.name), ("email", new.email), ("phone", new.phone)):
        try:
            values[field] = clean(desk.notice.data["staff"].fields[field].type, raw)
        except BadInput as fault:
            faults[f"staff.{field}"] = fault.code
    if len(new.password) < SHORTEST:
        faults["password"] = "password_short"  # noqa: S105 - a code of a fault
    if not new.roles or set(new.roles) - desk.notice.roles.keys():
        faults["roles"] = "role_undeclared"
    if faults:
        raise BadInput("bad_staff", faults)
    return values


async def _seal(sheet: Sheet, person: bytes, record: bytes, values: dict[str, str], line: bytes) -> None:
    desk = sheet.desk
    permit = Permit(
        person=person, purpose="staff_access", fields=frozenset(f"staff.{f}" for f in values),
        records=frozenset({record.hex()}), how="full", promise="data.staff", at=sheet.at, tx=sheet.tx.id,
    )  # fmt: skip
    ending = retention.ending(desk.policy, "staff", sheet.at, "")
    due = retention.due(desk.policy, "staff", sheet.at, None)
    await desk.vault.put(sheet.tx, permit, record, {"staff": values}, {"staff": ending}, {"staff": due}, line)


async def undertake(desk: Desk, person: bytes) -> int:
    """Write down that a member signed the undertaking of confidentiality; return until when it holds."""

    async def act(sheet: Sheet) -> int:
        member = await staff.present(sheet.tx, desk.mac, person)
        until = desk.after(sheet.at, desk.notice.accountability.supervision.undertaking)
        told = sheet.to_actor(person, {"at": sheet.at, "effect": "undertaking signed", "until": until})
        line = await sheet.line("undertake", promise="accountability.supervision", purpose="staff_access", told=[told])
        await staff.change(sheet.tx, desk.mac, replace(member, undertaken=until), line)
        return until

    return await desk.write(act)


async def sign_in(desk: Desk, email: str, password: str, code: str) -> str:
    """Sign a member of staff in with both factors; return the session's secret, which is kept nowhere else.

    Raises Refused: the same, after the same work, whether the address is unknown or a factor is wrong.
    """
    member = await _member(desk, email)
    right = await asyncio.to_thread(_verified, member.password if member else _NOBODY, password)
    if member is None or not right or not _code_right(desk, member, code):
        raise Refused("sign_in_failed", "security.second_factor")
    token = base64.urlsafe_b64encode(member.person + desk.random(24)).decode()

    async def act(sheet: Sheet) -> None:
        told = sheet.to_actor(member.person, {"at": sheet.at, "effect": "signed in"})
        line = await sheet.line("sign_in", promise="security.second_factor", purpose="staff_access", told=[told])
        session = sessions.Session(
            member.person, desk.vault.index("session", token), "staff", sheet.at, sheet.at + SESSION
        )
        await sessions.add(sheet.tx, desk.org, session, line)

    await desk.write(act)
    return token


async def _member(desk: Desk, email: str) -> staff.Member | None:
    async def look(sheet: Sheet) -> staff.Member | None:
        try:
            person = await desk.vault.find(sheet.tx, "staff.email", clean("email", email))
            return await staff.present(sheet.tx, desk.mac, person) if person else None
        except (BadInput, NotFound):
            return None

    return await desk.read(look)


def _verified(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _code_right(desk: Desk, member: staff.Member, code: str) -> bool:
    secret = desk.open_factor(member.person, member.factor)
    seconds = desk.now() // 1_000_000
    codes = pyotp.TOTP(base64.b32encode(secret).decode())
    given = code.strip().encode()
    return any(hmac.compare_digest(codes.at(at).encode(), given) for at in (seconds, seconds - STEP))


async def signed_in(desk: Desk, token: str) -> Actor:
    """Say who holds a session. Raises Expired: unknown, ended and over look alike."""

    async def look(sheet: Sheet) -> Actor:
        try:
            person = base64.urlsafe_b64decode(token.encode())[:16]
            await sessions.valid(sheet.tx, desk.org, person, desk.vault.index("session", token), sheet.at)
            member = await staff.present(sheet.tx, desk.mac, person)
        except (ValueError, NotFound):
            raise Expired("session") from None
        return Actor(person, member.roles, member.undertaken)

    return await desk.read(look)
