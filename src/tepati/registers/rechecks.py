"""Room registers: second looks: which reveals were drawn to be looked at again, by when, and what came of it.

A row names a line of the ledger and nobody. The ledger counts each draw too (``recheck.drawn``), so a row that SQL took
away is missed by the board.
"""

from dataclasses import dataclass

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx

OPEN = "open"  # else the outcome: in_order, not_in_order


@dataclass(frozen=True, slots=True)
class Recheck:
    """One second look at the reveal that ``line`` wrote down; instants in microseconds since 1970 UTC."""

    line: bytes
    at: int
    due: int
    state: str = OPEN


async def add(tx: Tx, org: str, drawn: Recheck, ledger_id: bytes) -> None:
    """Write down that a reveal was drawn."""
    await tx.run(
        "INSERT INTO recheck (recheck, org, at, due, state, ledger_id) VALUES ($1, $2, $3, $4, $5, $6)",
        drawn.line, org, drawn.at, drawn.due, drawn.state, ledger_id,
    )  # fmt: skip


async def get(tx: Tx, org: str, line: bytes) -> Recheck | None:
    """Return the second look at one line, or None."""
    row = await tx.one("SELECT recheck, at, due, state FROM recheck WHERE recheck = $1 AND org = $2", line, org)
    return _read(row) if row else None


async def waiting(tx: Tx, org: str, limit: int) -> list[Recheck]:
    """List the second looks nobody has taken yet, the next due first."""
    rows = await tx.all(
        "SELECT recheck, at, due, state FROM recheck WHERE org = $1 AND state = 'open' ORDER BY due LIMIT $2",
        org, limit,
    )  # fmt: skip
    return [_read(row) for row in rows]


async def settle(tx: Tx, org: str, line: bytes, outcome: str) -> bool:
    """Write down what a second look found; False when somebody was first."""
    changed = await tx.run(
        "UPDATE recheck SET state = $3 WHERE recheck = $1 AND org = $2 AND state = 'open'", line, org, outcome
    )
    return bool(changed)


def _read(row: Row) -> Recheck:
    line, at, due, state = row
    return Recheck(raw(line), whole(at), whole(due), str(state))
