"""Room vault: the state row of a person, and the index that leads to them; both verify or are refused.

The state is bound by a MAC under a key of the key store, so that SQL alone changes nothing unnoticed; its newest
version is anchored in the key store, so that an old row put back is noticed too.

BUG: the anchor is settled just after the commit. Whoever can put back a row in those milliseconds, and then stops
the process before it settles, is not noticed: the mirrors never heard of the newer version.
"""

import hmac
from collections.abc import Sequence
from typing import Literal, cast

import msgspec

from tepati.errors import Conflict, Tampered
from tepati.rules.facts import FOREVER, Facts
from tepati.store.port import Row, Tx, Value
from tepati.vault import index, keys, mirror
from tepati.vault.mirror import Op
from tepati.vault.room import Room, whole
from tepati.vault.seal import bound

Lock = bool | Literal["free"]


def mac(key: bytes, org: str, person: bytes, version: int, body: bytes) -> bytes:
    """Return the MAC of a state row: HMAC-SHA256, 32 bytes."""
    return hmac.digest(key, bound("tepati state 1", org, person, version, body), "sha256")


def _mac(room: Room, person: bytes, version: int, body: bytes) -> bytes:
    return mac(room.keystore.secret("mac", room.org), room.org, person, version, body)


def verify(room: Room, person: bytes, version: int, body: bytes, found: bytes) -> None:
    """Check a state's MAC. Raises Tampered."""
    if not hmac.compare_digest(found, _mac(room, person, version, body)):
        raise Tampered("state_mac")


async def facts(room: Room, tx: Tx, person: bytes, *, lock: Lock = False) -> tuple[Facts, int] | None:
    """Return a person's facts and their version, or None where nobody is. Raises Tampered.

    ``lock`` waits for other acts that write to this person, until they end (a row lock on PostgreSQL); with ``free``
    it waits for nobody, and None says: either nobody is, or another act holds them.
    """
    held = room.pending(tx).held.pop(person, None)
    if held and lock:
        return held
    newest = room.keystore.anchor(person)  # before the row: whoever settles in between only makes the row newer
    row = await tx.one(_FREE if lock == "free" else _LOCKED if lock else _UNLOCKED, person, room.org)
    if row is None and lock == "free":
        return None
    if row is None and lock:  # the row waited for may have been deleted and written anew: by an erasure under a hold
        row = await tx.one(_LOCKED, person, room.org)
    if row is None:
        _gone(room, person, newest)
        return None
    return await _read(room, tx, person, row, newest)


async def _read(room: Room, tx: Tx, person: bytes, row: Sequence[Value], newest: int | None) -> tuple[Facts, int]:
    """Verify a state's row (version, body, MAC) and read it. Raises Tampered, Conflict."""
    version, body, found = row
    if not (isinstance(version, int) and isinstance(body, bytes) and isinstance(found, bytes)):
        raise Tampered("state_form")
    verify(room, person, version, body, found)
    pending = room.pending(tx)
    if newest is not None and version < newest:
        await _behind(room, tx, person, version, newest)
    known = whole(body), version
    pending.read[person] = known
    return known


_UNLOCKED = "SELECT version, body, mac FROM state WHERE person = $1 AND org = $2"
_LOCKED = "SELECT version, body, mac FROM state WHERE person = $1 AND org = $2 FOR UPDATE"
_FREE = "SELECT version, body, mac FROM state WHERE person = $1 AND org = $2 FOR UPDATE SKIP LOCKED"


def _gone(room: Room, person: bytes, newest: int | None) -> None:
    """Accept that a person is not there, unless the key store knows one whom nobody erases."""
    if newest is None or room.keystore.anchor(person) is None:
        return
    if not any(intent.person == person for _, intent in room.keystore.intents(room.org)):
        raise Tampered("state_missing", newest=newest)


async def _behind(room: Room, tx: Tx, person: bytes, version: int, newest: int) -> None:
    """Raise Tampered; but Conflict the first time in a snapshot, which may rightly be older than the key store.

    A transaction begun after that sees what was settled before: whoever tries again learns which of the two it was.
    """
    row = await tx.one("SHOW transaction_isolation") if tx.engine == "postgresql" else None
    seen, before = room.behind.get(person, (0, 0))
    room.behind[person] = newest, max(room.open)
    if row is not None and row[0] != "read committed" and not (seen > version and tx.id > before):
        raise Conflict("state_version", version=version)
    raise Tampered("state_old", version=version, newest=newest)


async def set_facts(room: Room, tx: Tx, person: bytes, new: Facts, version: int) -> int:
    """Replace facts read at ``version`` (0: the first) and return the new version. Raises Conflict when others did.

    Whatever the new facts take away from uses goes on the stop list, and what they give back comes off it.
    """
    if not version:
        return await insert(room, tx, person, new, 1)
    body, after = msgspec.msgpack.encode(new), version + 1
    stops = await _stops(room, tx, person, new)
    await tx.later(
        "UPDATE state SET version = $3, body = $4, mac = $5 WHERE person = $1 AND org = $2 AND version = $6",
        [(person, room.org, after, body, _mac(room, person, after, body), version)],
        once="state_version",
    )
    room.later(tx, *stops)
    return _written(room, tx, person, new, after)


async def insert(room: Room, tx: Tx, person: bytes, new: Facts, version: int) -> int:
    """Write facts where there are none. Raises Conflict where there are."""
    if version == 1 and person in room.pending(tx).fresh:
        await insert_new(room, tx, [(person, new)])
        return version
    body = msgspec.msgpack.encode(new)
    row = person, room.org, version, body, _mac(room, person, version, body)
    await tx.later(_FIRST, [row], once="state_version")
    return _written(room, tx, person, new, version)


async def insert_new(room: Room, tx: Tx, new: Sequence[tuple[bytes, Facts]]) -> None:
    """Write the first facts of persons whom this transaction makes, at once; a second one raises when it is sent."""
    key, rows, read = room.keystore.secret("mac", room.org), [], room.pending(tx).read
    for person, known in new:
        body = msgspec.msgpack.encode(known)
        rows.append((person, room.org, 1, body, mac(key, room.org, person, 1, body)))
        read[person] = known, 1
    await tx.later("INSERT INTO state (person, org, version, body, mac) VALUES ($1, $2, $3, $4, $5)", rows)
    room.later(tx, Op(mirror.ANCHOR, [(person, 1) for person, _ in new]))


_FIRST = "INSERT INTO state (person, org, version, body, mac) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"


def _written(room: Room, tx: Tx, person: bytes, new: Facts, version: int) -> int:
    room.later(tx, Op(mirror.ANCHOR, [(person, version)]))
    pending = room.pending(tx)
    pending.read[person] = new, version
    pending.held.pop(person, None)
    return version


async def _stops(room: Room, tx: Tx, person: bytes, new: Facts) -> list[Op]:
    known = room.pending(tx).read.get(person) or await facts(room, tx, person)
    if known is None:
        raise Conflict("state_version")
    old, now, at = known[0], _narrowings(new), room.keystore.now()
    before, after = _closed(old), _closed(new)
    stop = now - _narrowings(old) | {f"consent:{q}" for q in old.consents.keys() - new.consents.keys()}
    stop |= {f"closed:{d}:{at}" for d in old.dealings.keys() - new.dealings.keys() - before.keys()}
    stop |= {f"closed:{d}:{when}" for d, when in after.items() if d not in before}
    lift = _narrowings(old) - now | {f"consent:{q}" for q in new.consents.keys() - old.consents.keys()}
    lift |= {f"closed:{d}:{when}" for d, when in before.items() if d in new.dealings and d not in after}
    stops = [(room.org, person, what, at) for what in sorted(stop)]
    lifts = [(room.org, person, what, at) for what in sorted(lift)]
    return [Op(sql, rows) for sql, rows in ((mirror.STOP, stops), (mirror.LIFT, lifts)) if rows]


def _narrowings(facts: Facts) -> frozenset[str]:
    """Name what was taken away from uses, in the words of the stop list."""
    return frozenset(
        [f"restricted:{p}" for p in facts.restricted]
        + [f"objected:{p}" for p in facts.objected]
        + [f"ended:{c}" for c in facts.ended]
        + [f"until:{q}:{until}" for q, until in facts.consents.items() if until < FOREVER]
        + ([f"minor:{facts.minor_until}"] if facts.minor_until else [])
        + ([] if facts.guardian else ["guardian"])
    )


def _closed(facts: Facts) -> dict[str, int]:
    """Name the dealings that are closed, and since when."""
    return {dealing: known.closed for dealing, known in facts.dealings.items() if known.closed}


def blind(room: Room, field: str, value: str) -> bytes:
    """Return the blind index of a value of a field, which without a dot is a secret's. Raises BadInput."""
    key = room.keystore.secret("index", room.org, room.indexed(field), index.VERSION)
    return index.blind(key, value, exact="." not in field)


async def find(room: Room, tx: Tx, field: str, value: str, *, lock: Lock = False) -> bytes | None:
    """Return who holds a value, or None. What is opened of them later must hold that value, or is refused.

    ``lock``: their facts are read and locked along, for ``facts`` with this lock, which comes next.
    """
    key, place = blind(room, field, value), room.indexed(field)
    row = await _find_locked(room, tx, key, place, lock) if lock else None
    row = row or await tx.one(
        f"SELECT person FROM ident i WHERE blind_index = $1 AND org = $2 AND {_HERE}", key, room.org, place
    )
    if row is None or not isinstance(row[0], bytes):
        return None
    if "." in field:  # a field of a category; a link's secret stands in no blob, its own row is the check
        room.pending(tx).looked.setdefault(row[0], {})[field] = key
    return row[0]


async def _find_locked(room: Room, tx: Tx, key: bytes, field: str, lock: Lock) -> Row | None:
    """Find a person and hold their verified facts; None says nothing: ``find`` and ``facts`` tell what there is."""
    row = await tx.one(_FOUND_FREE if lock == "free" else _FOUND, key, room.org, field)
    if row and isinstance(row[0], bytes):
        # The anchor after the row: while the row is locked, nobody settles a newer one.
        room.pending(tx).held[row[0]] = await _read(room, tx, row[0], row[1:], room.keystore.anchor(row[0]))
        if lock != "free":  # an act of a group reads the keys of all at its end
            await keys.announce(room, tx, [row[0]], new=False)
    return row


_HERE = "(i.field = $3 OR i.field LIKE '%@' || $3)"  # the field's own index, or that of another that shares it
_FOUND = (
    "SELECT i.person, s.version, s.body, s.mac FROM ident i JOIN state s ON s.person = i.person AND s.org = i.org"
    f" WHERE i.blind_index = $1 AND i.org = $2 AND {_HERE} FOR UPDATE OF s"
)
_FOUND_FREE = f"{_FOUND} SKIP LOCKED"


_MANY = 50
_PLACES = ", ".join(f"${n}" for n in range(3, 3 + _MANY))


async def find_many(room: Room, tx: Tx, field: str, indexes: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return who holds some of many values, 50 a statement: blind index to person; nobody stands there for the rest."""
    wanted = list(dict.fromkeys(indexes))
    found: dict[bytes, bytes] = {}
    for start in range(0, len(wanted), _MANY):
        some = wanted[start : start + _MANY]
        rows = await tx.all(
            f"SELECT blind_index, person FROM ident WHERE org = $1 AND (field = $2 OR field LIKE '%@' || $2)"
            f" AND blind_index IN ({_PLACES})",
            room.org, room.indexed(field), *some, *([some[-1]] * (_MANY - len(some))),
        )  # fmt: skip
        found.update(cast("Sequence[tuple[bytes, bytes]]", rows))
    return found


async def claim(room: Room, tx: Tx, field: str, value: str, person: bytes) -> None:
    """Make a value lead to this person. Raises Conflict where it leads to another.

    What nobody can have claimed for this person (they are new, or the value is a new secret) is sent with the act's
    other writes, and raises then.
    """
    key = blind(room, field, value)
    if person in room.pending(tx).fresh or "." not in field:
        return await claim_new(room, tx, field, [(key, person)])
    touched = await tx.run(
        "INSERT INTO ident (blind_index, org, field, person) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        key, room.org, room.stored(field), person,
    )  # fmt: skip
    if touched == 1:
        return None
    row = await tx.one("SELECT person FROM ident WHERE blind_index = $1", key)
    if row is None or row[0] != person:
        raise Conflict("claimed", field=field)
    return None


async def claim_new(room: Room, tx: Tx, field: str, new: Sequence[tuple[bytes, bytes]]) -> None:
    """Make indexes that nobody can have claimed for these persons lead to them: (index, person). Raises when sent."""
    await tx.later(
        "INSERT INTO ident (blind_index, org, field, person) VALUES ($1, $2, $3, $4)",
        [(key, room.org, room.stored(field), person) for key, person in new],
    )


async def release(room: Room, tx: Tx, field: str, value: str, person: bytes) -> None:
    """Delete the index of a value that this person holds no more."""
    await tx.run("DELETE FROM ident WHERE blind_index = $1 AND person = $2", blind(room, field, value), person)


def stop(room: Room, tx: Tx, person: bytes, what: str, at: int) -> None:
    """Put something on the stop list when this transaction settles: restore applies it before any door opens."""
    room.later(tx, Op(mirror.STOP, [(room.org, person, what, at)]))
