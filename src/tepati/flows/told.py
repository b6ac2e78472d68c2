"""Room flows: what a line's opening tells one party: facts about a use, never a value of a field; and ids of rows."""

from collections.abc import Mapping

import msgspec

from tepati.rules.facts import Use

Says = Mapping[str, str | int | list[str]]


class Told(msgspec.Struct, frozen=True):
    """What one party's opening of a line says: whose it is, and the facts (never a value of a field).

    ``record`` is the readable record of its receipt: sealed beside what is said, and bound by its digest in there.
    """

    person: bytes
    party: str  # "person" or "actor"
    says: Says
    due: int
    record: Mapping[str, object] | None = None


def of_use(use: Use, at: int) -> Says:
    """Say what a use was, to the person whom it was about."""
    return {
        "at": at, "fields": sorted(use.fields), "role": use.role, "message": use.message,
        "recipient": use.recipient, "dealing": use.dealing,
    }  # fmt: skip


def uuid7(at: int, drawn: bytes) -> bytes:
    """Make a UUIDv7 (RFC 9562 section 5.7) of an instant (microseconds) and 10 random bytes."""
    tail = bytearray(drawn)
    tail[0] = 0x70 | (tail[0] & 0x0F)
    tail[2] = 0x80 | (tail[2] & 0x3F)
    return (at // 1000).to_bytes(6, "big") + bytes(tail)
