"""Room registers: dealings, what the notice calls cases: an order, a visit, a complaint, with their moments."""

from dataclasses import dataclass

import msgspec

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Dealing:
    """A dealing of one person; open while ``closed`` is 0; ``number`` is what people say on the phone."""

    person: bytes
    dealing: bytes
    kind: str
    number: str
    record: bytes
    opened: int
    closed: int
    moments: dict[str, int]
    assigned: bytes


_COLUMNS = "person, dealing, kind, number, record, opened, closed, moments, assigned"


async def add(tx: Tx, org: str, dealing: Dealing, ledger_id: bytes) -> None:
    """Open a dealing."""
    moments = msgspec.json.encode(dealing.moments, order="sorted").decode()
    row = (
        dealing.person, dealing.dealing, org, dealing.kind, dealing.number, dealing.record or None, dealing.opened,
        dealing.closed or None, moments, dealing.assigned or None, ledger_id,
    )  # fmt: skip
    await tx.later(
        "INSERT INTO dealing (person, dealing, org, kind, number, record, opened, closed, moments, assigned, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [row],
    )


async def numbered(tx: Tx, org: str, number: str) -> list[Dealing]:
    """Find the dealings of a number, at most two: numbers are short, and nothing makes them unique across people."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM dealing WHERE org = $1 AND number = $2 LIMIT 2", org, number)
    return [_read(row) for row in rows]


async def get(tx: Tx, person: bytes, dealing: bytes) -> Dealing | None:
    """Return one dealing of a person, or None."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM dealing WHERE person = $1 AND dealing = $2", person, dealing)
    return _read(row) if row else None


async def line_of(tx: Tx, person: bytes, dealing: bytes) -> bytes:
    """Return the id of the line under which a dealing was opened, b"" for none."""
    row = await tx.one("SELECT ledger_id FROM dealing WHERE person = $1 AND dealing = $2", person, dealing)
    return raw(row[0]) if row else b""


async def of_person(tx: Tx, person: bytes) -> list[Dealing]:
    """List the dealings of one person."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM dealing WHERE person = $1 ORDER BY opened, dealing", person)
    return [_read(row) for row in rows]


# Decoys stand on no list of work: whoever opens one of them was led there by nothing.
_SERVED = "NOT EXISTS (SELECT 1 FROM decoy WHERE decoy.person = dealing.person)"


async def work_of(tx: Tx, org: str, kind: str, limit: int) -> list[Dealing]:
    """List open dealings of a kind that somebody works on, the oldest first; at most ``limit``."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM dealing WHERE org = $1 AND kind = $2 AND closed IS NULL AND {_SERVED}"
        " ORDER BY opened, dealing LIMIT $3",
        org, kind, limit,
    )  # fmt: skip
    return [_read(row) for row in rows]


async def open_of(tx: Tx, org: str, kind: str, limit: int, after: tuple[int, bytes] = (0, bytes(16))) -> list[Dealing]:
    """List open dealings of a kind, decoys' too, the oldest first, from past one (``opened`` and id) on."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM dealing WHERE org = $1 AND kind = $2 AND closed IS NULL"
        " AND (opened > $3 OR (opened = $3 AND dealing > $4)) ORDER BY opened, dealing LIMIT $5",
        org, kind, *after, limit,
    )  # fmt: skip
    return [_read(row) for row in rows]


async def closed_of(tx: Tx, org: str, kind: str, limit: int) -> list[Dealing]:
    """List dealings of a kind that were closed, decoys' left out, the newest first; at most ``limit``."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM dealing WHERE org = $1 AND kind = $2 AND closed IS NOT NULL AND {_SERVED}"
        " ORDER BY closed DESC, dealing LIMIT $3",
        org, kind, limit,
    )  # fmt: skip
    return [_read(row) for row in rows]


async def open_count(tx: Tx, org: str, kind: str, but: str = "") -> int:
    """Count open dealings of a kind that somebody works on; those with the moment ``but`` wait for somebody else."""
    row = await tx.one(
        "SELECT count(*) FROM dealing WHERE org = $1 AND kind = $2 AND closed IS NULL AND moments NOT LIKE $3"
        f" AND {_SERVED}",
        org, kind, f'%"{but}":%',
    )  # fmt: skip
    return whole(row[0]) if row else 0


async def plan(tx: Tx, person: bytes, dealing: bytes, moments: dict[str, int], assigned: bytes) -> None:
    """Write down the planned moments of a dealing, and to whom it is given."""
    said = msgspec.json.encode(moments, order="sorted").decode()
    await tx.run(
        "UPDATE dealing SET moments = $3, assigned = $4 WHERE person = $1 AND dealing = $2",
        person, dealing, said, assigned or None,
    )  # fmt: skip


async def close(tx: Tx, person: bytes, dealing: bytes, at: int) -> None:
    """Close a dealing that is open."""
    await tx.run(
        "UPDATE dealing SET closed = $3 WHERE person = $1 AND dealing = $2 AND closed IS NULL", person, dealing, at
    )


async def reopen(tx: Tx, person: bytes, dealing: bytes) -> None:
    """Open a dealing again that was closed."""
    await tx.run("UPDATE dealing SET closed = NULL WHERE person = $1 AND dealing = $2", person, dealing)


async def drop(tx: Tx, person: bytes, dealing: bytes) -> None:
    """Forget a dealing whose record is gone, and its parts: the visits of a booking stand under its record."""
    await tx.run("DELETE FROM dealing WHERE person = $1 AND (dealing = $2 OR record = $2)", person, dealing)


def _read(row: Row) -> Dealing:
    person, dealing, kind, number, record, opened, closed, moments, assigned = row
    return Dealing(
        raw(person),
        raw(dealing),
        str(kind),
        str(number),
        raw(record),
        whole(opened),
        whole(closed),
        msgspec.json.decode(str(moments), type=dict[str, int]),
        raw(assigned),
    )
