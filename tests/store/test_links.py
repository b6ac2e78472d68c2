"""The connections: never more than allowed, handed on in turn, none lost to whoever stops waiting, none kept broken."""

import asyncio
from typing import Any, cast

import pytest

from tepati.errors import Unavailable
from tepati.store.links import Links


class Fake:
    """A connection that can be closed, or be left inside a transaction."""

    def __init__(self) -> None:
        self.closed = False
        self.inside = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.inside

    def terminate(self) -> None:
        self.closed = True

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109 - as asyncpg has it
        assert timeout
        self.closed = True


class House:
    """Makes connections, and counts them."""

    def __init__(self, size: int, patience: float = 5) -> None:
        self.made: list[Fake] = []
        self.down = False
        self.links = Links(cast("Any", self.connect), size, patience)

    async def connect(self) -> Fake:
        await asyncio.sleep(0)
        if self.down:
            raise OSError
        self.made.append(Fake())
        return self.made[-1]

    @property
    def alive(self) -> int:
        return sum(not link.closed for link in self.made)


async def test_a_connection_is_used_again() -> None:
    """One after the other needs one connection."""
    house = House(3)
    for _ in range(5):
        house.links.give(await house.links.take())
    assert len(house.made) == 1


async def test_never_more_than_allowed_and_each_in_turn() -> None:
    """Twenty who want one of two are served in the order they came."""
    house, order = House(2), []

    async def one(n: int) -> None:
        link = await house.links.take()
        order.append(n)
        await asyncio.sleep(0.001)
        house.links.give(link)

    await asyncio.gather(*(one(n) for n in range(20)))
    assert order == list(range(20))
    assert len(house.made) == 2


@pytest.mark.parametrize("how", ["closed", "inside"])
async def test_a_broken_connection_is_not_given_on(how: str) -> None:
    """What comes back broken, or inside a transaction, is cut; who waits gets a fresh one."""
    house = House(1)
    link = await house.links.take()
    waiting = asyncio.ensure_future(house.links.take())
    await asyncio.sleep(0)
    setattr(link, how, True)
    house.links.give(link)
    fresh = await waiting
    assert fresh is not link
    assert house.alive == 1


async def test_a_connection_that_died_while_idle_is_replaced() -> None:
    """A restarted server costs nobody an error here."""
    house = House(1)
    house.links.give(await house.links.take())
    house.made[0].closed = True
    assert await house.links.take() is cast("Any", house.made[1])


async def test_who_stops_waiting_takes_nothing_along() -> None:
    """Given up, timed out, or cancelled at the very moment of the handing over: the next in line is served."""
    house = House(1, patience=0.01)
    link = await house.links.take()
    with pytest.raises(TimeoutError):
        await house.links.take()
    house.links._patience = 60
    gone = asyncio.ensure_future(house.links.take())
    await asyncio.sleep(0)
    next_in_line = asyncio.ensure_future(house.links.take())
    await asyncio.sleep(0)
    house.links.give(link)
    gone.cancel()
    assert await next_in_line is link
    assert gone.cancelled() or (await asyncio.gather(gone, return_exceptions=True))
    house.links.give(link)
    assert await house.links.take() is link


async def test_a_server_that_is_down_leaves_room_for_when_it_is_up() -> None:
    """A failed connection is not counted as an open one."""
    house = House(1)
    house.down = True
    for _ in range(3):
        with pytest.raises(OSError, match=r"^$"):
            await house.links.take()
    house.down = False
    assert not (await house.links.take()).is_closed()


async def test_closing_ends_idle_taken_and_waiting() -> None:
    """After closing no connection lives, and who waits is told."""
    house = House(2)
    taken, idle = await house.links.take(), await house.links.take()
    waiting = asyncio.ensure_future(house.links.take())
    await asyncio.sleep(0)
    await house.links.close()
    with pytest.raises(Unavailable, match="store_gone"):
        await waiting
    for link in (taken, idle):
        house.links.give(link)
    assert house.alive == 0
    with pytest.raises(Unavailable):
        await house.links.take()
