"""Room registers: the ledger's newest head and its tiles, for reading only."""

from tepati.registers.cells import raw, whole
from tepati.store.port import Tx


async def newest(tx: Tx, org: str) -> tuple[int, bytes, int] | None:
    """Return (size, root, instant) of the newest head, or None before the first line."""
    row = await tx.one("SELECT size, root, at FROM log_head WHERE org = $1", org)
    return (whole(row[0]), raw(row[1]), whole(row[2])) if row else None


async def tile(tx: Tx, org: str, level: int, number: int) -> bytes:
    """Return the hashes of a tile, as many as there are; empty where there is none."""
    row = await tx.one("SELECT hashes FROM log_tile WHERE org = $1 AND level = $2 AND idx = $3", org, level, number)
    return raw(row[0]) if row else b""


async def line_id(tx: Tx, org: str, index: int) -> bytes:
    """Return the id of line number ``index``, b"" where there is none."""
    row = await tx.one("SELECT id FROM log_leaf WHERE org = $1 AND idx = $2", org, index)
    return raw(row[0]) if row else b""
