"""Room ports: one request to a key service, over TLS. No redirect is followed; no fault carries what was sent or said.

A new connection for each request, since a root is asked a few times a day.
"""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from tepati.errors import Misconfigured, Unavailable

PATIENCE = 10.0  # seconds; an act that needs a new key waits for it
LARGEST = 1_000_000  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; ``path`` may end with a query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


def trusted(authority: str = "") -> ssl.SSLContext:
    """Trust the system's authorities, or the one whose certificate stands in a file. Raises Misconfigured."""
    try:
        context = ssl.create_default_context(cafile=authority or None)
    except (OSError, ssl.SSLError):
        raise Misconfigured("root_missing") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def send(host: str, port: int, context: ssl.SSLContext, asked: Asked) -> tuple[int, bytes]:
    """Return the status and body of an answer. Raises Unavailable."""
    return _sent(http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context), asked)


def send_plainly(host: str, port: int, asked: Asked, patience: float = 2.0) -> tuple[int, bytes]:
    """Ask what stands on this machine or its host without TLS: a cloud's metadata service. Raises Unavailable."""
    return _sent(http.client.HTTPConnection(host, port, timeout=patience), asked)


def _sent(line: http.client.HTTPConnection, asked: Asked) -> tuple[int, bytes]:
    try:
        line.request(asked.method, asked.path, asked.body, dict(asked.headers))
        answer = line.getresponse()
        return answer.status, answer.read(LARGEST)
    except (OSError, http.client.HTTPException):
        pass
    finally:
        line.close()
    raise Unavailable("root_unreachable")  # outside the handler: no cause is carried along
