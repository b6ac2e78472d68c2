"""A start beside a living process takes no act under way for what a crash left."""

import pytest

from tepati.errors import Tampered
from tepati.vault import reconcile as module
from tepati.vault.reconcile import reconcile
from tepati.vault.room import Room
from tests.vault.conftest import ORG
from tests.vault.test_reconcile import copy, put_back


@pytest.fixture
def beside(world):
    other = world.open_keystore()
    yield Room(ORG, other, world.random)
    other.close()


@pytest.mark.parametrize("settles", [True, False])
async def test_an_erasure_that_commits_meanwhile_is_no_older_database(world, beside, monkeypatch, settles):
    person, _ = await world.add()
    await world.add(email="budi@example.com")
    await world.vault.start(world.store)
    real, erases = module._intents, world.do if settles else world.store.write

    async def intents(room, store):
        done = await real(room, store)
        await erases(lambda tx: world.vault.erase(tx, person))
        return done

    monkeypatch.setattr(module, "_intents", intents)
    await reconcile(beside, world.store)
    assert len(beside.keystore.intents(ORG)) == (not settles)


async def test_who_is_not_alone_drops_and_finishes_nothing(world, beside):
    person, _ = await world.add()
    await world.vault.start(world.store)
    token = await world.rows("SELECT value FROM meta WHERE name = 'keystore:fineclean'")

    async def fails(tx):
        await world.vault.erase(tx, person)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.store.write(fails)
    done = await reconcile(beside, world.store, alone=False)
    assert (done.dropped, done.finished, done.copied) == (0, 0, 0)
    assert len(beside.keystore.intents(ORG)) == 1
    assert await world.rows("SELECT value FROM meta WHERE name = 'keystore:fineclean'") == token
    assert (await reconcile(beside, world.store)).dropped == 1


async def test_who_is_not_alone_refuses_an_older_database_all_the_same(world, beside):
    await world.add()
    before = await copy(world)
    for _ in range(2):
        await world.vault.start(world.store)
    await put_back(world, before)
    with pytest.raises(Tampered) as found:
        await reconcile(beside, world.store, alone=False)
    assert found.value.values["what"] == "token"
