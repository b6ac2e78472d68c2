"""Room registers: members of staff: roles, password hash, second factor, undertaking. Each row verifies or is refused.

An old row put back verifies by its own MAC: ``flows.members`` compares ``version`` with a floor in the key store, which
whatever takes something away raises. Between two signings-in, which take nothing away, an old row is believed.
"""

from dataclasses import dataclass, replace

from tepati.errors import Conflict, NotFound
from tepati.registers import sessions
from tepati.registers.macs import Mac, canonical, verify
from tepati.registers.sessions import Session
from tepati.store.port import Row, Tx

_ONE = "SELECT person, org, roles, since, password, factor, undertaken, gone, version, mac FROM staff WHERE person = $1"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff. ``password`` is an argon2 hash, ``factor`` is sealed by the vault; 0 means not yet.

    ``since``, ``gone`` and ``undertaken`` (confidentiality, UU PDP Art. 36) are microseconds since 1970 UTC.
    """

    person: bytes
    org: str
    roles: tuple[str, ...]
    since: int
    password: str
    factor: bytes
    undertaken: int = 0
    gone: int = 0
    version: int = 1


async def add(tx: Tx, mac: Mac, member: Member, ledger_id: bytes) -> None:
    """Write a new member down. Raises Conflict when the person is one already."""
    await tx.run(
        "INSERT INTO staff (person, org, roles, version, since, gone, undertaken, password, factor, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        member.person, member.org, " ".join(member.roles), member.version, member.since, member.gone or None,
        member.undertaken, member.password, member.factor, mac(_encoded(member)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, mac: Mac, person: bytes) -> Member:
    """Return a member, gone or not. Raises NotFound, Tampered."""
    row = await tx.one(_ONE, person)
    if row is None:
        raise NotFound("staff")
    return _read(mac, row)


async def ask(tx: Tx, person: bytes) -> None:
    """Announce that the row of a member will be asked for."""
    await tx.ahead(_ONE, person)


async def present(tx: Tx, mac: Mac, person: bytes) -> Member:
    """Return a member who has not left. Raises NotFound, Tampered."""
    member = await get(tx, mac, person)
    if member.gone:
        raise NotFound("staff")
    return member


async def in_session(tx: Tx, mac: Mac, org: str, person: bytes, secret: bytes, at: int) -> tuple[Member, Session]:
    """Return the member who holds a session of staff of this organisation that is not over, and it, in one statement.

    Raises NotFound (no such session, over, and a person's own look alike; left), Tampered.
    """
    row = await tx.one(
        "SELECT m.person, m.org, m.roles, m.since, m.password, m.factor, m.undertaken, m.gone, m.version, m.mac,"
        " s.person, s.secret, s.kind, s.made, s.expires, s.version, s.mac"
        " FROM session s JOIN staff m ON m.person = s.person"
        " WHERE s.person = $1 AND s.secret = $2 AND s.org = $3 AND s.expires > $4 AND s.kind = 'staff'",
        person, secret, org, at,
    )  # fmt: skip
    if row is None:
        raise NotFound("session")
    session, member = sessions.verified(mac, org, row[10:]), _read(mac, row[:10])
    if member.gone:
        raise NotFound("session")
    return member, session


async def change(tx: Tx, mac: Mac, member: Member, ledger_id: bytes) -> Member:
    """Write a member as given, one version on; ``member.version`` is the version that was read. Raises Conflict."""
    new = replace(member, version=member.version + 1)
    changed = await tx.run(
        "UPDATE staff SET org = $3, roles = $4, version = $5, since = $6, gone = $7, undertaken = $8, password = $9,"
        " factor = $10, mac = $11, ledger_id = $12 WHERE person = $1 AND version = $2",
        new.person, member.version, new.org, " ".join(new.roles), new.version, new.since, new.gone or None,
        new.undertaken, new.password, new.factor, mac(_encoded(new)), ledger_id,
    )  # fmt: skip
    if not changed:
        raise Conflict("staff_changed")
    return new


async def all_of(tx: Tx, mac: Mac, org: str) -> list[Member]:
    """List the members of an organisation, those who left too. Raises Tampered when one does not verify."""
    rows = await tx.all(
        "SELECT person, org, roles, since, password, factor, undertaken, gone, version, mac FROM staff WHERE org = $1"
        " ORDER BY since, person",
        org,
    )
    return [_read(mac, row) for row in rows]


_ROLES = "SELECT roles FROM staff WHERE org = $1 AND gone IS NULL"


async def counting(tx: Tx, org: str) -> None:
    """Announce that members will be counted: they are read along with the next statement."""
    await tx.ahead(_ROLES, org)


async def count(tx: Tx, org: str, roles: frozenset[str]) -> int:
    """Count the members present who have one of the roles; unverified, so good for a capacity and nothing else."""
    rows = await tx.all(_ROLES, org)
    return sum(bool(roles & set(str(row[0]).split())) for row in rows)


def _read(mac: Mac, row: Row) -> Member:
    person, org, roles, since, password, factor, undertaken, gone, version, found = row
    member = Member(
        person, org, tuple(str(roles).split()), since, password, factor, undertaken, gone or 0, version  # type: ignore[arg-type]
    )  # fmt: skip
    verify(mac, _encoded(member), found, "staff_tampered")  # type: ignore[arg-type]
    return member


def _encoded(member: Member) -> bytes:
    return canonical(
        "staff 1", member.person, member.org, " ".join(member.roles), member.version, member.since, member.gone,
        member.undertaken, member.password, member.factor,
    )  # fmt: skip
