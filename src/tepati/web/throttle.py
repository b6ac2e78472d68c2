"""Room web: how many POSTs one network may send in a minute; no address is kept, only a keyed hash for that minute."""

import hmac
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_network

MINUTE = 60_000_000  # microseconds
ROOM = 100_000  # networks counted at once; an attacker with more is stopped by the total, not by memory


class Throttle:
    """Counts in fixed windows of a minute; ``limit`` 0 counts nothing."""

    def __init__(self, limit: int, key: bytes) -> None:
        self.limit, self.key = limit, key
        self.minute, self.seen = 0, dict[bytes, int]()

    def wait(self, address: str, at: int) -> int:
        """Count one POST at ``at`` (microseconds); return 0, or the seconds to wait before the next."""
        return self._counted(self._place(address), at)

    def wait_named(self, name: str, at: int) -> int:
        """Count likewise what has a name of its own instead of an address."""
        return self._counted(hmac.digest(self.key, b"named" + name.encode(), sha256)[:16], at)

    def _counted(self, place: bytes, at: int) -> int:
        if not self.limit:
            return 0
        if at // MINUTE != self.minute:
            self.minute, self.seen = at // MINUTE, {}
        if place not in self.seen and len(self.seen) >= ROOM:
            place = b""  # the table is full: strangers share one count
        self.seen[place] = self.seen.get(place, 0) + 1
        return 0 if self.seen[place] <= self.limit else 60 - at % MINUTE // 1_000_000

    def full(self, address: str, at: int) -> int:
        """Count nothing; return the seconds to wait where the limit is reached, else 0."""
        if not self.limit or at // MINUTE != self.minute or self.seen.get(self._place(address), 0) < self.limit:
            return 0
        return 60 - at % MINUTE // 1_000_000

    def _place(self, address: str) -> bytes:
        network = _network(address)
        return hmac.digest(self.key, b"throttle" + network, sha256)[:16] if network else b""


@lru_cache(1024)
def _network(address: str) -> bytes:
    """Name the network of an address, /24 or /64; nothing for what is no address."""
    try:
        return str(ip_network(f"{address}/{64 if ':' in address else 24}", strict=False)).encode()
    except ValueError:
        return b""
