"""Room vault: ending a category and erasing a person: keys, blobs, indexes and every row, in the caller's transaction.

Order of durable steps: the keys about to go are announced in both mirrors (intent), the transaction deletes and
commits, ``settled`` deletes the keys in the mirrors. A crash after the first step leaves an intent, which ``reconcile``
drops (the keys still stand) or finishes (they do not).
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec

from tepati.errors import Misconfigured
from tepati.store.port import Tx
from tepati.store.schema import TABLES, Table
from tepati.vault import heirs, hold, keys, mirror, shared
from tepati.vault.hold import Keep
from tepati.vault.keystore import Intent
from tepati.vault.mirror import Op
from tepati.vault.records import HELD
from tepati.vault.room import Room
from tepati.vault.seal import bound


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
    held = await hold.read(room, tx, person, keep) if keep else None
    gone = [row[0] for row in await tx.all("SELECT key FROM dek WHERE person = $1 AND org = $2", person, room.org)]
    _announce(room, tx, Intent(person, gone, ["erased"], unanchor=held is None))  # type: ignore[arg-type]
    openings = await sever(room, tx, person)
    rows = await _delete(room, tx, person)
    kept = await hold.write_back(room, tx, person, held) if held else {}
    return Erased(len(gone), rows.get("sealed", 0), openings, rows.get("ident", 0), rows, kept)


@dataclass(frozen=True, slots=True)
class Ends:
    """What ends: a category of a person, one unit of it (``ending``), some records of that (``only``), or all."""

    category: str
    ending: str | None = None
    only: Collection[bytes] | None = None


async def end(room: Room, tx: Tx, person: bytes, what: Ends) -> Erased:
    """End a category of a person, one unit of it or all: its keys and blobs, and the indexes made of it.

    Where only some records of a unit are over, their blobs go now and the key with the last of them: until then their
    values stay in backups, as an old value does.
    """
    blobs = await _unseal(tx, room.org, person, what)
    units = [
        (row[0], row[1])
        for row in await tx.all(
            "SELECT d.key, d.ending FROM dek d WHERE d.person = $1 AND d.org = $2 AND d.category = $3 AND NOT EXISTS"
            " (SELECT 1 FROM sealed s WHERE s.person = d.person AND s.key = d.key)",
            person, room.org, what.category,
        )
        if what.ending in (None, row[1])
    ]  # fmt: skip
    gone = [key for key, _ in units]
    stops = sorted({"end:" + what.category + ":" + str(each) for _, each in units})
    _announce(room, tx, Intent(person, gone, stops, unanchor=False))  # type: ignore[arg-type]
    openings = sum([await tx.run("DELETE FROM opening WHERE person = $1 AND key = $2", person, key) for key in gone])
    for key in gone:
        await tx.run("DELETE FROM dek WHERE person = $1 AND key = $2", person, key)
    return Erased(len(gone), blobs, openings, await _unindex(room, tx, person, what.category))


async def _unseal(tx: Tx, org: str, person: bytes, what: Ends) -> int:
    """Delete the blobs that end."""
    rows = await tx.all(
        "SELECT s.record, d.ending FROM sealed s JOIN dek d ON d.person = s.person AND d.key = s.key"
        " WHERE s.person = $1 AND s.org = $2 AND s.category = $3",
        person, org, what.category,
    )  # fmt: skip
    over = [row[0] for row in rows if what.ending in (None, row[1]) and (what.only is None or row[0] in what.only)]
    sql = "DELETE FROM sealed WHERE person = $1 AND record = $2 AND category = $3"
    return sum([await tx.run(sql, person, record, what.category) for record in over])


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
    """Delete the indexes of a category's fields once no blob is left but what holds keep: that leads nowhere.

    Before that, what several people may share leads to whom still holds it.
    """
    units = await tx.all(
        "SELECT DISTINCT d.ending FROM sealed s JOIN dek d ON d.person = s.person AND d.key = s.key"
        " WHERE s.person = $1 AND s.org = $2 AND s.category = $3",
        person, room.org, category,
    )  # fmt: skip
    if any(not str(row[0]).startswith(HELD) for row in units):
        await shared.refresh_all(room, tx, person, {category})
        return 0
    return await heirs.forget(room, tx, person, lambda field: field.startswith(f"{category}."))


async def unsealed(room: Room, tx: Tx, person: bytes) -> Residue:
    """Read back what is left of a person in every table, and in the mirrors once the erasure has settled."""
    rows = {}
    for table in tables():
        found = await tx.one(f"SELECT count(*) FROM {table.name} WHERE person = $1", person)
        if found is not None and found[0]:
            rows[table.name] = cast("int", found[0])
    return Residue(rows, room.keystore.held(person))


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
    if not intent.unanchor:
        return ops
    anchors = [(intent.person,), (staff_anchor(intent.person),), (row_name(org, "account", intent.person),)]
    late = Op(mirror.GONE, [(intent.person, at)])  # an act that committed before may settle after this one
    return [late, *ops, Op(mirror.UNANCHOR, anchors, cuts=True)]


def staff_anchor(person: bytes) -> bytes:
    """Name the anchor of a member of staff's row, beside that of their state."""
    return hashlib.sha256(b"tepati staff 1" + person).digest()[:16]


def row_name(org: str, what: str, thing: bytes) -> bytes:
    """Name a row of a register in the key store: a session, device or link that ended, a case's newest version."""
    return hashlib.sha256(bound("tepati row 1", org, what, thing)).digest()[:16]


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
