"""Room ports: a witness that keeps what it saw on disk, and serves C2SP tlog-witness over HTTP.

Durable order: check, cosign, keep (fsync), answer. A crash before "keep" forgets nothing that anybody was told; one
after it leaves a head kept whose cosignature was not delivered: the log asks again with that size and gets one.
"""

import fcntl
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tepati.errors import Misconfigured, Tampered, Unavailable
from tepati.ledger import note
from tepati.ledger.tree import LOG, WITNESS, Key, read_head, read_key
from tepati.ledger.witness import LIMIT, Answer, add_checkpoint, origin_hash, read_request
from tepati.ports.folder import Folder, web

_HEAD = re.compile(r"/([0-9a-f]{64})/checkpoint")
_BUSY = Answer(503, "text/plain; charset=utf-8", b"busy\n")
_SLOW = 10  # seconds that a client may take


class Witness:
    """A directory with ``key`` (secret), ``logs`` (vkeys, one a line) and ``seen/`` (the last head of each log)."""

    def __init__(self, place: Path) -> None:
        self._folder = Folder(place)
        secret, logs = self._folder.read("key"), self._folder.read("logs")
        if secret is None or logs is None:
            raise Misconfigured("witness_absent", folder=str(place))
        self.signer = note.read_secret(secret.decode())
        self.logs = [read_key(line) for line in logs.decode().split()]
        self._lock = place / "lock"

    def answer(self, body: bytes, at: int) -> Answer:
        """Answer an add-checkpoint request; what is new is durable when this returns. ``at``: seconds since 1970."""
        try:
            request = read_request(body)
        except Tampered:
            return Answer(400, "text/plain; charset=utf-8", b"not an add-checkpoint request\n")
        name = f"seen/{origin_hash(request.head.origin)}"
        with self._alone():
            answer = add_checkpoint(request, self.logs, self._folder.read(name), self.signer, at)
            if answer.keep is not None:
                self._folder.write(name, answer.keep)
        return answer

    def last(self, origin: str) -> bytes | None:
        """Return the last head cosigned for a log, with the cosignature."""
        return self.kept(origin_hash(origin))

    def kept(self, name: str) -> bytes | None:
        """Return the last head by the hash of its origin."""
        return self._folder.read(f"seen/{name}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and other processes out from reading what was seen until the new is kept."""
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def create(place: Path, name: str, seed: bytes, logs: list[Key]) -> Key:
    """Make a witness's directory and key; return the key to tell others. Raises Misconfigured where one stands."""
    if (place / "key").exists():
        raise Misconfigured("witness_exists", folder=str(place))
    if any(key.kind != LOG for key in logs):
        raise Misconfigured("witness_logs")
    secret = note.write_secret(name, seed, WITNESS)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    Folder(place).write("logs", "".join(f"{key}\n" for key in logs).encode())
    Folder(place, 0o600).write("key", f"{secret}\n".encode())
    return note.read_secret(secret).key


def server(witness: Witness, address: tuple[str, int], now: Callable[[], int], most: int = 16) -> ThreadingHTTPServer:
    """Return a server that answers ``POST /add-checkpoint`` and ``GET /<origin hash>/checkpoint``; ``now`` in seconds.

    At most ``most`` requests at once, the others are told 503; bodies are limited, slow clients are dropped.
    """
    room = threading.BoundedSemaphore(most)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "tepati-witness"
        sys_version = ""
        timeout = _SLOW

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint" or not length.isdigit() or int(length) > LIMIT:
                self.close_connection = True
                return self._say(Answer(404 if length.isdigit() else 411, "text/plain", b"no\n"))
            body = self.rfile.read(int(length))
            if not room.acquire(blocking=False):
                return self._say(_BUSY)
            try:
                return self._say(witness.answer(body, now()))
            finally:
                room.release()

        def do_GET(self) -> None:
            found = _HEAD.fullmatch(self.path)
            head = witness.kept(found[1]) if found else None
            self._say(Answer(200, "text/plain; charset=utf-8", head) if head else Answer(404, "text/plain", b"no\n"))

        def _say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Write no log: there is nothing to find in it."""

    return ThreadingHTTPServer(address, Handler)


def ask(url: str, body: bytes) -> tuple[int, bytes]:
    """Send an add-checkpoint request to a witness; return its status and body. Raises Unavailable."""
    address = f"{web(url).rstrip('/')}/add-checkpoint"
    request = urllib.request.Request(address, data=body, method="POST")  # noqa: S310 - web() lets http and https by
    try:
        with urllib.request.urlopen(request, timeout=_SLOW) as answer:  # noqa: S310 - web() allows http(s) only
            return answer.status, bytes(answer.read(LIMIT))
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read(LIMIT)
    except OSError as fault:
        raise Unavailable("folder", what=type(fault).__name__) from fault


def size_of(head: bytes | None) -> int:
    """Return the size of a kept head, 0 for none."""
    return read_head(head).size if head else 0
