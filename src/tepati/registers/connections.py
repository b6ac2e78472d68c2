"""Room registers: accounts of sign-in providers that lead to a person. A row verifies or is refused.

``secret`` is the blind index of issuer and subject, which stands in no other form: whoever is found by it in ``ident``
must have a row under it, bound to them by a MAC. That one was ended stands in the key store (``flows.ending``).
"""

from dataclasses import dataclass

from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Connection:
    """One account: ``provider`` names a recipient of the notice, or how staff sign in; ``made`` in microseconds."""

    person: bytes
    secret: bytes
    provider: str
    made: int


_COLUMNS = "person, secret, provider, made, mac"


async def add(tx: Tx, mac: Mac, org: str, connection: Connection, ledger_id: bytes) -> None:
    """Write one down. Raises Conflict where it is there already."""
    await tx.run(
        "INSERT INTO connection (person, secret, org, provider, made, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        connection.person, connection.secret, org, connection.provider, connection.made,
        mac(_encoded(org, connection)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, mac: Mac, org: str, person: bytes, secret: bytes) -> Connection | None:
    """Return the connection of a person under an index, None where there is none. Raises Tampered."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM connection WHERE person = $1 AND secret = $2 AND org = $3", person, secret, org
    )
    return _read(mac, org, row) if row else None


async def of(tx: Tx, mac: Mac, org: str, person: bytes) -> list[Connection]:
    """List the connections of a person, the newest first. Raises Tampered."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM connection WHERE person = $1 AND org = $2 ORDER BY made DESC, secret", person, org
    )
    return [_read(mac, org, row) for row in rows]


async def end(tx: Tx, person: bytes, secret: bytes) -> int:
    """Delete one, and what leads from it to the person; 0 where it was not there."""
    await tx.run("DELETE FROM ident WHERE blind_index = $1 AND person = $2", secret, person)
    return await tx.run("DELETE FROM connection WHERE person = $1 AND secret = $2", person, secret)


def _read(mac: Mac, org: str, row: Row) -> Connection:
    person, secret, provider, made, found = row
    connection = Connection(person, secret, str(provider), made)  # type: ignore[arg-type]
    verify(mac, _encoded(org, connection), found, "connection_tampered")  # type: ignore[arg-type]
    return connection


def _encoded(org: str, one: Connection) -> bytes:
    return canonical("connection 1", org, one.person, one.secret, one.provider, one.made)
