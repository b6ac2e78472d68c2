"""The rounds in the background end when they are told to, whatever their job makes of it."""

import asyncio
import contextlib

from tepati.app.compose import _forever
from tepati.errors import Unavailable


async def test_a_job_that_swallows_its_end_keeps_nobody_waiting() -> None:
    begun, times = asyncio.Event(), []

    async def deaf() -> None:
        begun.set()
        times.append(1)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    task = asyncio.create_task(_forever(60, deaf))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.done()
    assert times == [1]


async def test_a_job_that_fails_is_tried_again() -> None:
    tries, enough = list[int](), asyncio.Event()

    async def failing() -> None:
        tries.append(1)
        if len(tries) == 3:
            enough.set()
        raise Unavailable("store_gone")

    task = asyncio.create_task(_forever(0, failing))
    await asyncio.wait_for(enough.wait(), 5)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
