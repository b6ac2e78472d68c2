"""Room vault: how the keys of one organisation stand, for whoever watches them. It changes nothing."""

from dataclasses import dataclass
from typing import cast

from tepati.store.port import Store
from tepati.vault.room import Room


@dataclass(frozen=True, slots=True)
class Status:
    """The keys of one organisation: current epoch and since when, epochs not yet destroyed, keys here and mirrored."""

    epoch: int
    since: int
    older: tuple[int, ...]
    keys: int
    mirrored: tuple[int, int]
    root: int
    grade: str


async def status(room: Room, store: Store) -> Status:
    """Read how the keys stand."""
    row = await store.read(
        lambda tx: tx.one("SELECT epoch, since FROM epoch WHERE org = $1 AND state = 'current'", room.org)
    )
    count = await store.read(lambda tx: tx.one("SELECT count(*) FROM dek WHERE org = $1", room.org))
    current, since = cast("tuple[int, int]", row or (0, 0))
    first, second = room.keystore.mirrors
    sql = "SELECT count(*) FROM dek WHERE org = ?1"
    mirrored = cast("int", first.rows(sql, room.org)[0][0]), cast("int", second.rows(sql, room.org)[0][0])
    older = tuple(n for n in room.keystore.versions("epoch", room.org) if n < current)
    root = room.keystore.root
    return Status(
        current, since, older, cast("int", count[0] if count else 0), mirrored, root.version, root.grade.words()
    )
