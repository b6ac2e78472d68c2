"""Room registers: records, one submission at one point each; their values lie sealed in the vault."""

from dataclasses import dataclass

import msgspec

from tepati.registers.cells import raw, whole
from tepati.store.port import Row, Tx


class Record(msgspec.Struct, frozen=True):
    """One submission: where it entered, under which notice (digest), and whether its address was proven."""

    record: bytes
    point: str
    channel: str
    notice: bytes
    joined: bool
    created: int


async def add(tx: Tx, org: str, person: bytes, record: Record, ledger_id: bytes) -> None:
    """Write down one submission."""
    row = (
        person, record.record, org, record.point, record.channel, record.notice, int(record.joined), record.created,
        ledger_id,
    )  # fmt: skip
    await tx.later(
        "INSERT INTO record (person, record, org, point, channel, notice, joined, created, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [row],
    )


async def join(tx: Tx, person: bytes, record: bytes) -> None:
    """The address this record came with is proven to be the person's."""
    await tx.later("UPDATE record SET joined = 1 WHERE person = $1 AND record = $2", [(person, record)])


async def of_person(tx: Tx, person: bytes) -> list[Record]:
    """List the records of one person, oldest first."""
    rows = await tx.all(
        "SELECT record, point, channel, notice, joined, created FROM record WHERE person = $1 ORDER BY created, record",
        person,
    )
    return [_read(row) for row in rows]


async def shown(tx: Tx, person: bytes, record: bytes) -> tuple[bytes, str]:
    """Return the digest of the notice a record came under, and by which channel; b"" when there is no such record."""
    row = await tx.one("SELECT notice, channel FROM record WHERE person = $1 AND record = $2", person, record)
    return (raw(row[0]), str(row[1])) if row else (b"", "")


@dataclass(frozen=True, slots=True)
class Listed:
    """A record among others of its point: whose, and when it came."""

    person: bytes
    record: bytes
    created: int


async def at_point(tx: Tx, org: str, point: str, limit: int) -> list[Listed]:
    """List the proven records of a point, decoys' left out, the newest first; at most ``limit``."""
    rows = await tx.all(
        "SELECT person, record, created FROM record WHERE org = $1 AND point = $2 AND joined = 1"
        " AND NOT EXISTS (SELECT 1 FROM decoy WHERE decoy.person = record.person)"
        " ORDER BY created DESC, record LIMIT $3",
        org, point, limit,
    )  # fmt: skip
    return [Listed(raw(person), raw(record), whole(created)) for person, record, created in rows]


async def drop(tx: Tx, person: bytes, record: bytes) -> None:
    """Forget a record whose sealed values are gone."""
    await tx.run("DELETE FROM record WHERE person = $1 AND record = $2", person, record)


def _read(row: Row) -> Record:
    record, point, channel, notice, joined, created = row
    return Record(raw(record), str(point), str(channel), raw(notice), bool(joined), whole(created))


async def categories(tx: Tx, person: bytes, record: bytes) -> list[str]:
    """List the categories in which a record has sealed values."""
    rows = await tx.all(
        "SELECT category FROM sealed WHERE person = $1 AND record = $2 ORDER BY category", person, record
    )
    return [str(row[0]) for row in rows]


async def set_due(tx: Tx, person: bytes, record: bytes, category: str, due: int) -> None:
    """Say when the sealed values of one category of a record end."""
    await tx.later(
        "UPDATE sealed SET due = $4 WHERE person = $1 AND record = $2 AND category = $3",
        [(person, record, category, due)],
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A sealed part whose time is over."""

    person: bytes
    record: bytes
    category: str
    ending: str


async def due(tx: Tx, org: str, at: int, limit: int) -> list[Due]:
    """List sealed parts past their end, longest overdue first, with the ending their key stands for."""
    rows = await tx.all(
        "SELECT s.person, s.record, s.category, d.ending FROM sealed s JOIN dek d"
        " ON d.person = s.person AND d.key = s.key WHERE s.org = $1 AND s.due <= $2 ORDER BY s.due LIMIT $3",
        org, at, limit,
    )  # fmt: skip
    return [_due(row) for row in rows]


async def due_of(tx: Tx, org: str, person: bytes, at: int) -> list[Due]:
    """List the sealed parts of one person that are past their end."""
    rows = await tx.all(
        "SELECT s.person, s.record, s.category, d.ending FROM sealed s JOIN dek d"
        " ON d.person = s.person AND d.key = s.key WHERE s.person = $1 AND s.org = $2 AND s.due <= $3 ORDER BY s.due",
        person, org, at,
    )  # fmt: skip
    return [_due(row) for row in rows]


def _due(row: Row) -> Due:
    return Due(raw(row[0]), raw(row[1]), str(row[2]), str(row[3]))


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed part of a record: when it ends, and the name of the end its key is made for."""

    record: bytes
    category: str
    due: int
    ending: str


async def parts(tx: Tx, person: bytes) -> list[Part]:
    """List the sealed parts of a person."""
    rows = await tx.all(
        "SELECT s.record, s.category, s.due, d.ending FROM sealed s JOIN dek d"
        " ON d.person = s.person AND d.key = s.key WHERE s.person = $1 ORDER BY s.record, s.category",
        person,
    )
    return [Part(raw(r[0]), str(r[1]), whole(r[2]), str(r[3])) for r in rows]


@dataclass(frozen=True, slots=True)
class Ending:
    """How many sealed parts of one category end by three instants: those that are over, by today, by a later day."""

    category: str
    over: int
    today: int
    later: int


async def endings(tx: Tx, org: str, now: int, today: int, later: int) -> list[Ending]:
    """Count by category the sealed parts that end by ``later``; each figure holds the one before."""
    rows = await tx.all(
        "SELECT category, sum(CASE WHEN due <= $2 THEN 1 ELSE 0 END), sum(CASE WHEN due <= $3 THEN 1 ELSE 0 END),"
        " count(*) FROM sealed WHERE org = $1 AND due <= $4 GROUP BY category ORDER BY category",
        org, now, today, later,
    )  # fmt: skip
    return [Ending(str(r[0]), whole(r[1]), whole(r[2]), whole(r[3])) for r in rows]


async def next_end(tx: Tx, org: str, after: int) -> int:
    """Return the first instant after another at which something ends, 0 where nothing is sealed."""
    row = await tx.one("SELECT min(due) FROM sealed WHERE org = $1 AND due > $2", org, after)
    return whole(row[0]) if row else 0
