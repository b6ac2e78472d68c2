"""Room vault: bytes as services of keys send and take them, in base64 (RFC 4648)."""

import base64
import binascii

from tepati.errors import Unavailable


def text(raw: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(raw).decode()


def raw(text: str) -> bytes:
    """Read what a service wrote. Raises Unavailable: it is no base64, so the service did not answer as it should."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        pass
    raise Unavailable("root_unreachable")
