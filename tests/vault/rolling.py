"""A process that rolls while others write, and dies by kill -9 after the step it was told; run by test_roll.py.

Told ``write`` it writes until SIGTERM and rolls nothing, as another host does (test_hosts.py).

It says ``kept PERSON NAME`` and ``gone PERSON`` when the act was answered, and nothing before.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from tepati.errors import TepatiError
from tepati.store.open import open_store
from tepati.vault import roll
from tepati.vault.reconcile import reconcile
from tests.vault.conftest import World

STEPS = ("prepare", "switch", "chunk", "rewrap", "quiet", "prove", "retire", "tell", "destroy")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def say(*words):
    os.write(1, (" ".join(words) + "\n").encode())


async def write(world, n, ended=None):
    """Add people, erase every third, until the process dies or is told to stop."""
    for i in range(10_000):
        if ended and ended.is_set():
            return
        email = f"p{n}-{i}-{os.urandom(4).hex()}@example.com"
        try:
            person, _ = await world.add(email=email)
            say("kept", person.hex(), email)
            world.kept += 1
            if i % 3 == 0:
                say("going", person.hex())
                await world.do(lambda tx, person=person: world.vault.erase(tx, person))
                say("gone", person.hex())
        except TepatiError as error:
            say("refused", error.code)
        await asyncio.sleep(0.001)


async def steps(world, last):
    room, store = world.vault.room, world.store
    if last == "chunk":
        chunk = roll._chunk

        async def once(*args):
            done = await chunk(*args)
            world.chunks = getattr(world, "chunks", 0) + 1
            if world.chunks > 1:
                die()
            return done

        roll._chunk = once
    for name in STEPS:
        if name == "chunk":
            continue
        await asyncio.sleep(0.02)
        if name == "quiet":
            await roll.quiet(store)
        else:
            await getattr(roll, name)(room, store)
        if name == last:
            die()


async def beside(world):
    """Write, and let go of keys that ended, until told to stop."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    writers = [asyncio.create_task(write(world, n, ended)) for n in range(2)]
    while not ended.is_set():
        world.keystore.refresh()
        await asyncio.sleep(0.05)
    await asyncio.gather(*writers)
    world.keystore.close()


async def main(url, folder, last):
    store = await open_store(url, jitter=lambda: 0.5)
    world = World(store, Path(folder), os.urandom, lambda: time.time_ns() // 1000)
    await reconcile(world.vault.room, store, alone=last != "write" and not world.places)
    roll.CHUNK, world.kept = 7, 0
    if last == "write":
        await beside(world)
        await store.close()
        return
    writers = [asyncio.create_task(write(world, n)) for n in range(3)]
    while world.kept < 12:  # noqa: ASYNC110 - three writers, one count
        await asyncio.sleep(0.01)
    await steps(world, last)
    await asyncio.gather(*writers)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
