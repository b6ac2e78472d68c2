"""What a crash left is finished at the next start; a database older than its key store is refused."""

import pytest

from tepati.errors import Misconfigured, Tampered
from tepati.store.schema import TABLES
from tests.vault.conftest import ORG


def restart(world):
    world.keystore.close()
    world.keystore = world.open_keystore()
    world.vault.room.keystore = world.keystore


async def copy(world):
    """Copy every row, as somebody does who copies the database's files."""
    return {t.name: await world.rows(f"SELECT * FROM {t.name}") for t in TABLES}


async def put_back(world, rows):
    async def work(tx):
        for table in sorted(TABLES, key=lambda t: t.name == "epoch"):
            await tx.run(f"DELETE FROM {table.name}")
        for table in sorted(TABLES, key=lambda t: t.name != "epoch"):
            if rows[table.name]:
                await tx.copy(table.name, [c.name for c in table.columns], rows[table.name])

    await world.store.write(work)


async def older(world, what):
    restart(world)
    with pytest.raises(Tampered) as found:
        await world.vault.start(world.store)
    assert (found.value.code, found.value.values["what"]) == ("database_older", what)
    assert found.value.values["mend"] == "tepati restore"


async def test_keys_that_never_settled_come_to_the_mirrors(world):
    person, _ = await world.add()
    await world.store.write(lambda tx: world.vault.seal_opening(tx, person, "person", b"l" * 16, b"x", 0))
    restart(world)
    assert world.keystore.held(person) == 4
    done = await world.vault.start(world.store)
    assert (done.copied, done.finished, done.dropped) == (1, 0, 0)
    assert world.keystore.held(person) == 6


async def test_an_erasure_that_never_settled_is_finished(world):
    person, _ = await world.add()
    await world.store.write(lambda tx: world.vault.erase(tx, person))
    restart(world)
    assert (await world.vault.start(world.store)).finished == 1
    assert world.keystore.held(person) == 0
    assert [s.what for s in world.keystore.stops(ORG)] == ["erased"]
    assert world.keystore.intents(ORG) == []


async def test_an_erasure_rolled_back_is_forgotten(world):
    person, _ = await world.add()

    async def fails(tx):
        await world.vault.erase(tx, person)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.store.write(fails)
    restart(world)
    assert (await world.vault.start(world.store)).dropped == 1
    assert len(await world.look(person, "identity.name")) == 1


async def test_a_mirror_that_missed_a_batch_is_copied(world):
    person, _ = await world.add()
    second = world.keystore.mirrors[1]
    second._write.execute("DELETE FROM dek")
    second._write.execute("UPDATE seq SET n = n - 1")
    restart(world)
    assert world.keystore.repaired == "second"
    assert world.keystore.held(person) == 4


async def test_a_mirror_whose_disk_was_replaced_is_filled_by_hand(world):
    """An empty place may be a disk that is not mounted: nothing is written there before somebody copies the other."""
    import shutil

    person, _ = await world.add()
    world.keystore.close()
    shutil.rmtree(world.folder / "keys-a")
    with pytest.raises(Misconfigured):
        world.open_keystore()
    assert not (world.folder / "keys-a").exists()
    shutil.copytree(world.folder / "keys-b", world.folder / "keys-a")
    world.keystore = world.open_keystore()
    assert world.keystore.repaired == ""
    assert world.keystore.held(person) == 4


async def test_an_older_database_is_refused_whatever_it_lacks(world):
    person, _ = await world.add()
    await world.vault.start(world.store)
    before = await copy(world)
    await world.change(person, told=7)
    await put_back(world, before)
    await older(world, "state")


async def test_an_older_database_without_newer_keys_is_refused(world):
    await world.add()
    await world.vault.start(world.store)
    before = await copy(world)
    await world.add(email="budi@example.com")
    await put_back(world, before)
    await older(world, "keys")


async def test_an_older_database_with_an_erased_person_is_refused(world):
    person, _ = await world.add()
    await world.vault.start(world.store)
    before = await copy(world)
    await world.do(lambda tx: world.vault.erase(tx, person))
    await put_back(world, before)
    await older(world, "erased")


async def test_a_database_from_before_the_last_start_is_refused(world):
    await world.add()
    await world.vault.start(world.store)
    before = await copy(world)
    restart(world)
    await world.vault.start(world.store)
    await put_back(world, before)
    await older(world, "token")


async def test_a_database_whose_key_store_is_not_there_is_refused(world, tmp_path):
    await world.add()
    await world.vault.start(world.store)
    world.folder = tmp_path / "other"
    world.folder.mkdir()
    restart(world)
    with pytest.raises(Misconfigured) as found:
        await world.vault.start(world.store)
    assert found.value.code == "keystore_missing"


async def test_one_start_after_another_changes_nothing(world):
    await world.add()
    for _ in range(3):
        restart(world)
        done = await world.vault.start(world.store)
        assert (done.copied, done.anchored, done.finished, done.dropped) == (0, 0, 0, 0)


async def test_an_erasure_rolled_back_before_all_its_keys_ended_is_forgotten(world):
    """The keys of the announcement are gone by another way; the person, alive, does not come onto the stop list."""
    person, _ = await world.add({"identity": {"name": "Siti"}})

    async def fails(tx):
        await world.vault.erase(tx, person)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.store.write(fails)
    await world.do(lambda tx: world.vault.end(tx, person, "identity"))
    restart(world)
    assert (await world.vault.start(world.store)).dropped == 1
    assert [s.what for s in world.keystore.stops(ORG)] == ["end:identity:2028-01"]
