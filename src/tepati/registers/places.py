"""Room registers: held hours. A booking holds one of as many places as an hour has, so that none is promised twice.

A place is a secret index of hour and number, unique by ``ident`` alone (schema rule 2): the hour itself stands in no
table, two bookings never get one place, and whoever is erased gives theirs free.
"""

from dataclasses import dataclass

from tepati.registers.cells import raw, whole
from tepati.rules.facts import FOREVER
from tepati.store.port import Tx

FIELD = "hour"  # the name under which places are indexed


@dataclass(frozen=True, slots=True)
class Place:
    """The place that one record holds until ``expires`` (microseconds since 1970 UTC)."""

    person: bytes
    record: bytes
    secret: bytes
    expires: int
    ledger_id: bytes = b""


async def take(tx: Tx, org: str, place: Place, ledger_id: bytes) -> bool:
    """Take a place; False where somebody has it."""
    taken = await tx.run(
        "INSERT INTO ident (blind_index, org, field, person) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        place.secret, org, FIELD, place.person,
    )  # fmt: skip
    if not taken:
        return False
    await tx.later(
        "INSERT INTO place (person, record, secret, org, expires, ledger_id) VALUES ($1, $2, $3, $4, $5, $6)",
        [(place.person, place.record, place.secret, org, place.expires, ledger_id)],
    )
    return True


async def of(tx: Tx, person: bytes, record: bytes) -> Place | None:
    """Return the place that a record holds, or held (its ``expires`` is then FOREVER), or None."""
    row = await tx.one(
        "SELECT person, record, secret, expires, ledger_id FROM place WHERE person = $1 AND record = $2",
        person, record,
    )  # fmt: skip
    return Place(raw(row[0]), raw(row[1]), raw(row[2]), whole(row[3]), raw(row[4])) if row else None


async def prolong(tx: Tx, place: Place, until: int) -> None:
    """Hold a place until another instant."""
    await tx.run("UPDATE place SET expires = $3 WHERE person = $1 AND record = $2", place.person, place.record, until)


async def leave(tx: Tx, person: bytes, record: bytes) -> None:
    """Give the place of a record free, and forget that it held one."""
    held = await of(tx, person, record)
    if held:
        await tx.run("DELETE FROM place WHERE person = $1 AND record = $2", person, record)
        await _free(tx, held)


async def expire(tx: Tx, org: str, at: int, limit: int) -> int:
    """Give places free whose time is over, at most ``limit``; return how many. The row stays as long as its record."""
    rows = await tx.all(
        "SELECT person, record, secret, expires FROM place WHERE org = $1 AND expires <= $2 ORDER BY expires LIMIT $3",
        org, at, limit,
    )  # fmt: skip
    for person, record, secret, expires in rows:
        place = Place(raw(person), raw(record), raw(secret), whole(expires))
        await _free(tx, place)
        await prolong(tx, place, FOREVER)
    return len(rows)


async def _free(tx: Tx, place: Place) -> None:
    if place.expires < FOREVER:  # else it is free already, and may be somebody else's
        await tx.run("DELETE FROM ident WHERE blind_index = $1", place.secret)
