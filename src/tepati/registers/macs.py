"""Room registers: rows that the door trusts carry a MAC under a key kept outside the database (design, section 3)."""

import hmac
import struct
from collections.abc import Callable

from tepati.errors import Tampered

Mac = Callable[[bytes], bytes]
_SIZE = struct.Struct(">Q").pack
_SHORT = {kind: [kind + _SIZE(n) for n in range(256)] for kind in (b"b", b"s", b"i")}  # the heads of most parts


def canonical(what: str, *parts: str | int | bytes) -> bytes:
    """Encode a row for its MAC: each part with its kind and 8-byte length before it, so no two rows encode alike."""
    out: list[bytes] = []
    for part in (what, *parts):
        if isinstance(part, str):
            kind, body = b"s", part.encode()
        elif isinstance(part, bytes):
            kind, body = b"b", part
        else:
            kind, body = b"i", b"%d" % part
        n = len(body)
        out += (_SHORT[kind][n] if n < 256 else kind + _SIZE(n), body)
    return b"".join(out)


def verify(mac: Mac, row: bytes, found: bytes, code: str) -> None:
    """Raise Tampered unless ``found`` is the MAC of ``row``; the comparison takes the same time either way."""
    if not hmac.compare_digest(mac(row), found):
        raise Tampered(code)
