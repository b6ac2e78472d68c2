"""Room registers: keys of the organisation's own programs. Only a hash of the secret is kept, and each row verifies.

A row never changes: role, networks and end are fixed when it is made, and stand in its MAC. A key that was ended and
put back verifies again: that it ended stands in the key store (``flows.ending``).
"""

from dataclasses import dataclass

from tepati.errors import Expired, Tampered
from tepati.registers.cells import raw
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key: the member who made it, the keyed hash of its secret, one role, networks (CIDR) that it works from.

    ``made`` and ``expires`` are microseconds since 1970 UTC.
    """

    person: bytes
    secret: bytes
    role: str
    networks: tuple[str, ...]
    made: int
    expires: int

    @property
    def name(self) -> str:
        """Name the key by eight digits of its hash: they open nothing."""
        return self.secret.hex()[:8]


_COLUMNS = "person, secret, role, networks, made, expires, mac"


async def add(tx: Tx, mac: Mac, org: str, key: ApiKey, ledger_id: bytes) -> None:
    """Write a new key down. Raises Conflict when the secret is there already."""
    await tx.run(
        "INSERT INTO api_key (person, secret, org, role, networks, made, expires, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        key.person, key.secret, org, key.role, " ".join(key.networks), key.made, key.expires,
        mac(_encoded(org, key)), ledger_id,
    )  # fmt: skip


async def valid(tx: Tx, mac: Mac, org: str, person: bytes, secret: bytes, at: int) -> ApiKey:
    """Return the key if it is of this organisation and not over. Raises Expired (unknown and over alike), Tampered."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM api_key WHERE person = $1 AND secret = $2 AND org = $3 AND expires > $4",
        person,
        secret,
        org,
        at,
    )
    if row is None:
        raise Expired("session")
    key = _read(row)
    verify(mac, _encoded(org, key), raw(row[-1]), "key_tampered")
    return key


async def running(tx: Tx, mac: Mac, org: str, at: int) -> list[tuple[ApiKey, bool]]:
    """List the keys of an organisation that are not over, the newest first, each with whether its row verifies."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM api_key WHERE org = $1 AND expires > $2 ORDER BY made DESC, secret", org, at
    )
    return [(_read(row), _sound(mac, org, row)) for row in rows]


async def of(tx: Tx, person: bytes) -> list[ApiKey]:
    """List the keys that a member made, unverified."""
    return [_read(row) for row in await tx.all(f"SELECT {_COLUMNS} FROM api_key WHERE person = $1", person)]


async def end(tx: Tx, person: bytes, secret: bytes) -> int:
    """Take one key away; 0 when it was not there."""
    return await tx.run("DELETE FROM api_key WHERE person = $1 AND secret = $2", person, secret)


async def sweep(tx: Tx, org: str, at: int, limit: int) -> int:
    """Delete keys that are over, at most ``limit``; return how many."""
    rows = await tx.all(
        "SELECT person, secret FROM api_key WHERE org = $1 AND expires <= $2 ORDER BY expires LIMIT $3", org, at, limit
    )
    await tx.many("DELETE FROM api_key WHERE person = $1 AND secret = $2", rows)
    return len(rows)


def _sound(mac: Mac, org: str, row: Row) -> bool:
    try:
        verify(mac, _encoded(org, _read(row)), raw(row[-1]), "key_tampered")
    except Tampered:
        return False
    return True


def _read(row: Row) -> ApiKey:
    person, secret, role, networks, made, expires = row[:6]
    return ApiKey(person, secret, role, tuple(str(networks).split()), made, expires)  # type: ignore[arg-type]


def _encoded(org: str, k: ApiKey) -> bytes:
    return canonical("api key 1", k.person, k.secret, org, k.role, " ".join(k.networks), k.made, k.expires)
