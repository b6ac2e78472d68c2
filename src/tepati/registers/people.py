"""Room registers: persons, known by a random id only; ``provisional`` until an address of theirs is proven."""

from dataclasses import dataclass

from tepati.registers.cells import whole
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
    await tx.run(
        "INSERT INTO person (person, org, population, status, created, ledger_id)"
        " VALUES ($1, $2, $3, 'provisional', $4, $5)",
        person, org, population, at, ledger_id,
    )  # fmt: skip


async def get(tx: Tx, org: str, person: bytes) -> Person | None:
    """Return the person, or None where this organisation knows none of that id."""
    row = await tx.one("SELECT population, status, created FROM person WHERE person = $1 AND org = $2", person, org)
    return Person(person, str(row[0]), str(row[1]), whole(row[2])) if row else None


async def set_status(tx: Tx, org: str, person: bytes, status: str) -> None:
    """Change the status; ``held`` is a person erased but for what a hold keeps."""
    await tx.run("UPDATE person SET status = $3 WHERE person = $1 AND org = $2", person, org, status)


async def count(tx: Tx, org: str) -> int:
    """Count the persons of an organisation, all populations."""
    row = await tx.one("SELECT count(*) FROM person WHERE org = $1", org)
    return whole(row[0]) if row else 0


async def lock(tx: Tx, person: bytes) -> None:
    """Wait for other acts that write to this person; the lock ends with the transaction."""
    await tx.one("SELECT 1 FROM person WHERE person = $1 FOR UPDATE", person)
