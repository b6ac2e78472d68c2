"""Who waits for a person's row reads what the act before left, even where it wrote the row anew."""

import asyncio

import pytest

from tests.vault.conftest import kept


@pytest.fixture(autouse=True)
def _waits(store):
    if store.engine == "sqlite":
        pytest.skip("SQLite has one writer: nobody waits inside a transaction")


async def test_a_row_erased_under_a_hold_while_waited_for_is_read_anew(world):
    person, record = await world.add()
    erasing, done = asyncio.Event(), []

    async def first(tx):
        keep = {(record, "payment"): kept("payment.reference", world.clock() + 10**12)}
        await world.vault.erase(tx, person, keep)
        erasing.set()
        await asyncio.sleep(0.3)

    async def second(tx):
        done.append(await world.vault.facts(tx, person, lock=True))

    one = asyncio.create_task(world.do(first))
    await erasing.wait()
    await asyncio.gather(one, world.store.write(second))
    assert done[-1] is not None
    assert list(done[-1][0].holds) == ["payment"]


async def test_who_was_erased_whole_while_waited_for_is_nobody(world):
    person, _ = await world.add()
    erasing, done = asyncio.Event(), []

    async def first(tx):
        await world.vault.erase(tx, person)
        erasing.set()
        await asyncio.sleep(0.1)

    async def second(tx):
        done.append(await world.vault.facts(tx, person, lock=True))

    one = asyncio.create_task(world.do(first))
    await erasing.wait()
    await asyncio.gather(one, world.store.write(second))
    assert done[-1] is None
