"""Room registers: persons, known by a random id only; ``provisional`` until an address of theirs is proven."""

from dataclasses import dataclass

from tepati.registers.cells import raw, whole
from tepati.store.port import Tx


@dataclass(frozen=True, slots=True)
class Person:
    """A data subject of one organisation: ``population`` of the notice, ``status`` provisional | joined | held."""

    person: bytes
    population: str
    status: str
    created: int


async def add(tx: Tx, org: str, person: bytes, population: str, at: int, ledger_id: bytes) -> None:
    """Write down that this person exists, as provisional."""
    await tx.later(
        "INSERT INTO person (person, org, population, status, created, ledger_id) VALUES ($1, $2, $3, $4, $5, $6)",
        [(person, org, population, "provisional", at, ledger_id)],
    )


async def get(tx: Tx, org: str, person: bytes) -> Person | None:
    """Return the person, or None where this organisation knows none of that id."""
    row = await tx.one("SELECT population, status, created FROM person WHERE person = $1 AND org = $2", person, org)
    return Person(person, str(row[0]), str(row[1]), whole(row[2])) if row else None


async def reachable(tx: Tx, org: str, after: bytes, limit: int) -> list[tuple[bytes, str]]:
    """List up to ``limit`` (person, population) after an id whom a letter reaches: proven addresses, present staff."""
    rows = await tx.all(
        "SELECT person, population FROM person WHERE org = $1 AND person > $2 AND (status = 'joined'"
        " OR person IN (SELECT person FROM staff WHERE org = $1 AND gone IS NULL)) ORDER BY person LIMIT $3",
        org, after, limit,
    )  # fmt: skip
    return [(raw(row[0]), str(row[1])) for row in rows]


async def everybody(tx: Tx, org: str, after: bytes, limit: int) -> list[bytes]:
    """List up to ``limit`` persons after an id, whatever is known of them."""
    rows = await tx.all(
        "SELECT person FROM person WHERE org = $1 AND person > $2 ORDER BY person LIMIT $3", org, after, limit
    )
    return [raw(row[0]) for row in rows]


async def unproven(tx: Tx, org: str) -> dict[str, int]:
    """Count those without a proven address by population, members of staff left out; reads every person's row."""
    rows = await tx.all(
        "SELECT population, count(*) FROM person WHERE org = $1 AND status = 'provisional' AND population <> 'staff'"
        " GROUP BY population", org,
    )  # fmt: skip
    return {str(population): whole(n) for population, n in rows}


async def set_status(tx: Tx, org: str, person: bytes, status: str) -> None:
    """Change the status; ``held`` is a person erased but for what a hold keeps."""
    await tx.later("UPDATE person SET status = $3 WHERE person = $1 AND org = $2", [(person, org, status)])


async def count(tx: Tx, org: str) -> int:
    """Count the persons of an organisation, all populations."""
    row = await tx.one("SELECT count(*) FROM person WHERE org = $1", org)
    return whole(row[0]) if row else 0
