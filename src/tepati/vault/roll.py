"""Room vault: the roll, which makes whatever was erased unreadable in every backup by destroying the key above it.

The steps, each a function, each safe to repeat; the table of what a crash after each leaves is in
``docs/spec/vault.md``. Writers and readers go on: a step holds at most 500 rows.

    (a) prepare   the new epoch's key stands in both mirrors and was read back
    (b) switch    the database says which epoch wraps, under the row lock that every key writer shares
    (c) rewrap    every key is wrapped anew, 500 a transaction; two epochs live meanwhile
    (d) quiet     no older transaction is open          prove    every key opens, here and in both mirrors
        retire    the old epoch's row goes, which a foreign key forbids while any key is under it
        tell      every process that has the old epoch's key in memory let go of it, or was cut off
        destroy   the old epoch's key goes from both mirrors, and is read back as gone
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from tepati.errors import Unavailable
from tepati.store.port import Store, Tx, Value
from tepati.vault import keys, mirror
from tepati.vault.mirror import Line, Op
from tepati.vault.reconcile import older
from tepati.vault.rewrap import Full, New, prove_all, rewrapped
from tepati.vault.room import Room

CHUNK = 500
_AHEAD = 20  # chunks the database may be ahead of the mirrors, which then share their commits
_START, _END = (bytes(16), bytes(16)), (b"", b"")  # no key is named so
_WAITS = 200  # how often an older transaction is waited for, 50 ms each, before the roll says that it waits


Place = tuple[bytes, bytes]  # person and key, the order of all keys


@dataclass(frozen=True, slots=True)
class Rolled:
    """What a roll did: the epoch that wraps now, those destroyed, how many keys were wrapped anew, and the grade."""

    epoch: int
    destroyed: tuple[int, ...]
    keys: int
    grade: str


async def roll(room: Room, store: Store) -> Rolled:
    """Roll the epoch, finishing first what an earlier roll left. Raises Unavailable (it waits), Tampered."""
    left = await destroy(room, store)
    await prepare(room, store)
    await switch(room, store)
    count = await rewrap(room, store)
    await quiet(store)
    await prove(room, store)
    await retire(room, store)
    await tell(room, store)
    gone = await destroy(room, store)
    return Rolled(await _current(room, store), (*left, *gone), count, room.keystore.grade.words())


async def prepare(room: Room, store: Store) -> None:
    """(a) Make the next epoch's key in both mirrors; nothing where an epoch waits to be retired, or it is there."""
    await store.write(lambda tx: keys.current(room, tx))
    if await _previous(room, store):
        return
    after = await _current(room, store) + 1
    if room.keystore.known("epoch", room.org, "", after) is None:
        room.keystore.keep("epoch", room.org, "", after)


async def switch(room: Room, store: Store) -> None:
    """(b) Let the prepared epoch wrap; writers that hold the old one are waited for."""

    async def work(tx: Tx) -> None:
        row = await tx.one("SELECT epoch FROM epoch WHERE org = $1 AND state = 'current' FOR UPDATE", room.org)
        now = cast("int", row[0]) if row else 0
        if not row or now + 1 not in room.keystore.versions("epoch", room.org):
            return
        await tx.run("UPDATE epoch SET state = 'previous' WHERE org = $1 AND epoch = $2", room.org, now)
        await tx.run(
            "INSERT INTO epoch (org, epoch, state, since) VALUES ($1, $2, 'current', $3)",
            room.org, now + 1, room.keystore.now(),
        )  # fmt: skip

    await store.write(work)


async def rewrap(room: Room, store: Store) -> int:
    """(c) Wrap every key of older epochs anew, the mirrors following, and return how many.

    One way through all keys in their own order, so that a chunk lies together, here and in the mirrors. The mirrors
    take many chunks at once and are waited for: two threads in SQLite at a time cost a third more.
    """
    if not await _previous(room, store):
        return 0
    after, total, last = await _current(room, store), 0, _START
    waiting: list[Op] = []
    while last != _END:
        op, last = await store.write(partial(_chunk, room, after, last))
        total += len(op.rows)
        waiting.append(op)
        if len(waiting) == _AHEAD or last == _END:
            await room.keystore.settle(waiting)
            waiting = []
        await asyncio.sleep(0)  # whoever waits for the loop goes first
    return total


async def _chunk(room: Room, after: int, last: Place, tx: Tx) -> tuple[Op, Place]:
    """Wrap the next keys behind ``last`` anew where an older epoch wraps them; return how far this went."""
    rows = await _page(room, last, tx)
    new = rewrapped(room, rows, after)
    if new:
        await _update(tx, new, after)
    return Op(mirror.FOLLOW, new), rows[-1][:2] if len(rows) == CHUNK else _END


async def _page(room: Room, last: Place, tx: Tx) -> Sequence[Full]:
    """Read the next keys behind ``last`` in their order, whatever their epoch.

    What the planner knows of ``epoch`` is a day old and wrong while a roll runs: no statement here trusts it.
    """
    rows = await tx.all(
        "SELECT person, key, category, ending, epoch, wrapped FROM dek"
        " WHERE org = $1 AND (person, key) > ($2, $3) ORDER BY person, key LIMIT $4",
        room.org, *last, CHUNK,
    )  # fmt: skip
    return cast("Sequence[Full]", rows)


async def _update(tx: Tx, new: Sequence[New], after: int) -> None:
    """Write the new wrappings over those of older epochs."""
    if tx.engine == "sqlite":
        sql = "UPDATE dek SET epoch = $4, wrapped = $3 WHERE person = $1 AND key = $2 AND epoch < $4"
        await tx.many(sql, new)
        return
    persons, names, wrapped, _ = zip(*new, strict=True)
    # One statement: one for each key costs five times as much. The range lets both sides be read once, in order.
    await tx.run(
        "UPDATE dek SET epoch = $4, wrapped = new.wrapped FROM"
        " unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS new (person, key, wrapped)"
        " WHERE dek.person BETWEEN $5 AND $6 AND dek.person = new.person AND dek.key = new.key AND dek.epoch < $4",
        persons, names, wrapped, after, persons[0], persons[-1],
    )  # fmt: skip


async def quiet(store: Store) -> None:
    """(d) Wait until every transaction begun before this instant has ended. Raises Unavailable after ten seconds.

    SQLite runs one writing transaction at a time and a reader holds its snapshot within one step of the loop.
    """
    if store.engine == "sqlite":
        return
    mine = "SELECT xact_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    row = await store.write(lambda tx: tx.one(mine))
    began = str(row[0]) if row else ""
    for _ in range(_WAITS):
        if not await store.write(lambda tx: _older(tx, began)):
            return
        await asyncio.sleep(0.05)
    raise Unavailable("roll_waits", mend="an older transaction is still open; the next roll goes on from here")


async def _older(tx: Tx, began: str) -> bool:
    """Say whether an older transaction is open, an idle one too: it may hold a key that only the old epoch opens."""
    row = await tx.one(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND xact_start < $1::text::timestamptz",
        began,
    )
    return bool(row and row[0])


async def prove(room: Room, store: Store) -> int:
    """(d) Open every key, compare it with both mirrors, mend what they missed, and return how many there are."""
    count, last = 0, _START
    while last != _END:
        rows = await store.read(partial(_page, room, last), single=True)
        prove_all(room, rows)
        await _mend(room, rows)
        count += len(rows)
        last = rows[-1][:2] if len(rows) == CHUNK else _END
    return count


async def _mend(room: Room, rows: Sequence[Full]) -> None:
    """Bring to the mirrors what a crash kept from them; keys destroyed meanwhile have tombstones and stay away."""
    if not rows:
        return
    sql = (
        "SELECT key, wrapped FROM dek WHERE (person, key) >= (?1, ?2) AND (person, key) <= (?3, ?4) AND org = ?5"
        " ORDER BY person, key"
    )
    mine = [(row[1], row[5]) for row in rows]
    have = [each.rows(sql, *rows[0][:2], *rows[-1][:2], room.org) for each in room.keystore.mirrors]
    if all(each == mine for each in have):
        return
    known = [set(each) for each in have]
    lost: list[Line] = [
        (person, key, room.org, category, ending, epoch, wrapped)
        for person, key, category, ending, epoch, wrapped in rows
        if any((key, wrapped) not in each for each in known)
    ]
    if lost:
        await room.keystore.settle([Op(mirror.ADD, lost)])


async def retire(room: Room, store: Store) -> None:
    """(d) Delete the old epochs' rows. Raises Conflict while a key is under one: the foreign key forbids it."""

    async def work(tx: Tx) -> None:
        await tx.all("SELECT epoch FROM epoch WHERE org = $1 AND state = 'previous' FOR UPDATE", room.org)
        await tx.run("DELETE FROM epoch WHERE org = $1 AND state = 'previous'", room.org)

    await store.write(work)


async def tell(room: Room, store: Store) -> None:
    """(d) Have every process that shares the key store let go of epochs that the database no longer has.

    Who does not answer within ten seconds is cut off, and reads the key store anew before it uses a key again.
    Raises Unavailable where that is not possible.
    """
    gone = await _over(room, store)
    if not gone:
        return
    since = room.keystore.retire(room.org, max(gone))
    for _ in range(_WAITS):
        if not room.keystore.mirrors[0].unaware(since):
            return
        await asyncio.sleep(0.05)
    room.keystore.mirrors[0].fence(since)


async def destroy(room: Room, store: Store) -> tuple[int, ...]:
    """(d) Destroy the keys of epochs the database no longer has; return their numbers.

    Raises Unavailable; Tampered where a mirror still needs one of them: not we took it out of the database.
    """
    gone = await _over(room, store)
    if gone:
        _needless(room, max(gone))
    if gone and room.keystore.retired(room.org) < max(gone):  # of a roll that a crash ended before it told
        await tell(room, store)
    for number in gone:
        room.keystore.destroy("epoch", room.org, "", number)
    if gone:
        stale = [Op(mirror.STALE, [(room.org, max(gone))], cuts=True)]  # late copies under a key that is no more
        await room.keystore.settle([*stale, Op(mirror.FORGET_GONE, [(room.keystore.now(),)], cuts=True)])
    if any(n in room.keystore.versions("epoch", room.org, mirror=m) for n in gone for m in (0, 1)):
        raise Unavailable("keystore_disagrees")
    return gone


async def _over(room: Room, store: Store) -> tuple[int, ...]:
    """List the epochs whose keys stand in the key store and which the database knows no more."""
    known = {cast("int", row[0]) for row in await store.read(lambda tx: _epochs(room, tx))}
    current = max(known, default=0)
    return tuple(n for n in room.keystore.versions("epoch", room.org) if n < current and n not in known)


def _needless(room: Room, epoch: int) -> None:
    """Check that all keys mirrored under an epoch up to this one are announced to go.

    A roll proves and mends both mirrors before it retires an epoch, so others are left only where rows were taken out
    of the database by hand; destroying the epoch would then take every backup along. Raises Tampered.
    """
    announced = {key for _, intent in room.keystore.intents(room.org) for key in intent.keys}
    sql = "SELECT key FROM dek WHERE org = ?1 AND epoch <= ?2"
    for each in room.keystore.mirrors:
        if any(row[0] not in announced for row in each.batches(sql, room.org, epoch)):
            raise older("keys")


async def _epochs(room: Room, tx: Tx) -> Sequence[tuple[Value, ...]]:
    return await tx.all("SELECT epoch FROM epoch WHERE org = $1", room.org)


async def _current(room: Room, store: Store) -> int:
    row = await store.read(
        lambda tx: tx.one("SELECT max(epoch) FROM epoch WHERE org = $1 AND state = 'current'", room.org)
    )
    return cast("int", row[0] or 0) if row else 0


async def _previous(room: Room, store: Store) -> list[int]:
    sql = "SELECT epoch FROM epoch WHERE org = $1 AND state = 'previous' ORDER BY epoch"
    return [cast("int", row[0]) for row in await store.read(lambda tx: tx.all(sql, room.org))]
