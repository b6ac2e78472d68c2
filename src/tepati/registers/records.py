"""Room registers: records, one submission at one point each; their values lie sealed in the vault."""

from dataclasses import dataclass

from tepati.store.port import Tx


@dataclass(frozen=True, slots=True)
class Record:
    """One submission: where it entered, under which notice (digest), and whether its address was proven."""

    record: bytes
    point: str
    channel: str
    notice: bytes
    joined: bool
    created: int


async def add(tx: Tx, org: str, person: bytes, record: Record, ledger_id: bytes) -> None:
    """Write down one submission."""
    await tx.run(
        "INSERT INTO record (person, record, org, point, channel, notice, joined, created, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        person, record.record, org, record.point, record.channel, record.notice, int(record.joined), record.created,
        ledger_id,
    )


async def join(tx: Tx, person: bytes, record: bytes) -> None:
    """The address this record came with is proven to be the person's."""
    await tx.run("UPDATE record SET joined = 1 WHERE person = $1 AND record = $2", person, record)


async def of_person(tx: Tx, person: bytes) -> list[Record]:
    """List the records of one person, oldest first."""
    rows = await tx.all(
        "SELECT record, point, channel, notice, joined, created FROM record WHERE person = $1 ORDER BY created, record",
        person,
    )
    return [_read(row) for row in rows]


async def drop(tx: Tx, person: bytes, record: bytes) -> None:
    """Forget a record whose sealed values are gone."""
    await tx.run("DELETE FROM record WHERE person = $1 AND record = $2", person, record)


def _read(row: tuple[object, ...]) -> Record:
    record, point, channel, notice, joined, created = row
    return Record(bytes(record), str(point), str(channel), bytes(notice), bool(joined), int(created))  # type: ignore[arg-type,call-overload]
