"""Room registers: sign-ins by a provider that a browser began: a row is sealed, lives for minutes, is taken once."""

from tepati.registers.cells import raw
from tepati.store.port import Tx


async def put(tx: Tx, org: str, secret: bytes, expires: int, body: bytes) -> None:
    """Keep one under the keyed hash of what the browser holds, until an instant. Raises Conflict."""
    await tx.run("INSERT INTO errand (secret, org, expires, body) VALUES ($1, $2, $3, $4)", secret, org, expires, body)


async def get(tx: Tx, org: str, secret: bytes, at: int) -> bytes | None:
    """Return one that is not over, None where there is none."""
    row = await tx.one("SELECT body FROM errand WHERE secret = $1 AND org = $2 AND expires > $3", secret, org, at)
    return raw(row[0]) if row else None


async def take(tx: Tx, secret: bytes) -> int:
    """Take one away; 0 where somebody was first."""
    return await tx.run("DELETE FROM errand WHERE secret = $1", secret)


async def sweep(tx: Tx, org: str, at: int, limit: int) -> int:
    """Delete those that are over, at most ``limit``; return how many."""
    rows = await tx.all("SELECT secret FROM errand WHERE org = $1 AND expires <= $2 ORDER BY expires LIMIT $3",
                        org, at, limit)  # fmt: skip
    await tx.many("DELETE FROM errand WHERE secret = $1", rows)
    return len(rows)
