"""Room vault: the ends that the rows of sealed values say, compared with those that the facts know, both ways.

Facts are under a MAC, the column ``due`` is not: the sweep destroys nothing early, for it asks the facts, but an end
moved *later* is seen only by whoever reads the person. This look reads everybody, 500 persons a snapshot; it opens
nothing. Versions are not compared with their anchors: a state settled a moment ago is newer there than in a snapshot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from tepati.errors import Tampered
from tepati.store.port import Store, Tx
from tepati.vault import people
from tepati.vault.room import Room, whole

PAGE = 500  # persons read in one transaction
MOST = 1_000  # findings; more say the same
_LAST = b"\xff" * 16
Part = tuple[bytes, bytes, str]  # person, record, category


@dataclass(frozen=True, slots=True)
class Differs:
    """One part whose row and facts do not agree, or a person whose facts do not verify (no record, no category).

    ``code``: ``due_moved``, ``part_missing`` (the facts know of it, no row is there), ``part_unknown`` (the other way
    round), or why the facts do not verify.
    """

    code: str
    person: bytes
    record: bytes = b""
    category: str = ""


async def compare(room: Room, store: Store) -> list[Differs]:
    """Compare the ends of all persons; return at most ``MOST`` that differ."""
    found: list[Differs] = []
    last: bytes | None = bytes(16)
    while last is not None and len(found) < MOST:
        last, differ = await store.read(partial(_page, room, last))
        found += differ
    return found[:MOST]


async def _page(room: Room, after: bytes, tx: Tx) -> tuple[bytes | None, list[Differs]]:
    """Compare the next persons; None instead of the last of them where there are no more."""
    states = await tx.all(
        "SELECT person, version, body, mac FROM state WHERE org = $1 AND person > $2 ORDER BY person LIMIT $3",
        room.org, after, PAGE,
    )  # fmt: skip
    full = len(states) == PAGE
    until = cast("bytes", states[-1][0]) if full else _LAST
    sealed = await tx.all(
        "SELECT person, record, category, due FROM sealed WHERE person > $1 AND person <= $2 AND org = $3",
        after, until, room.org,
    )  # fmt: skip
    differ = list(_compared(room, cast("Sequence[tuple[bytes, int, bytes, bytes]]", states), _dues(sealed)))
    return until if full else None, differ


def _dues(rows: Sequence[Sequence[object]]) -> dict[Part, int]:
    return {cast("Part", tuple(row[:3])): cast("int", row[3]) for row in rows}


def _compared(
    room: Room, states: Sequence[tuple[bytes, int, bytes, bytes]], dues: dict[Part, int]
) -> Iterator[Differs]:
    forged = set()
    known: dict[Part, int] = {}
    for person, version, body, mac in states:
        try:
            people.verify(room, person, version, body, mac)
            rows = whole(body).rows
        except Tampered as tampered:
            forged.add(person)
            yield Differs(tampered.code, person)
            continue
        known |= {(person, bytes.fromhex(name), c): end for name, row in rows.items() for c, end in row.ends.items()}
    for part in sorted(dues.keys() | known.keys()):
        if part[0] not in forged and dues.get(part) != known.get(part):
            code = "part_missing" if part not in dues else "part_unknown" if part not in known else "due_moved"
            yield Differs(code, *part)
