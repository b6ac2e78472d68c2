"""Room registers: rows that the door trusts carry a MAC under a key kept outside the database (design, section 3)."""

import hmac
import struct
from collections.abc import Callable

from tepati.errors import Tampered

Mac = Callable[[bytes], bytes]
_SIZE = struct.Struct(">Q").pack


def canonical(what: str, *parts: str | int | bytes) -> bytes:
    """Encode a row for its MAC: each part with its kind and 8-byte length before it, so no two rows encode alike."""
    return b"".join([_part(part) for part in (what, *parts)])


def _part(part: str | int | bytes) -> bytes:
    if isinstance(part, bytes):
        return b"b" + _SIZE(len(part)) + part
    if isinstance(part, str):
        body = part.encode()
        return b"s" + _SIZE(len(body)) + body
    body = b"%d" % part
    return b"i" + _SIZE(len(body)) + body


def verify(mac: Mac, row: bytes, found: bytes, code: str) -> None:
    """Raise Tampered unless ``found`` is the MAC of ``row``; the comparison takes the same time either way."""
    if not hmac.compare_digest(mac(row), found):
        raise Tampered(code)
