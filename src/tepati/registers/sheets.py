"""Room registers: the exact bytes of each form and of the cookie banner, for every version of the notice, for good.

The hash of each stands in a line of the ledger (``ledger_id``): whoever doubts the row compares there.
"""

from tepati.registers.cells import raw
from tepati.store.port import Tx


async def add(tx: Tx, org: str, notice: bytes, name: str, body: bytes, ledger_id: bytes) -> None:
    """Keep one sheet of a version (the digest of its notice)."""
    await tx.run(
        "INSERT INTO sheet (org, notice, name, body, ledger_id) VALUES ($1, $2, $3, $4, $5)",
        org, notice, name, body, ledger_id,
    )  # fmt: skip


async def of_version(tx: Tx, org: str, notice: bytes) -> dict[str, bytes]:
    """Return the sheets of a version by name."""
    rows = await tx.all("SELECT name, body FROM sheet WHERE org = $1 AND notice = $2 ORDER BY name", org, notice)
    return {str(name): raw(body) for name, body in rows}
