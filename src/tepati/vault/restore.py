"""Room vault: restore = any backup + the newest mirror: everybody alive opens, nobody erased does.

Order of durable steps: ``restoring`` is marked, keys come from the mirror, rows from the backup, the stop list is
applied, indexes are rebuilt, each log goes on or begins anew and says how many openings did not come back, the mark is
cleared. No door opens over a marked database (``open_`` is refused at start);
killed half-way, restore begins again in an empty database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, cast

import msgspec

from tepati.errors import Misconfigured, Tampered
from tepati.rules.facts import Facts
from tepati.store.port import Row, Store, Tx, Value
from tepati.store.schema import TABLES
from tepati.vault import erase, lost, mirror, people
from tepati.vault.backup import CLAIMS, Frame, frames, head_of
from tepati.vault.keystore import KeyStore
from tepati.vault.loglines import Heads, Ledgers, logs
from tepati.vault.lost import Held
from tepati.vault.mirror import Op
from tepati.vault.narrow import ended, narrowed, registers
from tepati.vault.reconcile import write_meta
from tepati.vault.reindex import rebuild
from tepati.vault.room import AT, Room

_COLUMNS = {table.name: {column.name for column in table.columns} for table in TABLES}
_INSTALLATION = ("version", "schema", "keystore:", "restor")  # what the new database knows better


@dataclass(slots=True)
class Restored:
    """What came back and what did not."""

    rows: dict[str, int] = field(default_factory=dict)
    keys: int = 0
    unreadable: int = 0  # blobs whose key has ended: dropped
    erased: int = 0  # persons erased since the backup: removed
    stopped: int = 0  # consents and other uses ended since the backup: ended again
    indexes: int = 0
    unindexed: int = 0  # claims whose value another person holds, or nobody's blob
    tampered: int = 0  # states that do not verify: refused at use
    at: int = 0  # when the backup was made
    changed: int = 0  # persons whose facts changed since
    newer: int = 0  # parts that came or were sealed anew since: their keys wait for a newer backup
    held: list[Held] = field(default_factory=list)  # what other law keeps and the backup lacks
    corrected: dict[str, int] = field(default_factory=dict)  # org -> persons whose values were corrected since
    moved: int = 0  # of them, those whose address was changed: the old one leads to nobody
    logs: dict[str, str] = field(default_factory=dict)  # org -> continued | anew


async def restore(
    source: BinaryIO, store: Store, keystore: KeyStore, now: int, *, heads: Heads | None = None,
    ledgers: Ledgers | None = None,
) -> Restored:  # fmt: skip
    """Restore a backup into an empty database; ``heads`` are the last exported or witnessed (size, root) by org.

    Without ``ledgers`` a log that ends leaves its lines pending, with no MAC, and nothing tells what did not come back.

    Raises Misconfigured (not empty), BadInput, Expired, Tampered, Unavailable.
    """
    done = Restored()
    done.at = head_of(source)[0].at
    source.seek(0)
    await store.write(_begin)
    await _epochs(store, keystore)
    done.keys = await _keys(store, keystore)
    claims = await _rows(store, frames(source, keystore, now), done)
    before = await _severed(store)
    done.unreadable = await store.write(partial(_unreadable, now))
    orgs = [cast("str", r[0]) for r in await store.read(lambda tx: tx.all("SELECT DISTINCT org FROM person"))]
    over: set[tuple[str, bytes]] = set()
    for room in [Room(org, keystore, keystore.random) for org in orgs]:
        await _stops(room, store, done)
        await _states(room, store, done)
        over |= await store.write(partial(_again, room, done))
    done.moved = len(over & {(cast("str", name).partition(AT)[0], cast("bytes", person)) for _, name, person in claims})
    done.indexes, done.unindexed = await rebuild(store, keystore, claims, over)
    done.logs = await logs(store, keystore, now, heads or {}, ledgers)
    if ledgers:
        for org, gone in sorted((await _severed(store)).items()):
            what, lost = done.logs.get(org, "anew"), gone - before.get(org, 0)
            await store.write(partial(ledgers.tell, org=org, what=what, gone=lost))
    await store.write(lambda tx: _finish(tx, keystore, now))
    return done


def check(row: Row | None) -> None:
    """Refuse to start over a half-restored database; ``row`` is the value of ``meta`` ``restoring``."""
    if row is not None:
        raise Misconfigured("restore_unfinished", mend="empty the database and run tepati restore again")


async def _begin(tx: Tx) -> None:
    for table in TABLES:
        if table.name != "meta" and await tx.one(f"SELECT 1 FROM {table.name} LIMIT 1") is not None:
            raise Misconfigured("store_not_empty", table=table.name)
    check(await tx.one("SELECT value FROM meta WHERE name = 'restoring'"))
    await write_meta(tx, "restoring", "1")


async def _epochs(store: Store, keystore: KeyStore) -> None:
    """Write the epochs the key store has; the newest wraps, and older ones are left to the next roll."""
    found = keystore.mirrors[0].rows("SELECT org, version, made FROM secret WHERE kind = 'epoch' ORDER BY org, version")
    newest = {org: version for org, version, _ in found}
    rows = [(org, n, "current" if newest[org] == n else "previous", made) for org, n, made in found]
    await store.write(lambda tx: tx.copy("epoch", ("org", "epoch", "state", "since"), rows))


async def _keys(store: Store, keystore: KeyStore) -> int:
    names, total = ("person", "key", "org", "category", "ending", "epoch", "wrapped"), 0
    rows = keystore.mirrors[0].batches(f"SELECT {', '.join(names)} FROM dek ORDER BY person, key")
    page: list[Row] = []
    for row in rows:
        page.append(row)
        if len(page) == 500:
            total += await _copy(store, "dek", names, page)
            page = []
    return total + await _copy(store, "dek", names, page)


async def _copy(store: Store, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> int:
    if rows:
        await store.write(lambda tx: tx.copy(table, columns, rows))
    return len(rows)


async def _rows(store: Store, read: Iterator[Frame], done: Restored) -> Sequence[Sequence[Value]]:
    """Write the backup's rows; every count must be what the last frame says."""
    claims: list[list[Value]] = []
    told: dict[Value, Value] | None = None
    for frame in read:
        if not frame.table:
            told = {row[0]: row[1] for row in frame.rows}
        elif frame.table == CLAIMS:
            claims = frame.rows
        else:
            await _frame(store, frame)
            done.rows[frame.table] = done.rows.get(frame.table, 0) + len(frame.rows)
    if told is None or any(done.rows.get(str(t), 0) != n for t, n in told.items()):
        raise Tampered("backup_rows")
    return claims


async def _frame(store: Store, frame: Frame) -> None:
    if frame.table not in _COLUMNS or not set(frame.columns) <= _COLUMNS[frame.table]:
        raise Tampered("backup_table")
    rows = frame.rows
    if frame.table == "meta":
        rows = [row for row in rows if not str(row[0]).startswith(_INSTALLATION)]
    await _copy(store, frame.table, frame.columns, rows)


async def _unreadable(now: int, tx: Tx) -> int:
    """Drop what nobody can open any more: erased, ended, or sealed anew under a hold. Its lines are severed."""
    lost, dropped = "NOT EXISTS (SELECT 1 FROM dek WHERE dek.person = {0}.person AND dek.key = {0}.key)", 0
    for name in ("sealed", "opening", "outbox"):
        await tx.run(
            "INSERT INTO severed (ledger_id, org, at, openings)"
            f" SELECT ledger_id, org, CAST($1 AS BIGINT), count(*) * {int(name == 'opening')} FROM {name}"
            f" WHERE {lost.format(name)} GROUP BY ledger_id, org"
            " ON CONFLICT (ledger_id) DO UPDATE SET openings = severed.openings + excluded.openings",
            now,
        )  # fmt: skip
        dropped += await tx.run(f"DELETE FROM {name} WHERE {lost.format(name)}")
    return dropped


async def _severed(store: Store) -> dict[str, int]:
    """Count by organisation the openings that severed rows stand for; one with a log or people but no rows has 0."""
    rows = await store.read(lambda tx: tx.all(
        "SELECT org, sum(n) FROM (SELECT org, openings AS n FROM severed UNION ALL SELECT org, 0 FROM person"
        " UNION ALL SELECT org, 0 FROM log_head UNION ALL SELECT org, 0 FROM log_pending) AS kept GROUP BY org"
    ))  # fmt: skip
    return {cast("str", org): int(n or 0) for org, n in rows}


async def _stops(room: Room, store: Store, done: Restored) -> None:
    """Remove persons erased since; a person whom the backup already knows as held is left as it knows them."""
    for stop in room.keystore.stops(room.org):
        if stop.what == "erased":
            done.erased += await store.write(partial(_remove, room, stop.person))
        elif stop.what == "staff":
            await store.write(partial(_dismiss, stop.person))


async def _again(room: Room, done: Restored, tx: Tx) -> set[tuple[str, bytes]]:
    """Tell what the backup lacks, and leave what must be done again; return the (field, person) corrected since."""
    held, newer = await lost.lost(room, tx)
    done.held += held
    done.newer += newer
    there = {cast("bytes", r[0]) for r in await tx.all("SELECT person FROM person WHERE org = $1", room.org)}
    found = lost.since(room, done.at)
    corrected = {person: fields for person, fields in found.corrected.items() if person in there}
    done.corrected |= {room.org: len(corrected)} if corrected else {}
    if corrected or there & found.withdrawn.keys():
        await lost.leave(room, tx, done.at)
    return {(name, person) for person, fields in corrected.items() for name in fields}


async def _dismiss(person: bytes, tx: Tx) -> None:
    await tx.run("DELETE FROM staff WHERE person = $1", person)


async def _remove(room: Room, person: bytes, tx: Tx) -> int:
    if await tx.one("SELECT 1 FROM sealed WHERE person = $1 LIMIT 1", person) is not None:
        return 0
    if await tx.one("SELECT 1 FROM person WHERE person = $1", person) is None:
        return 0
    await erase.sever(room, tx, person)
    for table in erase.tables():
        if table.name != "dek":  # a key still in the mirror is one a hold keeps, for a newer backup
            await tx.run(f"DELETE FROM {table.name} WHERE person = $1", person)
    return 1


async def _states(room: Room, store: Store, done: Restored) -> None:
    """Apply the stop list to every state, and lift its version above what the key store has seen."""
    stops: dict[bytes, list[str]] = {}
    for stop in room.keystore.stops(room.org):
        if not stop.what.startswith(lost.CORRECTED):
            stops.setdefault(stop.person, []).append(stop.what)
    last = bytes(16)
    while persons := await store.read(partial(_page, room, last)):
        anchors = [await store.write(partial(_state, room, p, stops.get(p, []), done)) for p in persons]
        await room.keystore.settle([Op(mirror.ANCHOR, list(zip(persons, anchors, strict=True)))])
        last = persons[-1]


async def _page(room: Room, last: bytes, tx: Tx) -> list[bytes]:
    sql = "SELECT person FROM state WHERE org = $1 AND person > $2 ORDER BY person LIMIT 500"
    return [cast("bytes", row[0]) for row in await tx.all(sql, room.org, last)]


async def _state(room: Room, person: bytes, stops: list[str], done: Restored, tx: Tx) -> int:
    """Write one person's state anew where anything changed since, and return its version."""
    row = await tx.one("SELECT version, body, mac FROM state WHERE person = $1", person)
    version, body, mac = cast("tuple[int, bytes, bytes]", row)
    newest = room.keystore.anchor(person) or 0
    try:
        people.verify(room, person, version, body, mac)
    except Tampered:
        done.tampered += 1
        return newest
    done.changed += version < newest
    old = msgspec.msgpack.decode(body, type=Facts)
    new = await ended(tx, person, narrowed(old, stops))
    if new == old and version >= newest:
        return version
    after = max(version, newest) + 1
    await tx.run("DELETE FROM state WHERE person = $1", person)
    await people.insert(room, tx, person, new, after)
    room.taken(tx.id)
    done.stopped += await registers(tx, person, stops) if new != old else 0
    return after


async def _finish(tx: Tx, keystore: KeyStore, now: int) -> None:
    """Give the database the tokens of the last start, as the key store has them, and open it."""
    for name, token in keystore.mirrors[0].rows("SELECT name, value FROM meta WHERE name LIKE 'keystore:%'"):
        await write_meta(tx, str(name), cast("bytes", token)[:16].hex())
    await tx.run("DELETE FROM meta WHERE name = 'restoring'")
    await write_meta(tx, "restored", str(now))
