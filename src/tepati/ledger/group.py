"""Room ledger: lines of pure reads share one commit; each caller is answered after its line is durable."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from tepati.errors import TepatiError, Unavailable
from tepati.ledger.log import Log
from tepati.store.port import Store, Tx


class _Waiting(NamedTuple):
    row: tuple[bytes, int, int, bytes]
    done: asyncio.Future[None]


class Group:
    """Gathers lines for ``wait`` seconds (or until ``most``), writes them in one transaction, then tells every caller.

    One write is under way at a time: while it lasts the next group gathers. A caller that is cancelled has its line
    written all the same: a line too many is a use that was not answered; a line too few would be a hidden use.
    """

    def __init__(self, store: Store, log: Log, wait: float = 0.003, most: int = 500) -> None:
        self._store, self._log, self._wait, self._most = store, log, wait, most
        self._gathered: list[_Waiting] = []
        self._full = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def add(self, id: bytes, lane: int, at: int, entry: bytes) -> None:
        """Return when the line is committed. Raises what the store raised: then no line of the group was written."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gathered.append(_Waiting((id, lane, at, entry), done))
        if len(self._gathered) >= self._most:
            self._full.set()
        if self._writer is None:
            self._writer = asyncio.create_task(self._run())
        await done

    async def close(self) -> None:
        """Write what is gathered and return when it is durable or refused."""
        while self._writer is not None:
            self._full.set()
            await asyncio.wait([self._writer])

    async def _run(self) -> None:
        """Write groups until none is gathered."""
        try:
            while self._gathered:
                await self._gather()
                group, self._gathered = self._gathered[: self._most], self._gathered[self._most :]
                await self._write(group)
        finally:
            self._writer = None
            lost, self._gathered = self._gathered, []
            _tell(lost, Unavailable("ledger_group"))  # only when this task was cancelled: nothing was written

    async def _gather(self) -> None:
        if len(self._gathered) < self._most:
            self._full.clear()
            try:
                await asyncio.wait_for(self._full.wait(), self._wait)
            except asyncio.TimeoutError:  # noqa: UP041 - the same as TimeoutError from 3.11 on
                return

    async def _write(self, group: Sequence[_Waiting]) -> None:
        async def work(tx: Tx) -> None:
            await self._log.append_many(tx, [one.row for one in group])

        try:
            await self._store.write(work)
        except TepatiError as fault:
            _tell(group, fault)
        except BaseException:
            _tell(group, Unavailable("ledger_group"))
            raise
        else:
            _tell(group, None)


def _tell(group: Sequence[_Waiting], fault: TepatiError | None) -> None:
    for one in group:
        if one.done.done():
            continue  # its caller was cancelled
        if fault is None:
            one.done.set_result(None)
        else:
            one.done.set_exception(fault)
