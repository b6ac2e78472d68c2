"""Room flows: passwords: argon2id for two at a time (64 MiB each), and a throttle that stands before it.

The throttle counts failures by the address typed, known or not, so that it tells nobody which addresses are known.
A browser in which that very address signed in before has a count of its own: whoever knows an address can use up the
tries of strangers, but keep nobody out who comes back.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import argon2

from tepati.errors import Unavailable

T = TypeVar("T")

SHORTEST = 12  # characters of a password (NIST SP 800-63B-4 asks for 15 without, 8 with a second factor)
LONGEST = 1024  # characters: what is longer is refused unhashed
FAILURES = 5  # for one address in a window; then its window has to end (NIST SP 800-63B-4 section 3.2.2)
WINDOW = 300_000_000  # five minutes: 60 tries an hour against six digits, and whoever forgot waits no longer
ROOM = 10_000  # addresses counted at once; more share one count
QUEUE = 16  # hashes waiting or under way: about a second of work; whoever comes then is told to come back
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43  # checked for unknown names: the same time
_HASHER = argon2.PasswordHasher()  # RFC 9106, second recommended option: 64 MiB, 3 passes
NICE = 10  # how far hashes stand back: on two cores a flood of tries would else leave pages an eighth of them


def _behind() -> None:
    """Let this thread, and the lanes that argon2 starts from it, run after the loop that answers pages (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        mine = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, mine, os.getpriority(os.PRIO_PROCESS, mine) + NICE)


_POOL = ThreadPoolExecutor(2, "argon2", _behind)
_under_way: set[object] = set()


@dataclass(slots=True)
class Try:
    """One try at a door: whoever finds it wrong says so."""

    failed: bool = False


class Attempts:
    """Failures in memory. BUG: each process counts its own, and a command of its own process counts nothing."""

    def __init__(self) -> None:
        self._window = 0
        self._failed: dict[bool, dict[bytes, int]] = {True: {}, False: {}}  # of known browsers, and of strangers'

    @contextlib.contextmanager
    def one(self, who: bytes, now: Callable[[], int], *, known: bool = False) -> Iterator[Try]:
        """Count a try before its work, and take it back unless that found it failed. Raises Unavailable."""
        self.begin(who, now(), known=known)
        attempt = Try()
        try:
            yield attempt
        finally:
            if not attempt.failed:
                self.forgive(who, now(), known=known)

    def begin(self, who: bytes, at: int, *, known: bool = False) -> None:
        """Count a try as failed before its work, so that many at once are no more tries. Raises Unavailable."""
        n = self._count(who, at, known=known)
        if n >= FAILURES:
            raise Unavailable("sign_in_wait")
        self._failed[known][self._place(who, known=known)] = n + 1

    def forgive(self, who: bytes, at: int, *, known: bool = False) -> None:
        """Take back a try that did not fail; one of a window that is over (microseconds) is forgotten already."""
        if n := self._count(who, at, known=known):
            self._failed[known][self._place(who, known=known)] = n - 1

    def _count(self, who: bytes, at: int, *, known: bool) -> int:
        if at // WINDOW != self._window:
            self._window, self._failed = at // WINDOW, {True: {}, False: {}}
        return self._failed[known].get(self._place(who, known=known), 0)

    def _place(self, who: bytes, *, known: bool) -> bytes:
        return who if who in self._failed[known] or len(self._failed[known]) < ROOM else b""


async def hashed(password: str, salt: bytes) -> str:
    """Hash a new password. Raises Unavailable when too many wait."""
    return await _pooled(partial(_HASHER.hash, password, salt=salt))


async def verified(known: str, password: str) -> bool:
    """Say whether a password is the one that was hashed. Raises Unavailable when too many wait."""
    return await _pooled(partial(_right, known, password[: LONGEST + 1]))


def _right(known: str, password: str) -> bool:
    try:
        return _HASHER.verify(known, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def room() -> None:
    """Check, before anything is looked up, that not too many wait. Raises Unavailable."""
    if len(_under_way) >= QUEUE:
        raise Unavailable("sign_in_wait")


async def _pooled(work: Callable[[], T]) -> T:
    room()
    mine = object()
    _under_way.add(mine)
    try:
        return await asyncio.get_running_loop().run_in_executor(_POOL, work)
    finally:
        _under_way.discard(mine)
