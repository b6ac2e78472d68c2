"""Room vault: the two mirrors of the key store, written together; many acts share one commit.

Every batch goes to the first and then to the second. A crash between leaves one a batch ahead: whoever writes next, of
whichever process, copies it over the other before anything else, both being locked by then.

BUG: what is copied is believed but for its keys: whoever can write into one of the places can lower anchors and lift
stops in both. They are no secrets, and no MAC of one place could tell an older state of it from the newest.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from tepati.errors import Tampered, Unavailable
from tepati.vault.folder import FolderMirror, whole
from tepati.vault.mirror import Cell, Mirror, Op, gathered


class Pair:
    """Two mirrors: directories, on different disks where there are two, or mirrors that are open already."""

    def __init__(self, places: tuple[Path | Mirror, Path | Mirror]) -> None:
        if isinstance(places[0], Path) and isinstance(places[1], Path):
            whole((places[0], places[1]))
        self.mirrors: tuple[Mirror, Mirror] = (_mirror(places[0]), _mirror(places[1]))
        self._queue: list[tuple[Sequence[Op], asyncio.Future[None]]] = []
        self._owed: list[Op] = []
        self._draining: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.uncut = False
        self.repaired = self.align()

    async def settle(self, ops: Sequence[Op]) -> None:
        """Return when both mirrors hold these changes; many acts share one commit. Raises Unavailable."""
        if ops:
            await self.settling(ops)

    def settling(self, ops: Sequence[Op]) -> "asyncio.Future[None]":
        """Begin to change both mirrors, whether or not anybody waits for it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._queue.append((ops, done))
        if self._draining is not loop:
            self._draining = loop
            task = loop.create_task(self._drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return done

    async def _drain(self) -> None:
        while self._queue:
            taken, self._queue = self._queue, []
            ops = [op for each, _ in taken for op in each]
            failed: Exception | None = None
            try:
                await asyncio.to_thread(self.commit, ops)
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
                failed = error
            for _, done in taken:
                _tell(done, failed)
        self._draining = None

    def commit(self, ops: Iterable[Op]) -> None:
        """Apply changes to both mirrors, one commit each. Where a disk fails they are owed, and go first next time.

        A batch that cannot be written at all (a programming fault) is not owed: it would stop every later one.
        """
        first, second = self.mirrors
        with first.lock, second.lock:
            batch = gathered([*self._owed, *ops])
            try:
                _both(first, second, batch)
            except Exception as error:
                first.rollback()
                second.rollback()
                if not (first.failing(error) or second.failing(error)):
                    raise
                self._owed = batch
                full = first.full(error) or second.full(error)
                raise Unavailable("keystore_no_room" if full else "keystore_gone") from None
            self._owed = []
            if self.uncut or any(op.cuts for op in batch):
                self.uncut = not (first.cut() & second.cut())

    def align(self) -> str:
        """Copy the newer mirror over the older one after a crash between them; say what was done."""
        first, second = self.mirrors
        if first.seq() == second.seq():
            return ""
        with first.lock, second.lock:
            try:
                behind = _levelled(first, second)
                first.commit()
                second.commit()
            except Exception:
                first.rollback()
                second.rollback()
                raise
            first.cut()
            second.cut()
        return behind

    def close(self) -> None:
        for each in self.mirrors:
            each.close()


def _mirror(place: Path | Mirror) -> Mirror:
    if isinstance(place, Path):
        return FolderMirror(place)
    return place


def _both(first: Mirror, second: Mirror, batch: Sequence[Op]) -> None:
    _levelled(first, second)
    first.apply(batch)
    second.apply(batch)
    first.commit()
    second.commit()  # a crash before this line leaves the first mirror one batch ahead: the next begins with its copy


def _levelled(first: Mirror, second: Mirror) -> str:
    """Begin in both, and copy the one that the last commit reached over the other; say which was behind.

    Raises Tampered where the copy would take keys along that only somebody who writes into that place can have ended.
    """
    here, there = first.begin(), second.begin()
    if here == there:
        return ""
    ahead, behind = (first, second) if here > there else (second, first)
    newest = _newest(ahead)
    if any(newest.get(name, 0) < version for name, version in _newest(behind).items()):
        raise Tampered("keystore_lacks")
    behind.take(ahead)
    return "first" if behind is first else "second"


def _newest(mirror: Mirror) -> dict[tuple[Cell, ...], int]:
    """Give the newest version of each key but those of backups: no version is the last, whatever is destroyed."""
    sql = "SELECT kind, org, name, max(version) FROM secret WHERE kind <> 'backup' GROUP BY kind, org, name"
    return {line[:3]: cast("int", line[3]) for line in mirror.rows(sql)}


def _tell(done: "asyncio.Future[None]", failed: Exception | None) -> None:
    if done.done():
        return
    if failed is None:
        done.set_result(None)
    else:
        done.set_exception(failed)
