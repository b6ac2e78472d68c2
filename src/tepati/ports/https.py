"""Room ports: one request to a key service or a sign-in provider, over TLS.

No redirect is followed; no fault carries what was sent or said. A new connection for each request: a root is asked a
few times a day, a provider once for each person who comes in.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

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


def reach(url: str, context: ssl.SSLContext, asked: Asked, *, private: bool, patience: float) -> tuple[int, bytes]:
    """Ask an address that somebody else wrote, all in ``patience`` seconds; ``asked.path`` is added to its path.

    The name is resolved once and the connection goes to that very address. ``private`` lets it be one of this machine
    or network, which is the operator's to allow. Raises Unavailable.
    """
    host, port, path, addresses = _resolved(url)
    if not addresses or not (private or all(map(_public, addresses))):
        raise Unavailable("sign_in_unreachable")
    before, _, query = path.partition("?")
    path = f"{before}{asked.path}" + (f"?{query}" if query else "")
    line = _Pinned(host, port, addresses[0], context, patience)
    try:
        answer = _sent(line, Asked(asked.method, path, asked.headers, asked.body))
    except Unavailable:
        raise Unavailable("sign_in_unreachable") from None
    finally:
        line.over.cancel()
    if line.late:  # what was cut may look whole
        raise Unavailable("sign_in_unreachable")
    return answer


def _resolved(url: str) -> tuple[str, int, str, list[str]]:
    """Return host, port, path with query, and every address of the host; none where it is no https address."""
    try:
        at = urlsplit(url)
        if at.scheme != "https" or not at.hostname:
            return "", 0, "", []
        found = socket.getaddrinfo(at.hostname, at.port or 443, type=socket.SOCK_STREAM)
        path = f"{at.path}?{at.query}" if at.query else at.path
        return at.hostname, at.port or 443, path, [str(each[4][0]) for each in found]
    except (OSError, ValueError):
        return "", 0, "", []


def _public(address: str) -> bool:
    at = ip_address(address.partition("%")[0])
    within = getattr(at, "ipv4_mapped", None) or getattr(at, "sixtofour", None)
    return at.is_global and not at.is_multicast and (within is None or within.is_global)


class _Pinned(http.client.HTTPSConnection):
    """A connection to an address already resolved, cut when its time is over however slowly the other side speaks."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext, patience: float) -> None:
        super().__init__(host, port, timeout=patience, context=context)
        self.address, self.trust = address, context
        self.line: socket.socket | None = None  # ``sock`` is let go of while an answer is still read
        self.late = False
        self.over = threading.Timer(patience, self._cut)
        self.over.daemon = True

    def connect(self) -> None:
        self.over.start()
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = self.line = self.trust.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        if self.late:
            raise TimeoutError
        self.sock.do_handshake()

    def _cut(self) -> None:
        self.late = True
        if self.line is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.line, socket.SHUT_RDWR)


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
