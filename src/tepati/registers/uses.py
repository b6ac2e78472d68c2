"""Room registers: which lines tell both a member of staff and a person: what somebody themself did with one person."""

from tepati.registers.cells import raw
from tepati.store.port import Tx


async def between(tx: Tx, org: str, actor: bytes, person: bytes, limit: int) -> list[bytes]:
    """List the ids of lines with an opening for both, at most ``limit``; the ledger knows their order."""
    rows = await tx.all(
        "SELECT p.ledger_id FROM opening p JOIN opening a"
        " ON a.person = $3 AND a.ledger_id = p.ledger_id AND a.party = 'actor'"
        " WHERE p.person = $1 AND p.party = 'person' AND p.org = $2 LIMIT $4",
        person, org, actor, limit,
    )  # fmt: skip
    return [raw(row[0]) for row in rows]
