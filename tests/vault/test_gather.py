"""Acts that settle at the same time share a commit of the key store, and nobody waits who is alone."""

import asyncio

import pytest

from tepati.vault.gather import WAIT, Gather


async def _timed(turn) -> float:
    loop = asyncio.get_running_loop()
    started = loop.time()
    await turn
    return loop.time() - started


async def test_whoever_is_alone_does_not_wait() -> None:
    gather = Gather()
    steps = iter(range(2))
    asyncio.get_running_loop().call_soon(next, steps)
    await gather.turn(busy=False)
    assert next(steps) == 0, "the loop did not turn"


async def test_who_leaves_others_behind_does_not_wait_for_long() -> None:
    assert await _timed(Gather().turn(busy=True)) >= WAIT * 0.9


@pytest.mark.usefixtures("long")
async def test_the_last_one_takes_all_along() -> None:
    gather = Gather()
    waiting = [asyncio.create_task(gather.turn(busy=True)) for _ in range(3)]
    await asyncio.sleep(0)
    await gather.turn(busy=False)
    await asyncio.wait_for(asyncio.gather(*waiting), 30)


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns that end by who comes and by no clock: a busy machine takes 2 ms between two lines of a test."""
    monkeypatch.setattr("tepati.vault.gather.WAIT", 60.0)


@pytest.mark.usefixtures("long")
async def test_one_who_gives_up_ends_nobodys_turn() -> None:
    gather = Gather()
    first, second = (asyncio.create_task(gather.turn(busy=True)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not second.done()
    await gather.turn(busy=False)
    await second


def test_a_turn_of_a_loop_that_ended_holds_nobody() -> None:
    gather = Gather()

    async def left() -> None:
        asyncio.create_task(gather.turn(busy=True)).add_done_callback(lambda _: None)
        await asyncio.sleep(0)

    asyncio.run(left())
    asyncio.run(asyncio.wait_for(gather.turn(busy=False), 1))
    asyncio.run(asyncio.wait_for(gather.turn(busy=True), 1))


@pytest.mark.usefixtures("long")
async def test_acts_under_way_settle_in_one_commit(world, monkeypatch) -> None:
    """Two transactions are open: the first to end waits for the second, and both mirrors commit once."""
    commits = []
    commit = world.keystore.commit
    monkeypatch.setattr(world.keystore, "commit", lambda ops: commits.append(1) or commit(ops))
    a, b = world.random(16), world.random(16)
    first, second = _Number(), _Number()
    for number, person in ((first, a), (second, b)):
        world.vault.raise_floor(number, person, 7)
    settled = asyncio.create_task(world.vault.settled(first.id))
    await asyncio.sleep(0)
    await world.vault.settled(second.id)
    await settled
    assert len(commits) == 1
    assert (world.vault.floor(a), world.vault.floor(b)) == (7, 7)


@pytest.mark.usefixtures("long")
async def test_who_is_cancelled_while_waiting_is_settled_all_the_same(world) -> None:
    """The transaction has committed: a floor that the mirrors never hear of would let an old row be believed."""
    person, first, second = world.random(16), _Number(), _Number()
    world.vault.raise_floor(first, person, 7)
    world.vault.raise_floor(second, world.random(16), 7)
    settled = asyncio.create_task(world.vault.settled(first.id))
    await asyncio.sleep(0)
    settled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await settled
    await world.vault.settled(second.id)
    assert world.vault.floor(person) == 7


class _Number:
    """All that the room asks of a transaction here."""

    number = 10**9

    def __init__(self) -> None:
        _Number.number += 1
        self.id = _Number.number
