"""An organisation to measure in: key store, vault, store, and people put there row by row the fastest way there is."""

import contextlib
import itertools
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import msgspec

from bench.engines import Place, opened
from tepati.rules.facts import Facts, Permit, Row
from tepati.store.port import Store, Tx
from tepati.vault import keys, mirror, openings, people, records
from tepati.vault.keystore import KeyStore
from tepati.vault.mirror import Op
from tepati.vault.room import Room
from tepati.vault.root import FileRoot
from tepati.vault.seal import seal
from tepati.vault.vault import Vault

ORG = "bench"
DAY = 86_400_000_000
NOTICE = b"n" * 32
END, OPENED = "2028-12", openings.ending(1_900_000_000_000_000)
_folders = itertools.count(1)

TABLES = {
    "person": ("person", "org", "population", "status", "created", "ledger_id"),
    "state": ("person", "org", "version", "body", "mac"),
    "dek": ("person", "key", "org", "category", "ending", "epoch", "wrapped"),
    "ident": ("blind_index", "org", "field", "person"),
    "record": ("person", "record", "org", "point", "channel", "notice", "joined", "created", "ledger_id"),
    "sealed": ("person", "record", "category", "org", "key", "version", "due", "blob", "ledger_id"),
    "opening": ("person", "ledger_id", "party", "org", "key", "due", "blob"),
}


def now() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def values(i: int) -> dict[str, dict[str, str]]:
    """Give twelve fields of an invented person, in two categories."""
    return {
        "identity": {
            "name": f"Budi Santoso {i}", "email": f"budi{i}@mail.example", "phone": f"+62812{i:08d}",
            "address": f"Jalan Melati {i}, Bandung", "city": "Bandung", "province": "Jawa Barat",
        },
        "booking": {
            "service": "deep", "rooms": "3", "starts": "2026-12-01T09:00", "note": "pagar hijau", "key": "pos satpam",
            "pets": "kucing",
        },
    }  # fmt: skip


@dataclass(slots=True)
class World:
    """One organisation in one store."""

    store: Store
    keystore: KeyStore
    room: Room
    vault: Vault
    people: list[bytes] = field(default_factory=list)

    async def fill(self, n: int, *, mirrored: bool = True) -> None:
        """Put n people in by COPY, sealed as the vault seals; ``mirrored``: their keys into the key store too."""
        for start in range(len(self.people), len(self.people) + n, 1000):
            batch = range(start, min(start + 1000, start + n))

            async def work(tx: Tx, batch: range = batch) -> list[Op]:
                rows, ops = self.rows(batch, await keys.current(self.room, tx))
                for table, columns in TABLES.items():
                    await tx.copy(table, columns, rows[table])
                return ops

            ops = await self.store.write(work)
            if mirrored:
                self.keystore.commit(ops)
        if self.store.engine == "postgresql":  # as autovacuum would have done by then; SQLite plans without figures
            await self.store.write(lambda tx: tx.run("ANALYZE"))

    def rows(self, batch: Sequence[int], epoch: int) -> tuple[dict[str, list], list[Op]]:
        """Seal a batch of people: the rows of every table, and what the mirrors take."""
        out: dict[str, list] = {table: [] for table in TABLES}
        for i in batch:
            self._person(i, epoch, out)
        anchors = [(row[0], 1) for row in out["state"]]
        return out, [Op(mirror.ADD, out["dek"]), Op(mirror.ANCHOR, anchors)]

    def _person(self, i: int, epoch: int, out: dict[str, list]) -> None:
        room, person, record, line = self.room, os.urandom(16), os.urandom(16), os.urandom(16)
        self.people.append(person)
        out["person"].append((person, ORG, "customer", "joined", now(), line))
        facts = msgspec.msgpack.encode(state(record))
        mac = people.mac(room.keystore.secret("mac", ORG), ORG, person, 1, facts)
        out["state"].append((person, ORG, 1, facts, mac))
        out["ident"].append(
            (self.vault.index("identity.email", f"budi{i}@mail.example"), ORG, "identity.email", person)
        )
        out["record"].append((person, record, ORG, "booking", "web", NOTICE, 1, now(), line))
        for category, fields in values(i).items():
            unit = self._unit(person, category, END, epoch, out)
            bound_to = records.aad(room, person, record, category, 1)
            blob = seal(unit.raw, unit.key, bound_to, msgspec.msgpack.encode(fields), os.urandom)
            out["sealed"].append((person, record, category, ORG, unit.key, 1, now() + 700 * DAY, blob, line))
        unit = self._unit(person, openings.OPENING, OPENED, epoch, out)
        bound_to = openings._aad(room, openings.OPENING, person, line, "person")
        blob = seal(unit.raw, unit.key, bound_to, os.urandom(200), os.urandom)
        out["opening"].append((person, line, "person", ORG, unit.key, now() + 700 * DAY, blob))

    def _unit(self, person: bytes, category: str, ending: str, epoch: int, out: dict[str, list]) -> keys.Unit:
        unit = keys.Unit(os.urandom(16), category, ending, os.urandom(32))
        wrapped = keys.wrap(self.room, person, unit, epoch)
        out["dek"].append((person, unit.key, ORG, category, ending, epoch, wrapped))
        return unit


def state(record: bytes) -> Facts:
    """Give the facts of a person with one joined booking."""
    return Facts("customer", joined=True, told=1, rows={record.hex(): Row("booking", 1, joined=True)})


def permit(person: bytes, record: bytes, tx: Tx) -> Permit:
    """Mint what decide would answer: the vault is measured here, not the door."""
    fields = frozenset(f"{category}.{name}" for category, given in values(0).items() for name in given)
    return Permit(person, "orders", fields, frozenset({record.hex()}), "full", "points.booking", now(), tx.id)


@contextlib.asynccontextmanager
async def world(place: Place, url: str) -> AsyncIterator[World]:
    """Make a key store and an empty store, and close both."""
    home = place.folder / f"world{next(_folders)}"
    folders = (home / "one", home / "two")
    for folder in folders:
        folder.mkdir(parents=True, mode=0o700)
    root = FileRoot(home / "root", os.urandom, create=True)
    keystore = KeyStore(folders, root, os.urandom, now)
    async with opened(url) as store:
        vault = Vault(ORG, keystore, os.urandom)
        yield World(store, keystore, vault.room, vault)
    keystore.close()
