"""Two acts on one person at once: what one answered, the other does not undo."""

import asyncio
import dataclasses

import pytest

from tepati.errors import TepatiError
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.erase import Ask, cancel, perform, request
from tepati.flows.desk import Desk
from tepati.registers import duties
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import count, guest, hired, person_of
from tests.flows.spy import SpyStore


class Slow(SpyStore):
    """Stops each writing transaction before its commit until told to go on."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.here, self.go = asyncio.Event(), asyncio.Event()

    async def write(self, work):
        async def slow(tx):
            done = await work(tx)
            self.here.set()
            await self.go.wait()
            return done

        return await self.store.write(slow)


async def waiting(desk: Desk, post: Post, clock: Clock):
    """Ask for an erasure by link and let its letter leave; return the cancel link and the duty, a moment early."""
    number = await guest(desk, post)
    person = await person_of(desk)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "email", "link"))
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))  # the letter carries a receipt
    await deliver(desk, post)
    clock.forward(hours=23, seconds=3599)
    duty = next(d for d in await desk.store.read(lambda tx: duties.of(tx, person)) if d.kind == "erase")
    return post.link("confirm"), duty


async def test_what_was_cancelled_is_not_erased(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """A cancel that is about to commit holds up the erasure, which then finds nothing to do."""
    if store.engine == "sqlite":
        pytest.skip("writes one at a time")
    token, duty = await waiting(desk, post, clock)
    slow = Slow(store)
    cancelling = asyncio.create_task(cancel(dataclasses.replace(desk, store=slow), token))
    await slow.here.wait()
    erasing = asyncio.create_task(perform(desk, duty))
    await asyncio.sleep(0.2)
    slow.go.set()
    assert await cancelling
    assert await erasing is None
    assert await count(store, "sealed WHERE category = 'booking'") == 1


async def test_what_is_erased_is_not_answered_cancelled(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """An erasure that is about to commit holds up the cancel, which is then refused."""
    if store.engine == "sqlite":
        pytest.skip("writes one at a time")
    token, duty = await waiting(desk, post, clock)
    slow = Slow(store)
    erasing = asyncio.create_task(perform(dataclasses.replace(desk, store=slow), duty))
    await slow.here.wait()
    cancelling = asyncio.create_task(cancel(desk, token))
    await asyncio.sleep(0.2)
    slow.go.set()
    with pytest.raises(TepatiError):
        await cancelling
    assert await erasing
    assert await count(store, "sealed WHERE category = 'booking'") == 0
