"""Room store: the connections to PostgreSQL, few and reused. Ours, because asyncpg's pool costs 60 us a transaction.

Measured: a one-statement read takes 36 us of CPU on a bare connection, 97 through that pool (its proxies, reset and
timeouts), and 39 here. Nothing outlives a transaction on a connection, so there is nothing to reset; one that comes
back broken or inside a transaction is cut, and the server rolls back.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import asyncpg

from tepati.errors import Unavailable

if TYPE_CHECKING:
    Link = asyncpg.Connection[asyncpg.Record]


class Links:
    """At most ``size`` connections. Who finds none free waits ``patience`` seconds, first come first served."""

    def __init__(self, connect: "Callable[[], Awaitable[Link]]", size: int, patience: float) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._idle: list[Link] = []
        self._open = 0  # idle, taken and being made
        self._waiting: deque[asyncio.Future[Link | None]] = deque()
        self._closed = False

    async def take(self) -> "Link":
        """Give a connection that works as far as can be known. Raises Unavailable, and what connecting raises."""
        while not self._closed:
            link = self._spare()
            if link is None and self._open < self._size:
                return await self._made()
            if link is None:
                link = await self._turn()
            if link is not None:
                return link
        raise Unavailable("store_gone")

    def give(self, link: "Link") -> None:
        """Take a connection back; it goes to who waits longest."""
        if self._closed or link.is_closed() or link.is_in_transaction():
            cut(link)
            self._open -= 1
            self._pass_on(None)
        elif not self._pass_on(link):
            self._idle.append(link)

    async def close(self) -> None:
        """Close what is idle; what is taken is cut when it comes back."""
        self._closed = True
        while self._waiting:
            self._pass_on(None)
        while self._idle:
            link = self._idle.pop()
            self._open -= 1
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await link.close(timeout=5)

    def _spare(self) -> "Link | None":
        while self._idle:
            link = self._idle.pop()  # the one used last: its caches are warm
            if not link.is_closed():
                return link
            self._open -= 1
        return None

    async def _made(self) -> "Link":
        self._open += 1
        try:
            return await self._connect()
        except BaseException:
            self._open -= 1
            self._pass_on(None)
            raise

    async def _turn(self) -> "Link | None":
        """Wait for a connection, or for None: a place for a new one."""
        turn: asyncio.Future[Link | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                return await turn
        except BaseException:
            self._leave(turn)
            raise

    def _leave(self, turn: "asyncio.Future[Link | None]") -> None:
        """Somebody stopped waiting: what was handed over at that very moment goes to the next."""
        if turn.done() and not turn.cancelled():
            link = turn.result()
            if link is not None:
                self.give(link)
            else:
                self._pass_on(None)
        else:
            with contextlib.suppress(ValueError):
                self._waiting.remove(turn)

    def _pass_on(self, link: "Link | None") -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(link)
                return True
        return False


def cut(link: "Link") -> None:
    """End a connection without a word: the server rolls back what it was doing."""
    with contextlib.suppress(asyncpg.InterfaceError):  # it is gone already
        link.terminate()
