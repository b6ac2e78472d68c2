"""Room web: tries at a door take turns, so that between two of them the loop answers whoever asks for another page.

What is refused leaves on a beat: a flood would else wake all at once, and be drawn in one go.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@contextlib.asynccontextmanager
async def turn() -> AsyncIterator[None]:
    """Wait for the next turn of this loop: read or draw in it, and never wait for a password's hash."""
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0)  # whoever else is ready goes first: what is drawn without a wait would let nobody in
        yield
