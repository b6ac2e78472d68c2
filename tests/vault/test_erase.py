"""Erasing leaves nothing of a person, in the database and in both mirrors, but what a hold keeps under a new key."""

import pytest

from tepati.rules.facts import Row
from tepati.store.schema import TABLES
from tests.vault.conftest import kept

PERSONAL = [t.name for t in TABLES if any(c.name == "person" for c in t.columns)]


async def test_nothing_is_left_and_the_neighbour_keeps_everything(world):
    person, _ = await world.add()
    other, _ = await world.add(email="budi@example.com")
    await world.do(lambda tx: world.vault.seal_opening(tx, person, "person", b"o" * 16, b"opening", world.clock()))
    gone = await world.do(lambda tx: world.vault.erase(tx, person))
    assert (gone.keys, gone.blobs, gone.openings, gone.indexes) == (3, 2, 1, 1)
    left = await world.store.read(lambda tx: world.vault.unsealed(tx, person))
    assert left.clean
    for table in PERSONAL:
        assert not await world.rows(f"SELECT 1 FROM {table} WHERE person = $1", person), table
    assert await world.rows("SELECT openings FROM severed WHERE ledger_id = $1", b"o" * 16) == [(1,)]
    assert [(s.person, s.what) for s in world.keystore.stops("fineclean")] == [(person, "erased")]
    assert len(await world.look(other, "identity.name")) == 1
    assert await world.store.read(lambda tx: world.vault.facts(tx, person)) is None


async def test_what_guarded_an_account_leaves_no_name_in_the_key_store(world):
    person, _ = await world.add()

    async def raises(tx):
        world.vault.raise_account(tx, person, 3)

    await world.do(raises)
    assert world.vault.account_floor(person) == 3
    await world.do(lambda tx: world.vault.erase(tx, person))
    assert world.vault.account_floor(person) == 0


async def test_before_it_settles_the_reading_back_counts_the_mirrored_keys(world):
    person, _ = await world.add()

    async def erases(tx):
        await world.vault.erase(tx, person)
        return tx.id

    number = await world.store.write(erases)
    left = await world.store.read(lambda tx: world.vault.unsealed(tx, person))
    assert (left.rows, left.mirrored, left.clean) == ({}, 4, False)
    await world.vault.settled(number)
    assert (await world.store.read(lambda tx: world.vault.unsealed(tx, person))).clean


async def test_an_erasure_rolled_back_erases_nothing(world):
    person, _ = await world.add()

    async def fails(tx):
        await world.vault.erase(tx, person)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.store.write(fails)
    assert len(await world.look(person, "identity.name", "payment.reference")) == 2
    assert world.keystore.held(person) == 4


async def test_what_a_hold_keeps_lies_under_a_new_key_and_nothing_else_is_left(world):
    person, record = await world.add(consents=["promotion"])
    before = {row[0] for row in await world.rows("SELECT key FROM dek WHERE person = $1", person)}
    keep = {(record, "payment"): kept("payment.reference", world.clock() + 10**12)}
    gone = await world.do(lambda tx: world.vault.erase(tx, person, keep))
    assert (gone.keys, gone.kept) == (2, {"payment": 1})
    after = {row[0] for row in await world.rows("SELECT key FROM dek WHERE person = $1", person)}
    assert after
    assert not after & before
    assert await world.look(person, "payment.reference", "identity.name") == {}, "no other purpose"
    found = await world.look(person, "payment.reference", "identity.name", keeps=["payment.reference"])
    assert found == {"payment.reference": "INV-77"}
    facts, version = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert (facts.consents, version, list(facts.rows)) == ({}, 2, [record.hex()])
    assert facts.holds == {"payment": world.clock() + 10**12}
    assert await world.rows("SELECT status FROM person WHERE person = $1", person) == [("held",)]
    left = await world.store.read(lambda tx: world.vault.unsealed(tx, person))
    assert left.rows == {"person": 1, "state": 1, "record": 1, "sealed": 1, "dek": 1}
    assert world.keystore.held(person) == 2


async def test_a_category_ends_alone_with_its_indexes(world):
    person, _ = await world.add()
    gone = await world.do(lambda tx: world.vault.end(tx, person, "identity"))
    assert (gone.keys, gone.blobs, gone.indexes) == (1, 1, 1)
    assert await world.look(person, "identity.name", "payment.reference") == {"payment.reference": "INV-77"}
    assert [s.what for s in world.keystore.stops("fineclean")] == ["end:identity:2028-01"]


async def test_the_other_parts_of_a_record_live_on_beside_a_held_one(world):
    """All parts of a record carry its version: what is still live is sealed anew under its own key, and opens."""
    person, record = await world.add()
    row = Row("booking", 1, joined=True, ends=dict.fromkeys(("identity", "payment"), world.clock() + 10**9))
    await world.change(person, rows={record.hex(): row})
    [(mine,)] = await world.rows("SELECT key FROM sealed WHERE category = 'identity'")

    async def ends(tx):
        facts, version = await world.vault.facts(tx, person)
        wanted = {(record, "payment"): kept("payment.reference", world.clock() + 10**12)}
        new = await world.vault.keep(tx, person, facts, wanted)
        gone = await world.vault.end(tx, person, "payment", "2028-01", {record})
        await world.vault.set_facts(tx, person, new, version)
        return gone

    gone = await world.do(ends)
    assert (gone.keys, gone.blobs, gone.indexes) == (1, 0, 0)
    assert await world.look(person, "identity.name", "payment.reference") == {"identity.name": "Siti Rahayu"}
    assert await world.rows("SELECT key FROM sealed WHERE category = 'identity'") == [(mine,)]
    facts, _ = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert facts.rows[record.hex()].held == {"payment": world.clock() + 10**12}
    assert await world.store.read(lambda tx: world.vault.find(tx, "identity.email", "siti@example.com")) == person


async def test_of_a_unit_only_the_records_that_are_over_go(world):
    """A key goes with its last record; one that is not over yet stays and opens."""
    person, record = await world.add()
    gone = await world.do(lambda tx: world.vault.end(tx, person, "payment", "2028-01", {bytes(16)}))
    assert (gone.keys, gone.blobs) == (0, 0)
    assert await world.look(person, "payment.reference") == {"payment.reference": "INV-77"}
    gone = await world.do(lambda tx: world.vault.end(tx, person, "payment", "2028-01", {record}))
    assert (gone.keys, gone.blobs) == (1, 1)
