"""Room ledger: pure reads share one commit; each caller is answered after its line is durable, or told to go alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from tepati.errors import Unavailable

Work = TypeVar("Work")
Answer = TypeVar("Answer")
Run = Callable[[Sequence[Work]], Awaitable[Sequence[Answer]]]  # one answer for each work, when all are durable


class _Waiting(NamedTuple, Generic[Work, Answer]):
    work: Work
    run: Run[Work, Answer]
    done: "asyncio.Future[Answer]"


class Group(Generic[Work, Answer]):
    """Gathers works while ``flights`` groups are under way, then hands at most ``most`` at once to their ``run``.

    Whoever comes while nothing is under way does not wait. A caller that is cancelled has its line written all the
    same: a line too many is a use that was not answered; a line too few would be a hidden use.
    """

    def __init__(self, most: int = 16, flights: int = 2) -> None:
        self._most, self._flights = most, flights
        self._gathered: list[_Waiting[Work, Answer]] = []
        self._writers: set[asyncio.Task[None]] = set()

    async def add(self, work: Work, run: Run[Work, Answer]) -> Answer:
        """Return the answer to this work once it is durable; ``run`` is the same for all works of a group.

        Raises what ``run`` raised, as every one of its group.
        """
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._gathered.append(_Waiting(work, run, done))
        if len(self._writers) < self._flights:
            self._begin()
        return await done

    def _begin(self) -> None:
        writer = asyncio.create_task(self._write_all())
        self._writers.add(writer)
        writer.add_done_callback(self._ended)

    async def close(self) -> None:
        """Return when what is gathered is durable or refused."""
        while self._writers:
            await asyncio.wait(self._writers)

    def _ended(self, writer: "asyncio.Task[None]") -> None:
        self._writers.discard(writer)
        if not self._gathered or self._writers:
            return
        if not writer.cancelled():  # who came after the writer's last look, and before this, found no place for another
            self._begin()
            return
        lost, self._gathered = self._gathered, []  # nothing of it was written
        _fail(lost, Unavailable("ledger_group"))

    async def _write_all(self) -> None:
        while self._gathered:
            await asyncio.sleep(0)  # who comes in the same turn of the loop comes along
            group, self._gathered = self._gathered[: self._most], self._gathered[self._most :]
            if group:
                await self._write(group)

    async def _write(self, group: Sequence[_Waiting[Work, Answer]]) -> None:
        try:
            answers = await group[0].run([one.work for one in group])
        except Exception as fault:  # noqa: BLE001 - raised in every caller
            _fail(group, fault)
        except BaseException:
            _fail(group, Unavailable("ledger_group"))
            raise
        else:
            for one, answer in zip(group, answers, strict=True):
                if not one.done.done():  # else its caller was cancelled
                    one.done.set_result(answer)


class Groups:
    """The groups of one organisation: acts that only open share a commit, looks at registers share a statement."""

    def __init__(self) -> None:
        self.acts: Group[Any, Any] = Group()
        self.looks: Group[Any, Any] = Group()


def _fail(group: Sequence[_Waiting[Work, Answer]], fault: Exception) -> None:
    for one in group:
        if not one.done.done():
            one.done.set_exception(fault)
