"""Room vault: an index whose field holds nothing more goes, or stays for another field of the person that shares it."""

from collections.abc import Callable

from tepati.store.port import Tx
from tepati.vault import records
from tepati.vault.records import HELD
from tepati.vault.room import AT, Room


async def forget(room: Room, tx: Tx, person: bytes, gone: Callable[[str], bool]) -> int:
    """Delete a person's indexes of fields that are gone, and return how many.

    One that another field shares, in which the address still stands, leads to the person through that field then.
    """
    rows = await tx.all("SELECT blind_index, field FROM ident WHERE person = $1 AND org = $2", person, room.org)
    over = [(row[0], str(row[1])) for row in rows if gone(str(row[1]).partition(AT)[0])]
    left = await _living(room, tx, person) if any(_shared(room, name) for _, name in over) else frozenset()
    n = 0
    for key, name in over:
        path = name.partition(AT)[0]
        heirs = [each for each in room.alike if each != path and room.indexed(each) == room.indexed(path)]
        heir = next((each for each in heirs if each in left and not gone(each)), "")
        if heir:
            await tx.run("UPDATE ident SET field = $2 WHERE blind_index = $1", key, room.stored(heir))
        else:
            n += await tx.run("DELETE FROM ident WHERE blind_index = $1", key)
    return n


def _shared(room: Room, name: str) -> bool:
    path = name.partition(AT)[0]
    return sum(place == room.indexed(path) for place in room.alike.values()) > 1


async def _living(room: Room, tx: Tx, person: bytes) -> frozenset[str]:
    """Name the fields that a person's records hold, but for what only a hold keeps: that leads nowhere."""
    blobs = await records.blobs(room, tx, person)
    alive = (blob for blob in blobs if not blob.unit.ending.startswith(HELD))
    return frozenset(f"{blob.category}.{name}" for blob in alive for name in blob.values)
