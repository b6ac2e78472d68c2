"""Room vault: what a restore cannot bring back, told exactly; and what must be done again, as the stop list knows it.

The key store holds no values. It knows keys that no blob of the backup is under (what came or was sealed anew since),
state versions above those of the backup (who changed since), and words of the stop list (what was corrected since).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tepati.store.port import Tx
from tepati.vault.reconcile import write_meta
from tepati.vault.room import Room

CORRECTED, CONSENT = "corrected:", "consent:"
_HELD = "hold:"  # the ending of a key that a hold keeps: hold:<rule>:<until>


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold of other law keeps and no row of the backup has: the rule, its last instant, parts and persons."""

    org: str
    rule: str
    until: int
    parts: int
    persons: int


@dataclass(frozen=True, slots=True)
class Redo:
    """What must be done again since an instant: fields corrected, and questions taken back, by person."""

    since: int
    corrected: Mapping[bytes, tuple[str, ...]]
    withdrawn: Mapping[bytes, tuple[str, ...]]


async def lost(room: Room, tx: Tx) -> tuple[list[Held], int]:
    """Return what holds keep and the backup lacks, and how many other parts came or were sealed anew since."""
    rows = await tx.all(
        "SELECT person, ending FROM dek WHERE org = $1 AND category NOT LIKE '~%' AND NOT EXISTS"
        " (SELECT 1 FROM sealed WHERE sealed.person = dek.person AND sealed.key = dek.key)",
        room.org,
    )
    parts, persons = Counter[str](), dict[str, set[object]]()
    for person, ending in rows:
        if str(ending).startswith(_HELD):
            parts[str(ending)] += 1
            persons.setdefault(str(ending), set()).add(person)
    held = []
    for ending, n in sorted(parts.items()):
        rule, _, until = ending.removeprefix(_HELD).rpartition(":")
        held.append(Held(room.org, rule, int(until), n, len(persons[ending])))
    return held, len(rows) - sum(parts.values())


def since(room: Room, at: int) -> Redo:
    """Name what the stop list says of corrections and consents since an instant: that of the backup."""
    corrected, withdrawn = dict[bytes, list[str]](), dict[bytes, list[str]]()
    for stop in room.keystore.stops(room.org):
        if stop.at >= at and stop.what.startswith(CORRECTED):
            corrected.setdefault(stop.person, []).append(stop.what.removeprefix(CORRECTED))
        if stop.at >= at and stop.what.startswith(CONSENT):
            withdrawn.setdefault(stop.person, []).append(stop.what.removeprefix(CONSENT))
    return Redo(at, {p: tuple(w) for p, w in corrected.items()}, {p: tuple(w) for p, w in withdrawn.items()})


def _name(org: str) -> str:
    return f"restored.redo:{org}"  # a name that no backup brings back


async def leave(room: Room, tx: Tx, at: int) -> None:
    """Note that what was done since an instant must be done again."""
    await write_meta(tx, _name(room.org), str(at))


async def left(room: Room, tx: Tx) -> int:
    """Return the instant since which things must be done again, or 0."""
    row = await tx.one("SELECT value FROM meta WHERE name = $1", _name(room.org))
    return int(cast("str", row[0])) if row else 0


async def finished(room: Room, tx: Tx) -> None:
    """Note that it was done."""
    await tx.run("DELETE FROM meta WHERE name = $1", _name(room.org))
