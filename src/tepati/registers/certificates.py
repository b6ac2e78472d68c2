"""Room registers: erasure certificates: they outlive the person, name nobody, and open by the mailed capability only.

The table keeps the SHA-256 of the capability, never the capability. A certificate grows once, from *erased* (the live
copy is gone) to *complete* (the epoch key that could open a backup is destroyed), and dies at ``until``. Its row
carries a MAC, which ``flows.certificate`` makes and checks: SQL without keys can neither write nor grow one.
"""

from dataclasses import dataclass

from tepati.errors import Conflict, NotFound
from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one erasure left behind; instants in microseconds, ``complete`` is 0 until the keys are destroyed."""

    certificate: bytes
    capability: bytes  # SHA-256 of the secret in the mailed link
    number: str
    body: str
    requested: int
    erased: int
    until: int
    complete: int = 0
    mac: bytes = b""  # over all the rest, under a key outside the database: ``flows.certificate`` makes and checks it


_COLUMNS = "certificate, capability, number, body, requested, erased, until, complete, mac"


async def create(tx: Tx, org: str, certificate: Certificate, ledger_id: bytes) -> None:
    """Write down a certificate at the erasure; ``until`` is the last instant at which its link opens."""
    c = certificate
    await tx.run(
        "INSERT INTO certificate"
        " (certificate, capability, number, body, requested, erased, until, complete, org, ledger_id, mac)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        c.certificate, c.capability, c.number, c.body, c.requested, c.erased, c.until, c.complete or None, org,
        ledger_id, c.mac,
    )  # fmt: skip


async def find(tx: Tx, org: str, capability: bytes, now: int) -> Certificate:
    """Return the certificate of a capability's hash. Raises NotFound when unknown or past its end: both look alike."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM certificate WHERE capability = $1 AND org = $2 AND until > $3", capability, org, now
    )
    if row is None:
        raise NotFound("certificate_unknown")
    return _read(row)


async def waiting(tx: Tx, org: str, limit: int = 10_000) -> list[Certificate]:
    """Return erasures that some copy still outlives, the newest first: a roll looks for those it completes."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM certificate WHERE org = $1 AND complete IS NULL AND erased > 0"
        " ORDER BY erased DESC LIMIT $2",
        org, limit,
    )  # fmt: skip
    return [_read(row) for row in rows]


async def complete(tx: Tx, org: str, certificate: bytes, at: int, body: str, mac: bytes = b"") -> None:
    """Say that the keys are destroyed, once; ``body`` replaces the earlier one. Raises Conflict when done before."""
    done = await tx.run(
        "UPDATE certificate SET complete = $3, body = $4, mac = $5"
        " WHERE certificate = $1 AND org = $2 AND complete IS NULL",
        certificate, org, at, body, mac,
    )  # fmt: skip
    if not done:
        raise Conflict("certificate_complete")


async def expire(tx: Tx, org: str, now: int) -> int:
    """Destroy the certificates whose time is over, but for those whose erasure is not complete; return how many."""
    return await tx.run(
        "DELETE FROM certificate WHERE org = $1 AND until <= $2 AND (complete IS NOT NULL OR erased = 0)", org, now
    )


def _read(row: Row) -> Certificate:
    ident, capability, number, body, requested, erased, until, complete_at, mac = row
    return Certificate(
        raw(ident), raw(capability), str(number), str(body), whole(requested),
        whole(erased), whole(until), whole(complete_at), raw(mac),
    )  # fmt: skip


async def numbered(tx: Tx, org: str, number: str) -> Certificate:
    """Return the certificate of a request's number. Raises NotFound."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM certificate WHERE org = $1 AND number = $2", org, number)
    if row is None:
        raise NotFound("certificate_unknown")
    return _read(row)


async def change(tx: Tx, org: str, grown: Certificate) -> None:
    """Let a certificate grow: what it says, when the erasure happened, how long it opens."""
    await tx.run(
        "UPDATE certificate SET body = $3, erased = $4, mac = $5, until = $6 WHERE certificate = $1 AND org = $2",
        grown.certificate, org, grown.body, grown.erased, grown.mac, grown.until,
    )  # fmt: skip
