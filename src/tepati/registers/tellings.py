"""Room registers: how far the announcement of a version has come: letters are queued person by person, in order.

States: *running* (letters are being queued, up to ``cursor``), *told* (all are; the version may not be in force yet),
*standing* (it is, and everybody is put under it: the rows that sets of people are filtered by, nearer ends), *over*.
"""

from dataclasses import dataclass

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx

RUNNING, TOLD, STANDING, OVER = "running", "told", "standing", "over"
FIRST = bytes(16)  # before every id


@dataclass(frozen=True, slots=True)
class Telling:
    """The announcement of one version; ``told`` counts the letters that were queued."""

    digest: bytes
    state: str
    cursor: bytes = FIRST
    told: int = 0


async def add(tx: Tx, org: str, new: Telling, ledger_id: bytes) -> None:
    """Write down that a version is to be announced."""
    await tx.run(
        "INSERT INTO telling (org, digest, state, cursor, told, ledger_id) VALUES ($1, $2, $3, $4, $5, $6)",
        org, new.digest, new.state, new.cursor, new.told, ledger_id,
    )  # fmt: skip


async def alive(tx: Tx, org: str) -> list[Telling]:
    """List the announcements that are not over."""
    rows = await tx.all("SELECT digest, state, cursor, told FROM telling WHERE org = $1 AND state <> $2", org, OVER)
    return [_read(row) for row in rows]


async def locked(tx: Tx, org: str, digest: bytes) -> Telling | None:
    """Read an announcement and keep others from moving it until this transaction ends."""
    row = await tx.one(
        "SELECT digest, state, cursor, told FROM telling WHERE org = $1 AND digest = $2 FOR UPDATE", org, digest
    )
    return _read(row) if row else None


async def move(tx: Tx, org: str, moved: Telling) -> None:
    """Note how far an announcement has come."""
    await tx.run(
        "UPDATE telling SET state = $3, cursor = $4, told = $5 WHERE org = $1 AND digest = $2",
        org, moved.digest, moved.state, moved.cursor, moved.told,
    )  # fmt: skip


def _read(row: Row) -> Telling:
    return Telling(raw(row[0]), str(row[1]), raw(row[2]), whole(row[3]))
