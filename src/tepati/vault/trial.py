"""Room vault: every live key tried on what lay sealed once: what has ended must open with none of them.

For proofs alone: nobody else tries a key, a blob names its own. Nothing that opens leaves this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from tepati.errors import Tampered
from tepati.store.port import Store, Tx
from tepati.vault import keys
from tepati.vault.records import aad
from tepati.vault.room import Room
from tepati.vault.seal import key_of, unseal


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed part as it lay in the database: bytes, and what they are bound to."""

    person: bytes
    record: bytes
    category: str
    version: int
    blob: bytes

    @property
    def key(self) -> bytes:
        """The name of the key it was sealed under."""
        return key_of(self.blob)


async def sealed(store: Store, org: str) -> list[Sealed]:
    """Copy all sealed parts of an organisation."""

    async def work(tx: Tx) -> list[Sealed]:
        rows = await tx.all("SELECT person, record, category, version, blob FROM sealed WHERE org = $1", org)
        return [Sealed(*row) for row in rows]  # type: ignore[arg-type]

    return await store.read(work)


async def tried(room: Room, store: Store, parts: Sequence[Sealed]) -> list[Sealed]:
    """Try every live key of the organisation on every part; return those that open. Raises Tampered (a key itself)."""

    async def work(tx: Tx) -> list[keys.Unit]:
        rows = await tx.all("SELECT person, key, category, ending, epoch, wrapped FROM dek WHERE org = $1", room.org)
        return [keys.unwrap(room, cast("bytes", row[0]), row[1:]) for row in rows]  # type: ignore[arg-type]

    units = await store.read(work)
    return [part for part in parts if any(_opens(room, part, unit) for unit in units)]


def _opens(room: Room, part: Sealed, unit: keys.Unit) -> bool:
    bound = aad(room, part.person, part.record, part.category, part.version)
    try:
        unseal(unit.raw, part.key, bound, part.blob)
    except Tampered:
        return False
    return True
