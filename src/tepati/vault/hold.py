"""Room vault: what a hold keeps is cut down to its fields and sealed under a new key that no backup knows.

The unit of such a key is the end of the hold: ``hold:<rule>:<until>``. It is made in the transaction that ends the old
key, by an erasure or by a part's own end: between the two no crash leaves the values under both keys, or under none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from tepati.errors import Tampered
from tepati.rules.facts import Facts, Row
from tepati.rules.retention import Hold
from tepati.store.port import Row as Line
from tepati.store.port import Tx
from tepati.vault import keys, people, records
from tepati.vault.records import Blob
from tepati.vault.room import Room

Keep = Mapping[tuple[bytes, str], Hold]  # (record, category) -> what is kept of it

_PERSON = "person, org, population, status, created, ledger_id"
_RECORD = "person, record, org, point, channel, notice, joined, created, ledger_id"


def ending(hold: Hold) -> str:
    """Name the unit of ending of what a hold keeps."""
    return f"{records.HELD}{hold.rule}:{hold.until}"


async def keep(room: Room, tx: Tx, person: bytes, facts: Facts, wanted: Keep) -> Facts:
    """Seal anew what holds keep of parts whose own end has come; return the facts that say so, for the caller to write.

    ``facts`` are those read in this transaction. A record's other parts are sealed anew too, since all parts carry the
    record's version. The old keys stand until ``erase.end`` ends them. Everything is read before anything is written:
    raises Tampered, and then nothing was changed. A part that has none of the hold's fields is not kept.
    """
    rows = dict(facts.rows)
    made: list[Blob] = []
    for record in dict.fromkeys(record for record, _ in wanted):
        blobs = await records.blobs(room, tx, person, record)
        row = _expected(facts, record, blobs)
        mine = _cut([b for b in blobs if (record, b.category) in wanted], wanted)
        if mine:
            rest = [b for b in blobs if b.category not in {m.category for m in mine}]
            made += [replace(b, version=row.version + 1) for b in [*mine, *rest]]
            rows[record.hex()] = _row(row, {b.category: wanted[record, b.category].until for b in mine})
    await _write(room, tx, person, made, wanted)
    return structs.replace(facts, rows=rows)


def _expected(facts: Facts, record: bytes, blobs: Iterable[Blob]) -> Row:
    """Return the row of a record. Raises Tampered where a blob is not of the version that it says."""
    row = facts.rows.get(record.hex())
    for blob in blobs:
        if row is None or row.version != blob.version:
            raise Tampered("blob_version", version=blob.version)
    if row is None:
        raise Tampered("blob_version")
    return row


def _cut(blobs: Iterable[Blob], wanted: Keep) -> list[Blob]:
    """Leave of each blob the fields of its hold; one of which nothing is left is not kept."""
    cut = []
    for blob in blobs:
        fields = wanted[blob.record, blob.category].fields
        cut.append(replace(blob, values={n: v for n, v in blob.values.items() if f"{blob.category}.{n}" in fields}))
    return [blob for blob in cut if blob.values]


def _row(row: Row, untils: Mapping[str, int]) -> Row:
    return structs.replace(
        row, version=row.version + 1, ends={**row.ends, **untils}, held={**row.held, **untils}
    )  # fmt: skip


async def _write(room: Room, tx: Tx, person: bytes, made: Sequence[Blob], wanted: Keep) -> None:
    """Seal blobs into their rows: those held under the key of their hold's end, the others under their own."""
    holds = {(b.record, b.category): wanted.get((b.record, b.category)) for b in made}
    ends = {(b.category, ending(hold)) for b in made if (hold := holds[b.record, b.category])}
    places = sorted(ends)
    units = dict(zip(places, await keys.some(room, tx, person, places), strict=True))
    await records.write_all(
        room, tx, person,
        [
            replace(b, unit=units[b.category, ending(hold)], due=hold.until)
            if (hold := holds[b.record, b.category]) else b
            for b in made
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """What holds keep of a person who is erased, read before everything of theirs goes."""

    facts: Facts
    version: int
    person: Line
    rows: Sequence[Line]
    blobs: list[Blob]
    wanted: Keep


async def read(room: Room, tx: Tx, person: bytes, wanted: Keep) -> Held | None:
    """Read and verify what is kept of a person; None where nothing is. Raises Tampered."""
    known = await people.facts(room, tx, person)
    found = await records.blobs(room, tx, person, categories={category for _, category in wanted})
    blobs = _cut([b for b in found if (b.record, b.category) in wanted], wanted)
    if known is None or not blobs:
        return None
    for blob in blobs:
        _expected(known[0], blob.record, [blob])
    row = await tx.one(f"SELECT {_PERSON} FROM person WHERE person = $1", person)
    if row is None:
        raise Tampered("person_missing")
    rows = await tx.all(f"SELECT {_RECORD} FROM record WHERE person = $1", person)
    named = {blob.record for blob in blobs}
    return Held(*known, row, [r for r in rows if r[1] in named], blobs, wanted)


async def write_back(room: Room, tx: Tx, person: bytes, held: Held) -> dict[str, int]:
    """Write back what is kept of an erased person, and facts that allow the hold alone; count parts by category."""
    names, kept = _PERSON.split(", "), dict.fromkeys((b.category for b in held.blobs), 0)
    await tx.copy("person", names, [(*held.person[:3], "held", *held.person[4:])])
    await tx.copy("record", _RECORD.split(", "), held.rows)
    await _write(room, tx, person, [replace(b, version=b.version + 1) for b in held.blobs], held.wanted)
    for blob in held.blobs:
        kept[blob.category] += 1
    await people.insert(room, tx, person, _facts(held), held.version + 1)
    return kept


def _facts(held: Held) -> Facts:
    """Say of an erased person that all has ended, but for what is held, and until when."""
    old, rows, holds = held.facts, dict[str, Row](), dict[str, int]()
    for blob in held.blobs:
        until, name = held.wanted[blob.record, blob.category].until, blob.record.hex()
        row = rows.get(name) or structs.replace(
            old.rows[name], version=blob.version + 1, dealing="", ends={}, held={}
        )  # fmt: skip
        rows[name] = structs.replace(
            row, ends={**row.ends, blob.category: until}, held={**row.held, blob.category: until}
        )  # fmt: skip
        holds[blob.category] = max(until, holds.get(blob.category, 0))
    return Facts(
        old.population, old.joined, old.told, ended=tuple(sorted({*old.ended, *holds})), rows=rows, holds=holds
    )
