"""Room vault: the key of one person, category and ending (a *dek*), wrapped by the organisation's epoch key.

    wrapped = format (1) ‖ nonce (12) ‖ ciphertext and tag (48)
    AAD = label, org, epoch, person, key id, category, ending

A key that writes holds the current epoch's row in share mode, so that a roll, which changes that row, waits for it.
"""

from collections.abc import Sequence
from functools import cache

import msgspec
from cryptography.exceptions import InvalidTag

from tepati.errors import Tampered
from tepati.store.port import Row, Tx, Value
from tepati.vault import mirror
from tepati.vault.mirror import Op
from tepati.vault.room import Room
from tepati.vault.seal import NONCE, SIXTEEN, SIZE, Draw, bound, text

LABEL = "tepati dek 1"
_FORMAT = b"\x01"
At = tuple[bytes, str, str]  # a unit: person, category, ending


class Unit(msgspec.Struct, frozen=True, gc=False):
    """The unit of ending: its key's name and, opened, the key."""

    key: bytes
    category: str
    ending: str
    raw: bytes


def wrap(room: Room, person: bytes, unit: Unit, epoch: int) -> bytes:
    """Wrap a unit's key for one epoch."""
    aad = head(room.org, epoch) + tail(person, unit.key, unit.category, unit.ending)
    nonce = room.random(NONCE)
    return _FORMAT + nonce + room.keystore.epoch(room.org, epoch).encrypt(nonce, unit.raw, aad)


def unwrap(room: Room, person: bytes, row: tuple[bytes, str, str, int, bytes]) -> Unit:
    """Open (key, category, ending, epoch, wrapped). Raises Tampered when any part is not what was wrapped."""
    key, category, ending, epoch, wrapped = row
    aad = head(room.org, epoch) + tail(person, key, category, ending)
    cipher = room.keystore.epoch(room.org, epoch)
    if len(wrapped) != 61 or wrapped[:1] != _FORMAT:
        raise Tampered("dek_form")
    try:
        return Unit(key, category, ending, cipher.decrypt(wrapped[1:13], wrapped[13:], aad))
    except InvalidTag:
        pass
    raise Tampered("dek_wrap")


async def current(room: Room, tx: Tx) -> int:
    """Return the epoch that wraps, held until the transaction ends. Makes the first one. Raises Tampered."""
    pending = room.pending(tx)
    pending.epoch = pending.epoch or await _current(room, tx)
    return pending.epoch


async def _current(room: Room, tx: Tx) -> int:
    for _ in range(3):  # a roll committed while we waited: its new row is seen by the next statement
        row = await tx.one(_CURRENT, room.org)
        if row is not None and isinstance(row[0], int):
            return row[0]
        row = await tx.one("SELECT max(epoch) FROM epoch WHERE org = $1", room.org)
        if row is None or row[0] is None:
            return await _first(room, tx)
    raise Tampered("epoch_none")


_CURRENT = "SELECT epoch FROM epoch WHERE org = $1 AND state = 'current' ORDER BY epoch DESC LIMIT 1 FOR SHARE"


async def _first(room: Room, tx: Tx) -> int:
    if room.keystore.count(room.org) or max(room.keystore.versions("epoch", room.org), default=1) > 1:
        raise Tampered("database_older", mend="tepati restore")
    room.keystore.secret("epoch", room.org, "", 1)
    await tx.run(
        "INSERT INTO epoch (org, epoch, state, since) VALUES ($1, 1, 'current', $2) ON CONFLICT DO NOTHING",
        room.org, room.keystore.now(),
    )  # fmt: skip
    return 1


async def units(room: Room, tx: Tx, person: bytes, category: str = "") -> list[Unit]:
    """Open a person's keys, of one category or all. Raises Tampered."""
    rows = await tx.all(
        "SELECT key, category, ending, epoch, wrapped FROM dek WHERE person = $1 AND org = $2", person, room.org
    )
    return [unwrap(room, person, row) for row in rows if category in ("", row[1])]  # type: ignore[arg-type]


async def unit(room: Room, tx: Tx, person: bytes, category: str, ending: str) -> Unit:
    """Return the key of a unit, making it where there is none; the mirrors take it when the transaction settles."""
    return (await some(room, tx, person, [(category, ending)]))[0]


_TOGETHER = 40  # persons whose keys are read in one statement
_PLACES = ", ".join(f"${n}" for n in range(2, 2 + _TOGETHER))


async def some(room: Room, tx: Tx, person: bytes, wanted: Sequence[tuple[str, str]]) -> list[Unit]:
    """Return the keys of several units (category, ending) of a person, as ``several``."""
    return await several(room, tx, [(person, *at) for at in wanted])


async def several(room: Room, tx: Tx, wanted: Sequence[At]) -> list[Unit]:
    """Return the keys of units of any persons, making together those there are not; the mirrors take them at the end.

    A person's keys are read once a transaction; whatever ends keys in it calls ``forget``.
    """
    pending, lacking = room.pending(tx), []
    await know(room, tx, [at[0] for at in wanted])
    for at in dict.fromkeys(wanted):
        opened = pending.units.setdefault(at[0], {})
        if at in opened:
            continue
        if at[0] not in pending.wrapped:
            await know(room, tx, [at[0]])
        rows = pending.wrapped[at[0]]
        row = next((row for row in reversed(rows) if row[1:3] == at[1:]), None) if rows else None
        if row is None:
            lacking.append(at)
        else:
            opened[at] = unwrap(room, at[0], row)
    await _make(room, tx, lacking)
    return [pending.units[at[0]][at] for at in wanted]


async def know(room: Room, tx: Tx, persons: Sequence[bytes]) -> None:
    """Read the keys of at most ``_TOGETHER`` persons in one statement, for ``some``; those known are not read again."""
    known = room.pending(tx).wrapped
    unknown = sorted({person for person in persons if person not in known})
    if not 0 < len(unknown) <= _TOGETHER:
        return
    if len(unknown) <= 2:
        rows = await tx.all(_OF_TWO, unknown[0], unknown[-1], room.org)
    else:
        padded = unknown + unknown[-1:] * (_TOGETHER - len(unknown))
        rows = await tx.all(
            f"SELECT person, key, category, ending, epoch, wrapped FROM dek WHERE org = $1 AND person IN ({_PLACES})",
            room.org, *padded,
        )  # fmt: skip
    found: dict[Value, list[Row]] = {person: [] for person in unknown}
    for row in rows:
        found[row[0]].append(row[1:])
    known.update((person, found[person]) for person in unknown)


_OF_TWO = "SELECT person, key, category, ending, epoch, wrapped FROM dek WHERE person IN ($1, $2) AND org = $3"


async def announce(room: Room, tx: Tx, persons: Sequence[bytes], *, new: bool) -> None:
    """Let the keys of one or two persons be read along with the next statement, and where any is ``new`` the epoch.

    Whoever may take keys away meanwhile is locked out before: the persons, or a person's facts, are held.
    """
    unknown = sorted({person for person in persons if person not in room.pending(tx).wrapped})
    if 0 < len(unknown) <= 2:
        await tx.ahead(_OF_TWO, unknown[0], unknown[-1], room.org)
    if new and not room.pending(tx).epoch:
        await tx.ahead(_CURRENT, room.org)


def forget(room: Room, tx: Tx, person: bytes) -> None:
    """Read a person's keys anew when they are next asked for in this transaction."""
    room.pending(tx).wrapped.pop(person, None)
    room.pending(tx).units.pop(person, None)


async def _make(room: Room, tx: Tx, wanted: Sequence[At]) -> None:
    """Make new keys for units, under the current epoch: one draw and one statement for all."""
    if not wanted:
        return
    epoch, pending, rows = await current(room, tx), room.pending(tx), []
    encrypt, start = room.keystore.epoch(room.org, epoch).encrypt, head(room.org, epoch)
    draw = Draw(room.random, (16 + 32 + NONCE) * len(wanted))
    for person, category, ending in wanted:
        unit, nonce = Unit(draw(16), category, ending, draw(32)), draw(NONCE)
        sealed = encrypt(nonce, unit.raw, start + tail(person, unit.key, category, ending))
        row = unit.key, category, ending, epoch, _FORMAT + nonce + sealed
        rows.append((person, unit.key, room.org, category, ending, epoch, row[4]))
        pending.units.setdefault(person, {})[person, category, ending] = unit
        pending.wrapped.setdefault(person, []).append(row)
    await tx.later(
        "INSERT INTO dek (person, key, org, category, ending, epoch, wrapped) VALUES ($1, $2, $3, $4, $5, $6, $7)", rows
    )
    room.later(tx, Op(mirror.ADD, rows))


@cache
def head(org: str, epoch: int) -> bytes:
    """Join the parts of the AAD that all keys of an epoch share."""
    return bound(LABEL, org, epoch)


def tail(person: bytes, key: bytes, category: str, ending: str) -> bytes:
    """Join the parts of the AAD that are one key's own; an ending is often one record's, and comes once."""
    own = ending.encode()
    return b"".join((SIXTEEN, person, SIXTEEN, key, text(category), SIZE(len(own)), own))
