"""Room vault: the newest signed head of each log, kept in both mirrors: the ledger's anchor outside the database."""

from tepati.vault import mirror
from tepati.vault.keystore import KeyStore
from tepati.vault.mirror import Op


class Heads:
    """Implements ``ledger.anchor.Anchor``: ``meta`` ``head:<org>`` = size (8 bytes, big endian), root (32)."""

    def __init__(self, keystore: KeyStore) -> None:
        self._keystore = keystore

    def pen(self, org: str) -> bytes:
        """Return the key of the MACs under which lines of a log wait for their number."""
        return self._keystore.secret("mac", org, "ledger")

    def newest(self, org: str) -> tuple[int, bytes] | None:
        """Return (size, root) of the newest head kept, or None."""
        found = self._keystore.note(f"head:{org}")
        return (int.from_bytes(found[:8]), found[8:]) if found else None

    async def keep(self, org: str, size: int, root: bytes) -> None:
        """Keep a head in both mirrors; a longer one that another process kept stays. Raises Unavailable."""
        await self._keystore.settle([Op(mirror.RAISE, [(f"head:{org}", size.to_bytes(8) + root)])])

    async def forget(self, org: str) -> None:
        """Forget the head of a log that ends: after a restore a new one begins."""
        await self._keystore.settle([Op(mirror.NOTE, [(f"head:{org}", b"")])])
