"""Room vault: the look-up by a value that several people may hold, a telephone number: it leads to all of them.

    index of place n = first 16 bytes of HMAC-SHA256(key of organisation, field "~" and version; normal form "#" n)

Each holder takes a place of their own under the value, unique in ``ident`` as every index is (schema rule 2), so that
no row tells that two people share a number. Only values of proven records lead anywhere, whole and exact. Whatever
changes the values of a person makes their places anew (``refresh``), from the values themselves.
"""

from collections.abc import Collection
from typing import cast

from tepati.rules.facts import Facts, vouched
from tepati.store.port import Tx
from tepati.vault import index, people, records
from tepati.vault.room import Room

MARK = "~"  # after a field's name in ``ident``: several people may stand under a value of it
MOST = 24  # holders of one value that are found; whoever comes later is found by address or number only


def places(room: Room, field: str, value: str) -> list[bytes]:
    """Return the indexes under which the holders of a value stand, in order. Raises BadInput."""
    key = room.keystore.secret("index", room.org, field + MARK, index.VERSION)
    return [index.blind(key, f"{index.normal(value)}#{n}", exact=True) for n in range(MOST)]


async def find(room: Room, tx: Tx, field: str, value: str) -> list[bytes]:
    """Return who holds a value. What is opened of each must hold it, or is refused."""
    found = await people.find_many(room, tx, field + MARK, places(room, field, value))
    holders = sorted(set(found.values()))
    for person in holders:
        room.pending(tx).looked.setdefault(person, {})[field] = people.blind(room, field, value)
    return holders


async def refresh(room: Room, tx: Tx, person: bytes, facts: Facts, field: str) -> int:
    """Make a person's values of a field, in proven records, lead to them, and no other; return how many do.

    Raises Tampered.
    """
    category, _, name = field.rpartition(".")
    blobs = await records.blobs(room, tx, person, categories={category})
    living = [b for b in blobs if name in b.values and not b.unit.ending.startswith(records.HELD)]
    values = {b.values[name] for b in living if (row := facts.rows.get(b.record.hex())) and vouched(facts, row)}
    rows = await tx.all(
        "SELECT blind_index FROM ident WHERE person = $1 AND org = $2 AND field = $3", person, room.org, field + MARK
    )
    stands, kept = {cast("bytes", row[0]) for row in rows}, set[bytes]()
    for value in sorted(values):
        offered = places(room, field, value)
        mine = stands & set(offered)
        kept |= mine or await _take(room, tx, field, offered, person)
    for key in sorted(stands - kept):
        await tx.run("DELETE FROM ident WHERE blind_index = $1 AND person = $2", key, person)
    return len(kept)


async def refresh_all(room: Room, tx: Tx, person: bytes, categories: Collection[str]) -> None:
    """Make what a person shares of some categories anew, where anything of it leads to them."""
    rows = await tx.all("SELECT DISTINCT field FROM ident WHERE person = $1 AND org = $2", person, room.org)
    fields = sorted(str(row[0]).removesuffix(MARK) for row in rows if str(row[0]).endswith(MARK))
    mine = [field for field in fields if field.rpartition(".")[0] in categories]
    known = await people.facts(room, tx, person) if mine else None
    if known:
        for field in mine:
            await refresh(room, tx, person, known[0], field)


async def _take(room: Room, tx: Tx, field: str, offered: list[bytes], person: bytes) -> set[bytes]:
    """Take the first free place; none where all are taken."""
    for key in offered:
        touched = await tx.run(
            "INSERT INTO ident (blind_index, org, field, person) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            key, room.org, field + MARK, person,
        )  # fmt: skip
        if touched:
            return {key}
    return set()
