"""Room registers: rows that the door trusts carry a MAC under a key kept outside the database (design, section 3)."""

import hmac
from collections.abc import Callable

from tepati.errors import Tampered

Mac = Callable[[bytes], bytes]


def canonical(what: str, *parts: str | int | bytes) -> bytes:
    """Encode a row for its MAC: each part with its kind and 8-byte length before it, so no two rows encode alike."""
    return b"".join(_part(part) for part in (what, *parts))


def _part(part: str | int | bytes) -> bytes:
    match part:
        case str():
            kind, body = b"s", part.encode()
        case int():
            kind, body = b"i", str(part).encode()
        case _:
            kind, body = b"b", part
    return kind + len(body).to_bytes(8, "big") + body


def verify(mac: Mac, row: bytes, found: bytes, code: str) -> None:
    """Raise Tampered unless ``found`` is the MAC of ``row``; the comparison takes the same time either way."""
    if not hmac.compare_digest(mac(row), found):
        raise Tampered(code)
