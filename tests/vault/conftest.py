"""A vault over a store of either engine and a key store of either kind, and people in it.

``served``: database and both places of the key store are databases on a server, as where several hosts share them.
"""

import itertools
import os
import tempfile
from pathlib import Path

import apsw
import msgspec
import psycopg
import pytest

from tepati.rules.facts import Facts, Permit, Row
from tepati.rules.retention import Hold
from tepati.vault.keystore import KeyStore
from tepati.vault.root import FileRoot
from tepati.vault.served import both
from tepati.vault.vault import Vault

ORG = "fineclean"
LINE = bytes(range(16))
PLACES = ("keys_1", "keys_2")
_processes = itertools.count(1)


def kept(field, until):
    """Make a hold of one field."""
    return Hold("UU KUP 28(11)", frozenset({field}), until, frozenset())


class World:
    """One organisation: its store, key store and vault, and what the tests do with them."""

    def __init__(self, store, folder, random, clock):
        self.store, self.folder, self.random, self.clock = store, folder, random, clock
        served = folder / "served"  # the addresses of two places on a server, where it is there
        self.places = served.read_text().split() if served.exists() else []
        self.root = FileRoot(folder / "root" / "key", random, create=True)
        self.keystore = self.open_keystore()
        self.vault = Vault(ORG, self.keystore, random)

    def open_keystore(self):
        """Open the key store once more, as another process does."""
        places = self.folder / "keys-a", self.folder / "keys-b"
        if self.places:
            me = os.getpid() << 8 | next(_processes) % 256
            places = both(self.places, me)
        return KeyStore(places, self.root, self.random, self.clock)

    def move(self, folder):
        """Be where there is no key store yet."""
        folder.mkdir()
        self.folder, self.places = folder, []

    def full(self):
        """Make what a place raises that has no room left."""
        return psycopg.errors.DiskFull("full") if self.places else apsw.FullError("full")

    def permit(self, tx, person, fields, records=(), **more):
        given = {"purpose": "fulfil", "how": "full", "promise": "purposes.fulfil", "at": self.clock()} | more
        names = frozenset(r.hex() for r in records)
        return Permit(person=person, fields=frozenset(fields), records=names, tx=tx.id, **given)

    async def do(self, work):
        """Run work in a writing transaction and settle it."""
        number = 0

        async def inner(tx):
            nonlocal number
            number = tx.id
            return await work(tx)

        answer = await self.store.write(inner)
        await self.vault.settled(number)
        return answer

    async def add(self, values=None, *, email="siti@example.com", consents=(), ending="2028-01"):
        """Make a joined person with one record; return (person, record)."""
        person, record = self.random(16), self.random(16)
        values = values or {"identity": {"name": "Siti Rahayu", "email": email}, "payment": {"reference": "INV-77"}}

        async def work(tx):
            await tx.run(
                "INSERT INTO person (person, org, population, status, created, ledger_id) VALUES ($1,$2,$3,$4,$5,$6)",
                person,
                ORG,
                "customer",
                "joined",
                self.clock(),
                LINE,
            )
            await tx.run(
                "INSERT INTO record (person, record, org, point, channel, notice, joined, created, ledger_id)"
                " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
                person,
                record,
                ORG,
                "booking",
                "web",
                b"\1" * 32,
                1,
                self.clock(),
                LINE,
            )
            fields = [f"{c}.{n}" for c, given in values.items() for n in given]
            permit = self.permit(tx, person, fields, [record])
            dues = dict.fromkeys(values, self.clock() + 10**9)
            version = await self.vault.put(tx, permit, record, values, dict.fromkeys(values, ending), dues, LINE)
            if "identity" in values and "email" in values["identity"]:
                await self.vault.claim(tx, "identity.email", values["identity"]["email"], person)
            facts = Facts(
                "customer",
                joined=True,
                consents=dict.fromkeys(consents, 2**62),
                rows={record.hex(): Row("booking", version, joined=True)},
            )
            await self.vault.set_facts(tx, person, facts, 0)

        await self.do(work)
        return person, record

    async def look(self, person, *fields, store=None, keeps=()):
        """Open fields in all of a person's records; return {field: value}."""

        async def work(tx):
            found = await self.vault.facts(tx, person)
            assert found is not None
            facts, _ = found
            records = [bytes.fromhex(r) for r in facts.rows]
            permit = self.permit(tx, person, fields, records, keeps=frozenset(keeps))
            opened = await self.vault.open(tx, permit, facts)
            return {f"{o.category}.{n}": v.show() for o in opened for n, v in o.values.items()}

        return await (store or self.store).read(work)

    async def change(self, person, **more):
        async def work(tx):
            facts, version = await self.vault.facts(tx, person)
            return await self.vault.set_facts(tx, person, msgspec.structs.replace(facts, **more), version)

        return await self.do(work)

    async def sql(self, text, *args):
        """Do what somebody can do who has SQL and no key."""
        return await self.store.write(lambda tx: tx.run(text, *args))

    async def rows(self, text, *args):
        return await self.store.read(lambda tx: tx.all(text, *args))


async def forget(store):
    """Leave of the installation what a new database has: the shared one is used by other rooms' tests."""
    await store.write(lambda tx: tx.run("DELETE FROM meta WHERE name NOT IN ('version', 'schema')"))


@pytest.fixture
def folder(tmp_path):
    """Where the key store lies: in memory where the system offers that, since its commits wait for the disk."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm", ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.fixture(params=["sqlite", "postgresql", "served"])
def store_url(request, tmp_path, folder):
    """Give a store of each engine; with ``served`` the key store lies on a server, too."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    if request.param == "served":
        server = request.getfixturevalue("keys_server")
        for name in PLACES:
            server.run("DROP SCHEMA IF EXISTS tepati_keys CASCADE", name)
        (folder / "served").write_text("\n".join(server.url(name) for name in PLACES))
    return request.getfixturevalue("postgres_shared")


@pytest.fixture(scope="session")
def keys_server(postgres_server):
    """Give the server with the two databases of a key store."""
    for name in PLACES:
        postgres_server.run(f"CREATE DATABASE {name}")
    return postgres_server


@pytest.fixture
def world(store, folder, random, clock, run):
    run(forget(store))
    made = World(store, folder, random, clock)
    yield made
    run(forget(store))
    made.keystore.close()
