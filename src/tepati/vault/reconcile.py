"""Room vault: the start-up comparison of database, mirrors and stop list: what a crash left is finished, an old
database is refused.

The database commits before the mirrors, so it is never older than they are; where it is, somebody put an old one back,
and only ``tepati restore`` may do that, since it knows what has ended meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from tepati.errors import Misconfigured, Tampered
from tepati.store.port import Store, Tx
from tepati.vault import erase, mirror
from tepati.vault.keystore import Intent
from tepati.vault.mirror import Line, Op
from tepati.vault.room import Room

QUICK = 200_000  # keys up to which every start compares all of them: about a second
_OLDER = "tepati restore"
Place = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was done: keys and anchors copied to the mirrors, destructions finished, announcements dropped."""

    copied: int
    anchored: int
    finished: int
    dropped: int
    repaired: str


async def reconcile(room: Room, store: Store, *, deep: bool | None = None, alone: bool = True) -> Reconciled:
    """Bring the mirrors up to the database. Raises Tampered (``database_older``), Misconfigured (no key store).

    ``deep`` compares every key and state; by default where there are not too many of them. Who is not ``alone`` (a
    command beside a server) compares the token only: what looks left over may be another's act under way.
    """
    if await store.read(lambda tx: tx.one("SELECT 1 FROM meta WHERE name = 'restoring'")) is not None:
        raise Misconfigured("restore_unfinished", mend="empty the database and run tepati restore again")
    if not alone:
        await store.read(partial(_same, room))
        return Reconciled(0, 0, 0, 0, room.keystore.repaired)
    await _token(room, store)
    finished, dropped = await _intents(room, store)
    copied = anchored = 0
    if deep if deep is not None else room.keystore.count(room.org) <= QUICK:
        copied = await _keys(room, store)
        anchored = await _states(room, store)
    return Reconciled(copied, anchored, finished, dropped, room.keystore.repaired)


def older(what: str) -> Tampered:
    """Return the error for a database older than its key store."""
    return Tampered("database_older", what=what, mend=_OLDER)


async def _token(room: Room, store: Store) -> None:
    """Compare and renew the token of the last start, which an older copy of the database does not have."""
    new, name = room.random(16), f"keystore:{room.org}"

    async def work(tx: Tx) -> None:
        await tx.one("SELECT value FROM meta WHERE name = $1 FOR UPDATE", name)
        here = await _same(room, tx)
        room.keystore.commit([Op(mirror.NOTE, [(name, here + new)])])
        await write_meta(tx, name, new.hex())

    await store.write(work)
    await room.keystore.settle([Op(mirror.NOTE, [(name, new)])])


async def _same(room: Room, tx: Tx) -> bytes:
    """Compare the token and return it. Raises Tampered, Misconfigured."""
    name = f"keystore:{room.org}"
    row = await tx.one("SELECT value FROM meta WHERE name = $1", name)
    here = bytes.fromhex(str(row[0])) if row else b""
    any_key = await tx.one("SELECT 1 FROM dek WHERE org = $1 LIMIT 1", room.org)
    _compare(here, room.keystore.note(name), here_any=any_key is not None, there_any=room.keystore.count(room.org) > 0)
    return here


def _compare(here: bytes, there: bytes, *, here_any: bool, there_any: bool) -> None:
    if (here or here_any) and not there and not there_any:
        raise Misconfigured("keystore_missing", mend="the database has keys, the key store has none: mount its folders")
    if there and there_any and here not in {there[:16], there[16:]} - {b""}:
        raise older("token")


async def write_meta(tx: Tx, name: str, value: str) -> None:
    """Write one value of the installation."""
    sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    await tx.run(sql, name, value)


async def _intents(room: Room, store: Store) -> tuple[int, int]:
    """Finish destructions whose transaction committed; drop those whose keys still stand."""
    done, dropped = 0, 0
    for name, intent in room.keystore.intents(room.org):
        if await store.read(partial(_stands, intent)):
            await room.keystore.settle([Op(mirror.DONE, [(name,)], cuts=True)])
            dropped += 1
        else:
            await room.keystore.settle(erase.finish(room.org, name, intent, room.keystore.now()))
            done += 1
    return done, dropped


async def _stands(intent: Intent, tx: Tx) -> bool:
    """Say whether what an intent announced did not happen: a state that was to go is there, or a key."""
    if intent.unanchor and await tx.one("SELECT 1 FROM state WHERE person = $1", intent.person) is not None:
        return True
    rows = await tx.all("SELECT key FROM dek WHERE person = $1", intent.person)
    return bool({row[0] for row in rows} & set(intent.keys))


async def _keys(room: Room, store: Store) -> int:
    """Compare every key with the first mirror, a person's range at a time; copy what it lacks."""
    sql = "SELECT person, key, category, ending, epoch, wrapped FROM dek WHERE org = $1 ORDER BY person, key"
    there = _Walk(room.keystore.mirrors[0].batches(sql.replace("$1", "?1"), room.org))
    stopped = {s.person for s in room.keystore.stops(room.org) if s.what == "erased"}
    copied = 0
    async for rows in store.scan(sql, room.org):
        lost = [row for row in rows if _lacks(room, there, row, stopped)]
        copied += len(lost)
        await room.keystore.settle([Op(mirror.ADD, [(*r[:2], room.org, *r[2:]) for r in lost])] if lost else [])
    while there.head is not None:
        _destroyed(room, there)
    return copied


def _destroyed(room: Room, there: "_Walk") -> None:
    """Pass over a key that another process destroyed since we began. Raises Tampered where nobody announced it."""
    person, key = cast("Place", cast("Line", there.head)[:2])
    announced = any(i.person == person and key in i.keys for _, i in room.keystore.intents(room.org))
    held = room.keystore.mirrors[0].rows("SELECT 1 FROM dek WHERE person = ?1 AND key = ?2", person, key)
    if held and not announced:
        raise older("keys")
    there.step()


class _Walk:
    """A sorted stream with a head to compare with."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self.head: Line | None = None
        self.last: bytes = b""  # the newest person seen
        self.step()

    def step(self) -> None:
        if self.head is not None:
            self.last = cast("bytes", self.head[0])
        self.head = next(self._lines, None)


def _lacks(room: Room, there: _Walk, row: Sequence[object], stopped: set[bytes]) -> bool:
    """Say whether the mirror lacks this key. Raises Tampered where the mirror knows better."""
    place = cast("Place", tuple(row[:2]))
    while there.head is not None and cast("Place", there.head[:2]) < place:
        _destroyed(room, there)
    head = there.head
    if head is None or cast("Place", head[:2]) != place:
        known = there.last == place[0] or (head is not None and head[0] == place[0])
        if place[0] in stopped and not known:
            raise older("erased")
        return True
    there.step()
    if head[5] == row[5]:
        return False
    if cast("int", head[4]) >= cast("int", row[4]):
        raise older("epoch")
    return True


async def _newer(room: Room, person: bytes, newest: int, tx: Tx) -> None:
    """Look once more at a state that another process may have written since. Raises Tampered where none did."""
    row = await tx.one("SELECT version FROM state WHERE person = $1", person)
    erased = row is None and any(i.person == person for _, i in room.keystore.intents(room.org))
    if erased or (row is None and room.keystore.anchor(person) is None):
        return
    if row is None or cast("int", row[0]) < newest:
        raise older("state")


async def _states(room: Room, store: Store) -> int:
    """Compare every state's version with its anchor, and anchor what a crash left out."""
    behind: list[Line] = []
    async for rows in store.scan("SELECT person, version FROM state WHERE org = $1", room.org):
        for person, version in cast("Sequence[tuple[bytes, int]]", rows):
            newest = room.keystore.anchor(person)
            if newest is not None and newest > version:
                await store.read(partial(_newer, room, person, newest))
                continue
            if newest != version:
                behind.append((person, version))
    await room.keystore.settle([Op(mirror.ANCHOR, behind)] if behind else [])
    return len(behind)
