"""Room registers: members of staff: roles, password hash, second factor, undertaking. Each row verifies or is refused.

BUG: an old row put back with its own MAC verifies: ``version`` is anchored in the ledger by the act that changed it,
and the nightly audit compares, but between two audits a returned role would work.
"""

from dataclasses import dataclass, replace

from tepati.errors import Conflict, NotFound
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff. ``password`` is an argon2 hash, ``factor`` the secret of their second factor.

    ``since``, ``gone`` and ``undertaken`` (confidentiality, UU PDP Art. 36) are microseconds since 1970; 0: not yet.
    """

    person: bytes
    roles: tuple[str, ...]
    version: int
    since: int
    gone: int
    undertaken: int
    password: str
    factor: bytes


async def add(tx: Tx, org: str, member: Member, mac: Mac, ledger_id: bytes) -> None:
    """Write a new member down. Raises Conflict when the person is one already."""
    await tx.run(
        "INSERT INTO staff (person, org, roles, version, since, gone, undertaken, password, factor, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        member.person, org, " ".join(member.roles), member.version, member.since, member.gone or None,
        member.undertaken, member.password, member.factor, mac(_encoded(org, member)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, org: str, person: bytes, mac: Mac) -> Member:
    """Return a member, gone or not. Raises NotFound, Tampered."""
    row = await tx.one(
        "SELECT person, roles, version, since, gone, undertaken, password, factor, mac FROM staff"
        " WHERE person = $1 AND org = $2",
        person, org,
    )  # fmt: skip
    if row is None:
        raise NotFound("staff")
    return _read(org, row, mac)


async def present(tx: Tx, org: str, person: bytes, mac: Mac) -> Member:
    """Return a member who has not left. Raises NotFound, Tampered."""
    member = await get(tx, org, person, mac)
    if member.gone:
        raise NotFound("staff")
    return member


async def change(tx: Tx, org: str, member: Member, mac: Mac, ledger_id: bytes) -> Member:
    """Write a member as given, one version on; ``member.version`` is the version that was read. Raises Conflict."""
    new = replace(member, version=member.version + 1)
    changed = await tx.run(
        "UPDATE staff SET roles = $4, version = $5, since = $6, gone = $7, undertaken = $8, password = $9,"
        " factor = $10, mac = $11, ledger_id = $12 WHERE person = $1 AND version = $2 AND org = $3",
        new.person, member.version, org, " ".join(new.roles), new.version, new.since, new.gone or None,
        new.undertaken, new.password, new.factor, mac(_encoded(org, new)), ledger_id,
    )  # fmt: skip
    if not changed:
        raise Conflict("staff_changed")
    return new


async def all_of(tx: Tx, org: str, mac: Mac) -> list[Member]:
    """List the members of an organisation, those who left too. Raises Tampered when one does not verify."""
    rows = await tx.all(
        "SELECT person, roles, version, since, gone, undertaken, password, factor, mac FROM staff WHERE org = $1"
        " ORDER BY since, person",
        org,
    )
    return [_read(org, row, mac) for row in rows]


def _read(org: str, row: Row, mac: Mac) -> Member:
    person, roles, version, since, gone, undertaken, password, factor, found = row
    member = Member(
        person, tuple(str(roles).split()), version, since, gone or 0, undertaken, password, factor  # type: ignore[arg-type]
    )  # fmt: skip
    verify(mac, _encoded(org, member), found, "staff_tampered")  # type: ignore[arg-type]
    return member


def _encoded(org: str, member: Member) -> bytes:
    return canonical(
        "staff 1", org, member.person, " ".join(member.roles), member.version, member.since, member.gone,
        member.undertaken, member.password, member.factor,
    )  # fmt: skip
