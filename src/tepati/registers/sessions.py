"""Room registers: sessions. Only a hash of a session's secret is kept, and it is looked up together with its person."""

from dataclasses import dataclass

from tepati.errors import Expired
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Session:
    """A session: ``secret`` is the keyed hash of what the browser holds; ``kind``: ``staff``, ``person``, ``cli``."""

    person: bytes
    secret: bytes
    kind: str
    made: int
    expires: int


async def add(tx: Tx, org: str, session: Session, ledger_id: bytes) -> None:
    """Open a session. Raises Conflict when the secret is there already."""
    await tx.run(
        "INSERT INTO session (person, secret, org, kind, made, expires, ledger_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        session.person, session.secret, org, session.kind, session.made, session.expires, ledger_id,
    )  # fmt: skip


async def valid(tx: Tx, org: str, person: bytes, secret: bytes, at: int) -> Session:
    """Return the session if it is of this organisation and not over. Raises Expired; unknown and over look alike."""
    row = await tx.one(
        "SELECT person, secret, kind, made, expires FROM session"
        " WHERE person = $1 AND secret = $2 AND org = $3 AND expires > $4",
        person, secret, org, at,
    )  # fmt: skip
    if row is None:
        raise Expired("session")
    return _read(row)


async def end(tx: Tx, person: bytes, secret: bytes) -> int:
    """End one session; 0 when it was not there."""
    return await tx.run("DELETE FROM session WHERE person = $1 AND secret = $2", person, secret)


async def end_all(tx: Tx, person: bytes) -> int:
    """End all sessions of a person: a changed password or factor, a member of staff who left; return how many."""
    return await tx.run("DELETE FROM session WHERE person = $1", person)


async def of(tx: Tx, person: bytes, at: int) -> list[Session]:
    """List the running sessions of a person, the newest first."""
    rows = await tx.all(
        "SELECT person, secret, kind, made, expires FROM session WHERE person = $1 AND expires > $2"
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
