"""Room registers: how often a member of staff has entered something at a point, within the time its limit looks back.

One row a member and point, written over when its time is over: no list of what somebody did. Unverified, so good for a
limit and nothing else.
"""

from tepati.registers.cells import whole
from tepati.store.port import Tx


async def since(tx: Tx, person: bytes, point: str) -> tuple[int, int]:
    """Return since when is counted (microseconds since 1970 UTC) and how many; (0, 0) where nothing was. Waits."""
    row = await tx.one("SELECT since, n FROM entered WHERE person = $1 AND point = $2 FOR UPDATE", person, point)
    return (whole(row[0]), whole(row[1])) if row else (0, 0)


async def begin(tx: Tx, org: str, who: tuple[bytes, str], at: int, n: int, ledger_id: bytes) -> None:
    """Count a member's first at a point. Raises Conflict where another act does so now."""
    await tx.run(
        "INSERT INTO entered (person, point, org, since, n, ledger_id) VALUES ($1, $2, $3, $4, $5, $6)",
        *who, org, at, n, ledger_id,
    )  # fmt: skip


async def keep(tx: Tx, who: tuple[bytes, str], at: int, n: int, ledger_id: bytes) -> None:
    """Write down since when is counted, and how many."""
    await tx.run(
        "UPDATE entered SET since = $3, n = $4, ledger_id = $5 WHERE person = $1 AND point = $2", *who, at, n, ledger_id
    )
