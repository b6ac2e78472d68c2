"""Room vault: ledger openings and mails, sealed under keys of their own categories, one key a month of ending.

An opening of the person goes with the person; an actor's opening is sealed under the member of staff's own keys.
"""

from collections.abc import AsyncIterator, Sequence
from functools import cache
from typing import cast

import msgspec

from tepati.errors import NotFound
from tepati.rules.facts import Permit
from tepati.store.port import Store, Tx
from tepati.vault import keys
from tepati.vault.room import Room, leave
from tepati.vault.seal import NONCE, SCHEMA, Draw, bound, ids, key_of, seal, unseal

OPENING, MAIL = "~opening", "~mail"  # no category of a notice begins so
FEW = 300  # openings of one party that are always looked through: a millisecond
_MONTH = 30 * 86_400_000_000  # microseconds: what is due in one month ends with one key


class Line(msgspec.Struct, frozen=True, gc=False):
    """One party's side of one ledger line."""

    ledger_id: bytes
    party: str


def ending(due: int) -> str:
    """Name the unit of ending of something due at an instant."""
    return f"due:{due // _MONTH}"


async def lapsed(room: Room, store: Store, at: int) -> AsyncIterator[list[tuple[bytes, bytes]]]:
    """Stream (person, key) of the units of openings whose month is over at an instant, off the loop on SQLite.

    Every key of the organisation is read: for once a day. An index by ending would cost each act that seals.
    """
    sql = "SELECT person, key, ending FROM dek WHERE org = $1 AND category = $2"
    async for rows in store.scan(sql, room.org, OPENING, batch=2000):
        over = [(person, key) for person, key, name in cast("Sequence[_Named]", rows) if _over(name, at)]
        for start in range(0, len(over), TOGETHER):
            yield over[start : start + TOGETHER]


_Named = tuple[bytes, bytes, str]
TOGETHER = 40  # units that end in one transaction


def _over(ending_: str, at: int) -> bool:
    """Say whether all that is due in a month was due by now."""
    return (int(ending_.removeprefix("due:")) + 1) * _MONTH <= at


def _aad(room: Room, kind: str, person: bytes, what: bytes, part: str) -> bytes:
    return _start(kind, room.org) + ids(person, what) + _end(part)


@cache
def _start(kind: str, org: str) -> bytes:
    return bound(f"tepati {kind[1:]} 1", org)


@cache
def _end(part: str) -> bytes:
    return bound(part, SCHEMA)


class Kept(msgspec.Struct, frozen=True, gc=False):
    """One opening to be sealed: whose key seals it, whose side of which line, what it says, and until when."""

    person: bytes
    line: Line
    payload: bytes
    due: int


async def seal_openings(room: Room, tx: Tx, kept: Sequence[Kept]) -> None:
    """Keep openings of ledger lines, each until its ``due``, in one statement."""
    units = await keys.several(room, tx, [(one.person, OPENING, ending(one.due)) for one in kept])
    draw, rows = Draw(room.random, NONCE * len(kept)), []
    for one, unit in zip(kept, units, strict=True):
        bound_to = _aad(room, OPENING, one.person, one.line.ledger_id, one.line.party)
        blob = seal(unit.raw, unit.key, bound_to, one.payload, draw)
        rows.append((one.person, one.line.ledger_id, one.line.party, room.org, unit.key, one.due, blob))
    await tx.later(
        "INSERT INTO opening (person, ledger_id, party, org, key, due, blob) VALUES ($1, $2, $3, $4, $5, $6, $7)", rows
    )


async def open_opening(room: Room, tx: Tx, permit: Permit, line: Line) -> bytes:
    """Open one party's opening. Raises NotFound, Refused, Tampered."""
    leave(permit, tx)
    row = await tx.one(
        "SELECT o.blob, d.key, d.category, d.ending, d.epoch, d.wrapped FROM opening o"
        " JOIN dek d ON d.person = o.person AND d.key = o.key"
        " WHERE o.person = $1 AND o.ledger_id = $2 AND o.party = $3 AND o.org = $4",
        permit.person, line.ledger_id, line.party, room.org,
    )  # fmt: skip
    if row is None:
        raise NotFound("opening")
    unit = keys.unwrap(room, permit.person, row[1:])  # type: ignore[arg-type]
    return unseal(unit.raw, unit.key, _aad(room, OPENING, permit.person, line.ledger_id, line.party), row[0])  # type: ignore[arg-type]


async def parties(room: Room, tx: Tx, line: Line) -> list[bytes]:
    """List whose keys seal a party's openings of a line; the openings themselves say nothing of it in clear."""
    rows = await tx.all(
        "SELECT person FROM opening WHERE ledger_id = $1 AND party = $2 AND org = $3 ORDER BY person",
        line.ledger_id, line.party, room.org,
    )  # fmt: skip
    return [cast("bytes", row[0]) for row in rows]


async def newest(room: Room, tx: Tx, permit: Permit, party: str, most: int) -> list[tuple[bytes, bytes]]:
    """Open at least the ``most`` newest of a person's openings: (ledger id, payload), in no order.

    All openings of a party are kept equally long, to the end of a day: what was written on the day of the last one
    wanted comes along, and the caller, who reads the instants, sorts. ``due`` is no secret and no seal covers it, so of
    ``FEW`` all are opened: a row whose ``due`` SQL moved is hidden from nobody with fewer. Raises Refused, Tampered.
    """
    leave(permit, tx)
    rows = await tx.all(
        "SELECT o.ledger_id, o.blob, d.key, d.category, d.ending, d.epoch, d.wrapped FROM opening o"
        " JOIN dek d ON d.person = o.person AND d.key = o.key"
        " WHERE o.person = $1 AND o.party = $2 AND o.org = $3 AND o.due >= coalesce((SELECT due FROM opening"
        " WHERE person = $1 AND party = $2 AND org = $3 ORDER BY due DESC LIMIT 1 OFFSET $4), 0)",
        permit.person, party, room.org, max(most, FEW) - 1,
    )  # fmt: skip
    found: list[tuple[bytes, bytes]] = []
    for ledger_id, blob, *dek in rows:
        unit = keys.unwrap(room, permit.person, dek)  # type: ignore[arg-type]
        bound_to = _aad(room, OPENING, permit.person, ledger_id, party)  # type: ignore[arg-type]
        found.append((ledger_id, unseal(unit.raw, unit.key, bound_to, blob)))  # type: ignore[arg-type]
    return found


async def count(room: Room, tx: Tx, person: bytes, party: str, due: int) -> tuple[int, int]:
    """Count a person's openings: all of a party, and those that are kept until ``due`` or longer."""
    row = await tx.one(
        "SELECT count(*), coalesce(sum(CASE WHEN due >= $4 THEN 1 ELSE 0 END), 0) FROM opening"
        " WHERE person = $1 AND party = $2 AND org = $3",
        person, party, room.org, due,
    )  # fmt: skip
    return (int(row[0] or 0), int(row[1] or 0)) if row else (0, 0)


Mail = tuple[bytes, bytes, bytes, int]  # person, mail, payload, due


async def seal_mails(room: Room, tx: Tx, mails: Sequence[Mail]) -> list[tuple[bytes, bytes]]:
    """Seal mails kept until their ``due``; return (key, blob) for each ``outbox`` row, which the caller writes."""
    units = await keys.several(room, tx, [(person, MAIL, ending(due)) for person, _, _, due in mails])
    draw = Draw(room.random, NONCE * len(mails))
    return [
        (unit.key, seal(unit.raw, unit.key, _aad(room, MAIL, person, mail, ""), payload, draw))
        for (person, mail, payload, _), unit in zip(mails, units, strict=True)
    ]


async def open_mail(room: Room, tx: Tx, person: bytes, mail: bytes, blob: bytes) -> bytes:
    """Open a mail that waits in the outbox. It holds links and numbers; name and address need a permit when it leaves.

    Raises NotFound where its key has ended, Tampered.
    """
    row = await tx.one(
        "SELECT key, category, ending, epoch, wrapped FROM dek WHERE person = $1 AND key = $2 AND org = $3",
        person, key_of(blob), room.org,
    )  # fmt: skip
    if row is None:
        raise NotFound("mail")
    unit = keys.unwrap(room, person, row)  # type: ignore[arg-type]
    return unseal(unit.raw, unit.key, _aad(room, MAIL, person, mail, ""), blob)
