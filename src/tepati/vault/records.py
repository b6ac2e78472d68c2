"""Room vault: what a person gave, one sealed blob per record and category, opened for a permit only.

All blobs of a record carry its row version, which the MACed state expects: an old blob put back is refused, and so is
one moved to another row, person or category, since all of these are bound into the seal.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import msgspec

from tepati.errors import Refused, Tampered
from tepati.rules.facts import Facts, Permit, Row
from tepati.store.port import Tx, Value
from tepati.vault import keys, people
from tepati.vault.room import Room, leave
from tepati.vault.seal import NONCE, SCHEMA, Draw, Random, bound, ids, seal, unseal
from tepati.vault.secret import Secret

Values = dict[str, str]
HELD = "hold:"  # how the unit of ending of what only a hold keeps begins
_VALUES = msgspec.msgpack.Decoder(Values)


@dataclass(frozen=True, slots=True)
class Opened:
    """One category of one record, opened: the fields the permit names, and no other."""

    record: bytes
    category: str
    values: dict[str, Secret]


class Given(msgspec.Struct, frozen=True):
    """What is to be sealed into one record: values, endings and dues (microseconds) by category."""

    record: bytes
    values: Mapping[str, Mapping[str, str]]
    endings: Mapping[str, str]
    dues: Mapping[str, int]
    ledger_id: bytes


@dataclass(frozen=True, slots=True)
class Blob:
    """A sealed row together with its unit's key."""

    record: bytes
    category: str
    version: int
    due: int
    ledger_id: bytes
    unit: keys.Unit
    values: Values


def aad(room: Room, person: bytes, record: bytes, category: str, version: int) -> bytes:
    """Return what a record's blob is bound to."""
    return _start(room.org) + ids(person, record) + _end(category, version)


@cache
def _start(org: str) -> bytes:
    return bound("tepati record 1", org)


@lru_cache(4096)
def _end(category: str, version: int) -> bytes:
    return bound(category, SCHEMA, version)


async def blobs(
    room: Room, tx: Tx, person: bytes, record: bytes | None = None, categories: Container[str] | None = None
) -> list[Blob]:
    """Open a person's blobs, or those of one record or some categories; callers check a permit, or end things.

    Raises Tampered where a blob has no key, another category's key, or does not verify.
    """
    sql = (
        "SELECT s.record, s.category, s.version, s.due, s.ledger_id, s.blob, d.key, d.category, d.ending, d.epoch,"
        " d.wrapped FROM sealed s LEFT JOIN dek d ON d.person = s.person AND d.key = s.key"
        " WHERE s.person = $1 AND s.org = $2"
    )
    if record is None:
        rows = await tx.all(sql, person, room.org)
    else:
        rows = await tx.all(f"{sql} AND s.record = $3", person, room.org, record)
    return [_blob(room, person, row) for row in rows if categories is None or row[1] in categories]


def _blob(room: Room, person: bytes, row: tuple[object, ...]) -> Blob:
    found, category, version, due, ledger_id, sealed = row[:6]
    if row[6] is None:
        raise Tampered("dek_missing")
    unit = keys.unwrap(room, person, row[6:])  # type: ignore[arg-type]
    if unit.category != category:
        raise Tampered("blob_category")
    plain = unseal(unit.raw, unit.key, aad(room, person, found, category, version), sealed)  # type: ignore[arg-type]
    return Blob(found, category, version, due, ledger_id, unit, _VALUES.decode(plain))  # type: ignore[arg-type]


async def put(room: Room, tx: Tx, permit: Permit, given: Given) -> int:
    """Seal a record's values by category and return its row version, which the caller writes into the facts.

    A record that exists is sealed anew as a whole: given fields replace, others stay. Raises Refused, Tampered.
    """
    if permit.person in room.pending(tx).fresh:
        return await put_new(room, tx, [(permit, given)])
    leave(permit, tx)
    _within(permit, given.values)
    old = await blobs(room, tx, permit.person, given.record)
    row = await _expected(room, tx, permit, given.record, old)
    if row and (over := given.values.keys() & row.held.keys()):
        raise Refused("ended", f"retention.{min(over)}")
    version = max((blob.version for blob in old), default=0) + 1
    for blob in old:
        if blob.category not in given.values:
            await write(room, tx, permit.person, replace(blob, version=version))
    before = {blob.category: blob.values for blob in old}
    units = await keys.some(room, tx, permit.person, [(c, given.endings[c]) for c in given.values])
    made = [
        Blob(given.record, c, version, given.dues[c], given.ledger_id, unit, {**before.get(c, {}), **given.values[c]})
        for c, unit in zip(given.values, units, strict=True)
    ]
    if old:
        await write_all(room, tx, permit.person, made)
    else:
        await tx.later(_INSERT, [_row(room, permit.person, blob) for blob in made])
    return version


async def put_new(room: Room, tx: Tx, new: Sequence[tuple[Permit, Given]]) -> int:
    """Seal records of persons whom this transaction makes, all at once, and return their row version, the first.

    Raises Refused, each permit being asked; Tampered where somebody is not new.
    """
    fresh = room.pending(tx).fresh
    for permit, given in new:
        leave(permit, tx)
        _within(permit, given.values)
        if permit.person not in fresh:
            raise Tampered("blob_version")
    parts = [(permit.person, given, category) for permit, given in new for category in given.values]
    units = await keys.several(room, tx, [(person, c, given.endings[c]) for person, given, c in parts])
    draw = Draw(room.random, NONCE * len(parts))
    rows = [
        _sealed(room, (person, given.record, c, 1, given.dues[c], given.ledger_id), unit, given.values[c], draw)
        for (person, given, c), unit in zip(parts, units, strict=True)
    ]
    await tx.later(_INSERT, rows)
    return 1


def _within(permit: Permit, values: Mapping[str, Mapping[str, str]]) -> None:
    for category, given in values.items():
        for name in given:
            if f"{category}.{name}" not in permit.fields:
                raise Refused("permit_field", permit.promise, field=f"{category}.{name}")


async def _expected(room: Room, tx: Tx, permit: Permit, record: bytes, old: list[Blob]) -> Row | None:
    """Refuse to seal anew what the permit does not name, or what is not the version the state expects."""
    known = await people.facts(room, tx, permit.person)
    row = known[0].rows.get(record.hex()) if known else None
    if not old and row is None:
        return None
    if record.hex() not in permit.records:
        raise Refused("permit_record", permit.promise)
    if row is None or any(blob.version != row.version for blob in old):
        raise Tampered("blob_version")
    return row


async def write(room: Room, tx: Tx, person: bytes, blob: Blob) -> None:
    """Seal a blob into its row."""
    await write_all(room, tx, person, [blob])


async def write_all(room: Room, tx: Tx, person: bytes, made: Sequence[Blob]) -> None:
    """Seal blobs into their rows, in one statement."""
    await tx.many(
        "INSERT INTO sealed (person, record, category, org, key, version, due, blob, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (person, record, category) DO UPDATE SET"
        " key = excluded.key, version = excluded.version, due = excluded.due, blob = excluded.blob,"
        " ledger_id = excluded.ledger_id",
        [_row(room, person, blob) for blob in made],
    )


_INSERT = (
    "INSERT INTO sealed (person, record, category, org, key, version, due, blob, ledger_id)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)


def _row(room: Room, person: bytes, b: Blob) -> tuple[Value, ...]:
    """Seal a blob and return its row."""
    at = person, b.record, b.category, b.version, b.due, b.ledger_id
    return _sealed(room, at, b.unit, b.values, room.random)


_At = tuple[bytes, bytes, str, int, int, bytes]  # person, record, category, version, due, ledger id


def _sealed(room: Room, at: _At, unit: keys.Unit, values: Mapping[str, str], random: Random) -> tuple[Value, ...]:
    person, record, category, version, due, ledger_id = at
    bound_to = aad(room, person, record, category, version)
    blob = seal(unit.raw, unit.key, bound_to, msgspec.msgpack.encode(values), random)
    return person, record, category, room.org, unit.key, version, due, blob, ledger_id


async def open_(room: Room, tx: Tx, permit: Permit, facts: Facts) -> list[Opened]:
    """Open the permit's fields in the permit's records. Raises Refused, Tampered."""
    leave(permit, tx)
    _same(room, tx, permit, facts)
    looked = room.pending(tx).looked.get(permit.person, {})
    wanted = {field.rpartition(".")[0] for field in (*permit.fields, *_sharing(room, looked))}
    found = await blobs(room, tx, permit.person, categories=wanted)
    for blob in found:
        row = facts.rows.get(blob.record.hex())
        if row is None or row.version != blob.version:
            raise Tampered("blob_version", version=blob.version)
    _looked(room, looked, found)
    shown = (_shown(permit, blob, facts) for blob in found if blob.record.hex() in permit.records)
    return [opened for opened in shown if opened.values]


def _same(room: Room, tx: Tx, permit: Permit, facts: Facts) -> None:
    """Refuse records the facts do not know, and facts that are not those this transaction verified."""
    if not permit.records <= facts.rows.keys():
        raise Refused("permit_record", permit.promise)
    known = room.pending(tx).read.get(permit.person)
    if known is None or not (known[0] is facts or known[0] == facts):
        raise Tampered("facts_unverified")


def _shown(permit: Permit, blob: Blob, facts: Facts) -> Opened:
    """Show the permit's fields; of a part past its own end those that its hold keeps for the permit's purpose.

    The key says that a hold keeps it, and the facts say until when: where only one of them does, nothing is shown.
    """
    row, fields = facts.rows[blob.record.hex()], permit.fields
    if blob.category in row.held or blob.unit.ending.startswith(HELD):
        fields = fields & permit.keeps if row.held.get(blob.category, 0) > permit.at else frozenset()
    values = {n: Secret(v) for n, v in blob.values.items() if f"{blob.category}.{n}" in fields}
    return Opened(blob.record, blob.category, values)


def _looked(room: Room, looked: Mapping[str, bytes], found: list[Blob]) -> None:
    """Check that whoever was found by a value holds it. Raises Tampered: the index was pointed at another person."""
    for field, wanted in looked.items():
        places = [each.rpartition(".") for each in _sharing(room, [field])]
        held = [b.values[name] for b in found for c, _, name in places if c == b.category and name in b.values]
        if not any(people.blind(room, field, value) == wanted for value in held):
            raise Tampered("index_points_elsewhere", field=field)


def _sharing(room: Room, fields: Iterable[str]) -> list[str]:
    """Name these fields, and those whose values stand in the same index."""
    places = {room.indexed(field) for field in fields}
    return [*fields, *(field for field, place in room.alike.items() if place in places)]
