"""Room vault: ending a category and erasing a person: keys, blobs, indexes and every row, in the caller's transaction.

Order of durable steps: the keys about to go are announced in both mirrors (intent), the transaction deletes and
commits, ``settled`` deletes the keys in the mirrors. A crash after the first step leaves an intent, which ``reconcile``
drops (the keys still stand) or finishes (they do not).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import msgspec
from msgspec import structs

from tepati.errors import Misconfigured, Tampered
from tepati.rules.facts import Facts
from tepati.store.port import Row as Line
from tepati.store.port import Tx
from tepati.store.schema import TABLES, Table
from tepati.vault import keys, mirror, people, records
from tepati.vault.keystore import Intent
from tepati.vault.mirror import Op
from tepati.vault.records import Blob
from tepati.vault.room import Room

Keep = Mapping[str, tuple[Iterable[str], str, int]]  # category -> (fields, rule of the hold, until in microseconds)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted, and what a hold kept (category -> blobs sealed anew)."""

    keys: int
    blobs: int
    openings: int
    indexes: int
    rows: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Residue:
    """What reading back still found of a person: rows by table, and keys in the mirrors."""

    rows: Mapping[str, int]
    mirrored: int

    @property
    def clean(self) -> bool:
        """Nothing at all is left."""
        return not self.rows and not self.mirrored


def tables() -> list[Table]:
    """List the tables that know persons. Raises Misconfigured where one of them has no fate."""
    found = [t for t in TABLES if any(c.name == "person" for c in t.columns)]
    for table in found:
        if table.fate == "none":
            raise Misconfigured("table_fate", table=table.name)
    return found


async def erase(room: Room, tx: Tx, person: bytes, keep: Keep | None = None) -> Erased:
    """Erase a person but for what ``keep`` holds, which is sealed under new keys. Raises Tampered, Unavailable.

    A person kept under a hold is left with the rows of ``person`` (status ``held``), ``state`` (holds only) and the
    ``record``s that hold it. Facts are needed, and verified, only then: nobody's erasure fails on a forged state.
    """
    held = await _held(room, tx, person, keep) if keep else None
    gone = [row[0] for row in await tx.all("SELECT key FROM dek WHERE person = $1 AND org = $2", person, room.org)]
    _announce(room, tx, Intent(person, gone, ["erased"], unanchor=held is None))  # type: ignore[arg-type]
    openings = await sever(room, tx, person)
    rows = await _delete(room, tx, person)
    kept = await _keep(room, tx, person, held) if held else {}
    return Erased(len(gone), rows.get("sealed", 0), openings, rows.get("ident", 0), rows, kept)


async def end(room: Room, tx: Tx, person: bytes, category: str, ending: str | None = None) -> Erased:
    """End a category of a person, one unit of it or all: its keys and blobs, and the indexes made of it."""
    units = [
        (row[0], row[1])
        for row in await tx.all(
            "SELECT key, ending FROM dek WHERE person = $1 AND org = $2 AND category = $3", person, room.org, category
        )
        if ending in (None, row[1])
    ]
    gone = [key for key, _ in units]
    stops = sorted({"end:" + category + ":" + str(each) for _, each in units})
    _announce(room, tx, Intent(person, gone, stops, unanchor=False))  # type: ignore[arg-type]
    blobs = sum([await tx.run("DELETE FROM sealed WHERE person = $1 AND key = $2", person, key) for key in gone])
    openings = sum([await tx.run("DELETE FROM opening WHERE person = $1 AND key = $2", person, key) for key in gone])
    for key in gone:
        await tx.run("DELETE FROM dek WHERE person = $1 AND key = $2", person, key)
    return Erased(len(gone), blobs, openings, await _unindex(room, tx, person, category))


async def lapse(room: Room, tx: Tx, units: Sequence[tuple[bytes, bytes]]) -> int:
    """End openings (person, key) whose term is over, and return how many; their lines stay, and what severs them.

    Only whoever finds the key deletes: two processes at once count nothing twice.
    """
    gone = [u for u in units if await tx.one("SELECT 1 FROM dek WHERE person = $1 AND key = $2 FOR UPDATE", *u)]
    _announce_all(room, tx, [Intent(person, [key], [], unanchor=False) for person, key in gone])
    counts: Counter[bytes] = Counter()
    for person, key in gone:
        rows = await tx.all("SELECT ledger_id FROM opening WHERE person = $1 AND key = $2", person, key)
        counts.update(cast("bytes", row[0]) for row in rows)
        await tx.run("DELETE FROM opening WHERE person = $1 AND key = $2", person, key)
        await tx.run("DELETE FROM dek WHERE person = $1 AND key = $2", person, key)
    return await _severed(room, tx, counts)


async def _unindex(room: Room, tx: Tx, person: bytes, category: str) -> int:
    """Delete the indexes of a category's fields once no blob of that category is left."""
    left = await tx.one(
        "SELECT 1 FROM sealed WHERE person = $1 AND org = $2 AND category = $3 LIMIT 1", person, room.org, category
    )
    if left is not None:
        return 0
    rows = await tx.all("SELECT blind_index, field FROM ident WHERE person = $1 AND org = $2", person, room.org)
    mine = [row[0] for row in rows if str(row[1]).startswith(f"{category}.")]
    return sum([await tx.run("DELETE FROM ident WHERE blind_index = $1", key) for key in mine])


async def unsealed(room: Room, tx: Tx, person: bytes) -> Residue:
    """Read back what is left of a person in every table, and in the mirrors once the erasure has settled."""
    rows = {}
    for table in tables():
        found = await tx.one(f"SELECT count(*) FROM {table.name} WHERE person = $1", person)
        if found is not None and found[0]:
            rows[table.name] = cast("int", found[0])
    return Residue(rows, room.keystore.held(person))


@dataclass(frozen=True, slots=True)
class _Held:
    facts: Facts
    version: int
    person: Line
    rows: Sequence[Line]
    blobs: list[Blob]
    endings: Mapping[str, tuple[str, int]]


_PERSON = "person, org, population, status, created, ledger_id"
_RECORD = "person, record, org, point, channel, notice, joined, created, ledger_id"


async def _held(room: Room, tx: Tx, person: bytes, keep: Keep) -> _Held | None:
    """Read what a hold keeps before everything goes: its blobs cut down to its fields."""
    known = await people.facts(room, tx, person)
    blobs = [_cut(b, keep) for b in await records.blobs(room, tx, person, categories=keep)]
    blobs = [blob for blob in blobs if blob.values]
    if known is None or not blobs:
        return None
    for blob in blobs:
        expected = known[0].rows.get(blob.record.hex())
        if expected is None or expected.version != blob.version:
            raise Tampered("blob_version", version=blob.version)
    row = await tx.one(f"SELECT {_PERSON} FROM person WHERE person = $1", person)
    if row is None:
        raise Tampered("person_missing")
    rows = await tx.all(f"SELECT {_RECORD} FROM record WHERE person = $1", person)
    named = {blob.record for blob in blobs}
    endings = {c: (f"hold:{rule}:{until}", until) for c, (_, rule, until) in keep.items()}
    return _Held(*known, row, [r for r in rows if r[1] in named], blobs, endings)


def _cut(blob: Blob, keep: Keep) -> Blob:
    wanted = {name.removeprefix(f"{blob.category}.") for name in keep[blob.category][0]}
    return replace(blob, values={n: v for n, v in blob.values.items() if n in wanted})


async def _keep(room: Room, tx: Tx, person: bytes, held: _Held) -> dict[str, int]:
    """Write back what a hold keeps, under keys no backup knows, and facts that allow the hold alone."""
    names, kept = _PERSON.split(", "), dict.fromkeys((b.category for b in held.blobs), 0)
    await tx.copy("person", names, [(*held.person[:3], "held", *held.person[4:])])
    await tx.copy("record", _RECORD.split(", "), held.rows)
    for blob in held.blobs:
        ending, until = held.endings[blob.category]
        unit = await keys.unit(room, tx, person, blob.category, ending)
        await records.write(room, tx, person, replace(blob, unit=unit, version=blob.version + 1, due=until))
        kept[blob.category] += 1
    await people.insert(room, tx, person, _facts(held), held.version + 1)
    return kept


def _facts(held: _Held) -> Facts:
    old = held.facts
    kept = {blob.record.hex() for blob in held.blobs}
    ends = {category: until for category, (_, until) in held.endings.items()}
    rows = {
        r: structs.replace(row, version=row.version + 1, dealing="", ends=ends)
        for r, row in old.rows.items() if r in kept
    }  # fmt: skip
    return Facts(
        old.population, old.joined, old.told, ended=tuple(sorted({*old.ended, *held.endings})), rows=rows,
        holds={category: until for category, (_, until) in held.endings.items()},
    )  # fmt: skip


def _announce(room: Room, tx: Tx, intent: Intent) -> None:
    """Tell both mirrors what is about to go, and what to do when it has gone."""
    pending = room.pending(tx)
    if intent.unanchor:  # a state written earlier in this transaction must not be anchored again
        pending.ops = [op for op in pending.ops if not (op.sql == mirror.ANCHOR and op.rows[0][0] == intent.person)]
    _announce_all(room, tx, [intent])


def _announce_all(room: Room, tx: Tx, intents: Sequence[Intent]) -> None:
    """Tell both mirrors of several intents in one commit."""
    named = [(room.random(16), intent) for intent in intents]
    if not named:
        return
    rows = [(name, room.org, msgspec.msgpack.encode(intent)) for name, intent in named]
    room.keystore.commit([Op(mirror.INTEND, rows)])
    for name, intent in named:
        keys.forget(room, tx, intent.person)
        room.later(tx, *finish(room.org, name, intent, room.keystore.now()))


def finish(org: str, name: bytes, intent: Intent, at: int) -> list[Op]:
    """Return the changes that carry out an intent whose transaction has committed."""
    ops = [
        Op(mirror.DROP, [(intent.person, key) for key in intent.keys], cuts=True),
        Op(mirror.GONE, [(key, at) for key in intent.keys]),
        Op(mirror.STOP, [(org, intent.person, what, at) for what in intent.stops]),
        Op(mirror.DONE, [(name,)], cuts=True),
    ]
    anchors = [(intent.person,), (staff_anchor(intent.person),)]
    return [*ops, Op(mirror.UNANCHOR, anchors, cuts=True)] if intent.unanchor else ops


def staff_anchor(person: bytes) -> bytes:
    """Name the anchor of a member of staff's row, beside that of their state."""
    return hashlib.sha256(b"tepati staff 1" + person).digest()[:16]


async def sever(room: Room, tx: Tx, person: bytes) -> int:
    """Leave the bare ids of the lines whose openings or effects go, and return how many openings go."""
    counts: Counter[bytes] = Counter()
    for table in tables():
        if any(c.name == "ledger_id" for c in table.columns):
            for row in await tx.all(f"SELECT ledger_id FROM {table.name} WHERE person = $1", person):
                counts[cast("bytes", row[0])] += table.name == "opening"
    return await _severed(room, tx, counts)


async def _severed(room: Room, tx: Tx, counts: Mapping[bytes, int]) -> int:
    at = room.keystore.now()
    await tx.many(
        "INSERT INTO severed (ledger_id, org, at, openings) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (ledger_id) DO UPDATE SET openings = severed.openings + excluded.openings",
        [(line, room.org, at, n) for line, n in counts.items()],
    )
    return sum(counts.values())


async def _delete(room: Room, tx: Tx, person: bytes) -> dict[str, int]:
    """Delete or unlink a person's rows in every table, as the schema's fates say."""
    rows = {}
    for table in tables():
        if table.fate == "unlink":
            sql, args = f"UPDATE {table.name} SET person = $2 WHERE person = $1", (person, room.random(16))
        else:
            sql, args = f"DELETE FROM {table.name} WHERE person = $1", (person,)  # type: ignore[assignment]
        touched = await tx.run(sql, *args)
        if touched:
            rows[table.name] = touched
    return rows
