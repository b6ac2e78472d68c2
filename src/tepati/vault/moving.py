"""Room vault: a key store moves to two other places: folders to servers, servers to folders, either to others.

Order of durable steps, while no other process has the key store open: (1) both new places take a copy, each in one
transaction, with a note of whose copy it is and where it came from; (2) old and new are read back and agree; (3) the
configuration names the new places (``app/moving.py``); (4) the old places are shredded; (5) the note goes. A crash
before (3) leaves the old key store in force and half a copy, which the next try writes anew; a crash after it leaves
the new one in force and old places that the note names: the same command then does (4) and (5) only.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from tepati.errors import Misconfigured, Unavailable
from tepati.vault.mirror import NOTE, TABLES, Line, Mirror, Op

NAME = "moved from"  # the note, a row of ``meta``
_ROWS = 2_000  # in one statement
_UNNOTED = "DELETE FROM meta WHERE name = ?1"


class Note(msgspec.Struct, frozen=True, array_like=True):
    """What the copy of a move says: where it came from, and a digest that only that key store has."""

    places: tuple[str, str]
    whose: bytes


def note(old: Mirror, places: tuple[str, str]) -> Note:
    """Make the note of a key store's move."""
    return Note(places, hashlib.sha256(_sum(old, "secret") + "\0".join(places).encode()).digest())


def noted(place: Mirror) -> Note | None:
    """Read the note of a place, or None."""
    rows = place.rows("SELECT value FROM meta WHERE name = ?1", NAME)
    return msgspec.msgpack.decode(rows[0][0], type=Note) if rows else None  # type: ignore[arg-type]


def copy(old: Mirror, new: Sequence[Mirror], said: Note) -> None:
    """Copy a place into others and read all back. Raises Misconfigured (a place in use), Unavailable (they differ)."""
    for place in new:
        _free(place, said)
    for place in new:
        _write(old, place, said)
    if len({_sum(place, *TABLES) for place in (old, *new)}) != 1:
        raise Unavailable("keystore_differs")


def forget() -> Op:
    """Give the change that takes the note away."""
    return Op(_UNNOTED, [(NAME,)], cuts=True)


def _free(place: Mirror, said: Note) -> None:
    """Check that a place holds nothing, or what an earlier try of this very move left there."""
    if noted(place) != said and any(place.rows(f"SELECT 1 FROM {table} LIMIT 1") for table in TABLES):
        raise Misconfigured("keystore_taken")


def _write(old: Mirror, new: Mirror, said: Note) -> None:
    with new.lock:
        new.begin()
        try:
            new.apply([Op(f"DELETE FROM {table}", [()], cuts=True) for table in TABLES])
            for table in TABLES:
                for lines in filter(None, _batches(old, table)):
                    places = ", ".join(f"?{n + 1}" for n in range(len(lines[0])))
                    new.apply([Op(f"INSERT INTO {table} VALUES ({places})", lines)])
            new.apply([Op(NOTE, [(NAME, msgspec.msgpack.encode(said))]), Op("UPDATE seq SET n = ?1", [(old.seq(),)])])
        except Exception:
            new.rollback()
            raise
        new.commit()
        new.cut()


def _batches(place: Mirror, table: str) -> Iterator[list[Line]]:
    lines = iter(place.batches(f"SELECT * FROM {table}"))
    while some := list(islice(lines, _ROWS)):
        yield [line for line in some if table != "meta" or line[0] != NAME]


def _sum(place: Mirror, *tables: str) -> bytes:
    """Add up a digest of every row, in no order: servers and files sort differently. The note is not counted."""
    total = 0
    for table in tables:
        for lines in _batches(place, table):
            for line in lines:
                said = msgspec.msgpack.encode([table, *line])
                total += int.from_bytes(hashlib.sha256(said).digest()) + (1 << 256)
    return total.to_bytes(40)
