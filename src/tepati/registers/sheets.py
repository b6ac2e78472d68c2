"""Room registers: the exact bytes of each form and of the cookie banner, for every version of the notice, for good.

Beside them stand dated pictures of its pages, where somebody took them: ``picture.<day>.<page>.<language>.<sha256>``.

The hash of each stands in a line of the ledger (``ledger_id``): whoever doubts the row compares there.
"""

from tepati.registers.cells import raw, whole
from tepati.store.port import Tx

PICTURE = "picture."  # how the name of a picture begins


async def add(tx: Tx, org: str, notice: bytes, name: str, body: bytes, ledger_id: bytes) -> None:
    """Keep one sheet of a version (the digest of its notice)."""
    await tx.run(
        "INSERT INTO sheet (org, notice, name, body, ledger_id) VALUES ($1, $2, $3, $4, $5)",
        org, notice, name, body, ledger_id,
    )  # fmt: skip


async def of_version(tx: Tx, org: str, notice: bytes) -> dict[str, bytes]:
    """Return the sheets of a version by name, without its pictures."""
    rows = await tx.all(
        "SELECT name, body FROM sheet WHERE org = $1 AND notice = $2 AND name NOT LIKE 'picture.%' ORDER BY name",
        org, notice,
    )  # fmt: skip
    return {str(name): raw(body) for name, body in rows}


async def named(tx: Tx, org: str, name: str) -> bytes | None:
    """Return a sheet by its name alone, whichever version of the notice it was kept with; None where there is none."""
    row = await tx.one("SELECT body FROM sheet WHERE org = $1 AND name = $2", org, name)
    return raw(row[0]) if row else None


async def pictures(tx: Tx, org: str, notice: bytes) -> dict[str, int]:
    """Return how large each picture of a version is (bytes), by name."""
    rows = await tx.all(
        "SELECT name, length(body) FROM sheet WHERE org = $1 AND notice = $2 AND name LIKE 'picture.%' ORDER BY name",
        org, notice,
    )  # fmt: skip
    return {str(name): whole(size) for name, size in rows}


async def one(tx: Tx, org: str, notice: bytes, name: str) -> bytes | None:
    """Return one sheet or picture of a version, or None."""
    row = await tx.one("SELECT body FROM sheet WHERE org = $1 AND notice = $2 AND name = $3", org, notice, name)
    return raw(row[0]) if row else None
