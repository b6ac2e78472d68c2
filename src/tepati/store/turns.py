"""Room store: work that comes within one turn of the event loop is gathered, and shares one commit (SQLite).

A commit is an eighth to a fifth of an act: an fsync, and each page written to the log once for every act that touched
it. Nothing waits for company: the turn ends when everything that was ready has run, and no transaction outlives it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from tepati.errors import Unavailable
from tepati.store.port import Tx

T = TypeVar("T")
Work = Callable[[Tx], Awaitable[Any]]
Run = Callable[[Sequence[Work]], "Sequence[End] | None"]

TRIES = 60  # while another process writes; the loop runs for 0 to 50 ms between tries: two to four seconds in all
PAUSE = 0.05


class End(NamedTuple):
    """How work ended: with what it gave, or with what it raised."""

    value: Any = None
    error: BaseException | None = None


class Act(NamedTuple):
    """Work that waits, and whoever waits for it."""

    work: Work
    done: "asyncio.Future[Any]"

    def tell(self, end: End) -> None:
        if self.done.done():
            return  # cancelled meanwhile, when the loop closes
        if end.error is None:
            self.done.set_result(end.value)
        else:
            self.done.set_exception(end.error)


class Turns:
    """``run`` takes work and says how as much of it ended as it took, or None while another process writes."""

    def __init__(self, run: Run, jitter: Callable[[], float]) -> None:
        self._run, self._jitter = run, jitter
        self._acts: list[Act] = []

    async def add(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run work at the end of this turn, and return what it gave once that is durable. Raises Unavailable."""
        loop = asyncio.get_running_loop()
        if not self._acts or self._acts[0].done.get_loop() is not loop:
            self._acts = []
            loop.call_soon(self._end, loop, self._acts, 0)
        act = Act(work, loop.create_future())
        self._acts.append(act)
        try:
            return cast("T", await act.done)
        except asyncio.CancelledError:
            if not act.done.done() or act.done.cancelled():
                raise
        return cast("T", _told(loop, act))

    def _end(self, loop: asyncio.AbstractEventLoop, acts: list[Act], tries: int) -> None:
        if acts is self._acts:
            self._acts = []
        waiting = [act for act in acts if not act.done.done()]
        ends = self._ended(waiting) if waiting else ()
        if ends is None and tries + 1 < TRIES:
            loop.call_later(self._jitter() * PAUSE, self._end, loop, waiting, tries + 1)
            return
        if ends is None:
            ends = [End(error=Unavailable("store_busy")) for _ in waiting]
        for act, end in zip(waiting, ends, strict=False):
            act.tell(end)
        if len(ends) < len(waiting):
            loop.call_soon(self._end, loop, waiting[len(ends) :], 0)

    def _ended(self, waiting: Sequence[Act]) -> Sequence[End] | None:
        try:
            return self._run([act.work for act in waiting])
        except BaseException as error:  # noqa: BLE001 - the process is to stop: all of the turn hear of it, and raise it
            return [End(error=error) for _ in waiting]


def _told(loop: asyncio.AbstractEventLoop, act: Act) -> object:
    """Answer whoever was cancelled after the commit, for the mirrors must hear of it; the next wait cancels them."""
    if task := asyncio.current_task():
        task.uncancel()
        loop.call_soon(task.cancel)
    return act.done.result()
