"""Room registers: of how many people something is kept by a hold alone. Counted by a walk over the keys, when asked."""

from tepati.registers.cells import whole
from tepati.store.port import Store


async def held(store: Store, org: str) -> dict[str, int]:
    """Count by category the people of whom something is kept by a hold alone: a walk over the keys, off the loop."""
    found: dict[str, int] = {}
    async for rows in store.scan(
        "SELECT d.category, count(DISTINCT d.person) FROM epoch e JOIN dek d ON d.org = e.org AND d.epoch = e.epoch"
        " WHERE e.org = $1 AND d.ending >= 'hold:' AND d.ending < 'hold;' GROUP BY d.category",
        org,
    ):
        found |= {str(category): whole(n) for category, n in rows}
    return found
