"""Room flows: how many letters a mailbox gets that nobody here knows yet, whatever stands behind a plus in its address.

``name+x@`` and ``name@`` are two addresses and two people: what was typed leads to somebody, and only some providers
deliver both to one mailbox. For this count alone they are one, or whoever knows an address could have us write to its
owner a thousand times a day. The answer to a form stays the same beyond the limit.
"""

from collections.abc import Callable

DAY = 86_400_000_000
A_DAY = 10  # first letters to one mailbox in a day
ROOM = 100_000  # mailboxes counted at once; more share one count of ten times as many


class Mailboxes:
    """Counts in memory, under a keyed hash. BUG: each process counts its own, and a start begins anew."""

    def __init__(self) -> None:
        self._day = 0
        self._sent: dict[bytes, int] = {}

    def take(self, mac: Callable[[bytes], bytes], address: str, at: int) -> bool:
        """Count one first letter to an address (normal form) at an instant; False where it is one too many."""
        if at // DAY != self._day:
            self._day, self._sent = at // DAY, {}
        key = mac(b"mailbox " + mailbox(address).encode())[:16]
        key = key if key in self._sent or len(self._sent) < ROOM else b""
        self._sent[key] = self._sent.get(key, 0) + 1
        return self._sent[key] <= (A_DAY if key else 10 * A_DAY)


def mailbox(address: str) -> str:
    """Name the mailbox of an address in normal form: what stands before the first plus, at its domain."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"
