"""Room registers: sessions. Only a hash of a session's secret is kept, and it is looked up together with its person.

Each row verifies or is refused, as rows of staff do: whose it is, of which kind, and until when. A row that was ended
and put back verifies again: that its secret was ended stands in the key store (``flows.ending``), and ``version`` is
that of the member when they signed in: whatever takes something away from a member raises the floor for it.
"""

from dataclasses import dataclass

from tepati.errors import Expired
from tepati.registers.cells import raw
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Session:
    """A session: ``secret`` is the keyed hash of what the browser holds; ``kind``: ``staff``, ``person``, ``cli``."""

    person: bytes
    secret: bytes
    kind: str
    made: int
    expires: int
    version: int = 0  # of the member's row at the signing-in; 0: no member of staff


async def add(tx: Tx, mac: Mac, org: str, session: Session, ledger_id: bytes) -> None:
    """Open a session. Raises Conflict when the secret is there already."""
    await tx.run(
        "INSERT INTO session (person, secret, org, kind, made, expires, version, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        session.person, session.secret, org, session.kind, session.made, session.expires, session.version,
        mac(_encoded(org, session)), ledger_id,
    )  # fmt: skip


async def valid(tx: Tx, mac: Mac, org: str, person: bytes, secret: bytes, at: int) -> Session:
    """Return the session if it is of this organisation and not over.

    Raises Expired (unknown and over look alike), Tampered: a row that SQL wrote or prolonged.
    """
    row = await tx.one(
        "SELECT person, secret, kind, made, expires, version, mac FROM session"
        " WHERE person = $1 AND secret = $2 AND org = $3 AND expires > $4",
        person, secret, org, at,
    )  # fmt: skip
    if row is None:
        raise Expired("session")
    return verified(mac, org, row)


def verified(mac: Mac, org: str, row: Row) -> Session:
    """Read a row with its MAC behind it. Raises Tampered: SQL wrote or prolonged it."""
    session = _read(row[:-1])
    verify(mac, _encoded(org, session), raw(row[-1]), "session_tampered")
    return session


async def end(tx: Tx, person: bytes, secret: bytes) -> int:
    """End one session; 0 when it was not there."""
    return await tx.run("DELETE FROM session WHERE person = $1 AND secret = $2", person, secret)


async def of(tx: Tx, person: bytes, at: int) -> list[Session]:
    """List the running sessions of a person, unverified, the newest first."""
    rows = await tx.all(
        "SELECT person, secret, kind, made, expires, version FROM session WHERE person = $1 AND expires > $2"
        " ORDER BY made DESC, secret",
        person, at,
    )  # fmt: skip
    return [_read(row) for row in rows]


async def sweep(tx: Tx, org: str, at: int, limit: int) -> int:
    """Delete sessions that are over, at most ``limit``; return how many."""
    rows = await tx.all(
        "SELECT person, secret FROM session WHERE org = $1 AND expires <= $2 ORDER BY expires LIMIT $3", org, at, limit
    )
    await tx.many("DELETE FROM session WHERE person = $1 AND secret = $2", rows)
    return len(rows)


def _read(row: Row) -> Session:
    return Session(*row)  # type: ignore[arg-type]


def _encoded(org: str, s: Session) -> bytes:
    return canonical("session 1", s.person, s.secret, org, s.kind, s.made, s.expires, s.version)
