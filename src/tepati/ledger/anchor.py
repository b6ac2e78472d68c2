"""Room ledger: how long the log was is known outside the database too, so that an older head put back is refused.

An older head with its old leaves and tiles is genuine: it verifies, and new lines would be signed on top of it. Only
who kept a newer one can tell. What is kept lags behind the log by at most ``EVERY``, and is never ahead of it.
"""

from typing import Protocol

from tepati.errors import Tampered
from tepati.ledger.tree import Head

EVERY = 1_000_000  # microseconds: two disks are waited for, so not after every batch


class Anchor(Protocol):
    """Where (size, root) of the newest head of each log is kept, outside the database."""

    def newest(self, org: str) -> tuple[int, bytes] | None:
        """Return what was kept, or None."""

    async def keep(self, org: str, size: int, root: bytes) -> None:
        """Keep a head durably, unless a longer one is kept. Raises Unavailable."""


class Mark:
    """The newest head of one log, as kept outside; without an anchor nothing is kept and nothing refused."""

    def __init__(self, org: str, anchor: Anchor | None) -> None:
        self._org, self._anchor = org, anchor
        self._asked = -EVERY

    def check(self, head: Head) -> None:
        """Compare a head of the database. Raises Tampered where it is shorter than, or of another tree than, ours."""
        kept = self._anchor.newest(self._org) if self._anchor else None
        if kept and (head.size < kept[0] or (head.size == kept[0] and head.root != kept[1])):
            raise Tampered("ledger_rolled_back", size=head.size, newest=kept[0])

    def due(self, at: int) -> bool:
        """Say whether it is time to keep a head again, and if so begin a new term. ``at`` is in microseconds."""
        if self._anchor is None or at - self._asked < EVERY:
            return False
        self._asked = at
        return True

    async def keep(self, head: Head | None) -> None:
        """Keep a head that is committed. Not compared here: another process may be ahead of it. Raises Unavailable."""
        if head is None or self._anchor is None:
            return
        if self._anchor.newest(self._org) != (head.size, head.root):
            await self._anchor.keep(self._org, head.size, head.root)
