"""A gateway on this machine that keeps what it gets, and answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Taken:
    """What a gateway got: bodies and heads; ``status``, ``says`` and ``waits`` (seconds) are how it answers."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.heads: list[dict[str, str]] = []
        self.status, self.says, self.waits = 200, b"{}", 0.0
        self.url = ""

    def codes(self) -> list[str]:
        """The six digits in what was sent, the newest last."""
        import re

        return [found[0] for body in self.bodies if (found := re.search(r"\b\d{6}\b", body["text"]))]


@contextmanager
def gateway() -> Iterator[Taken]:
    """Serve one until the block ends."""
    taken = Taken()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            taken.heads.append({name.lower(): value for name, value in self.headers.items()})
            taken.bodies.append(json.loads(raw) if raw[:1] == b"{" else {"text": raw.decode()})
            time.sleep(taken.waits)
            self.send_response(taken.status)
            self.send_header("content-length", str(len(taken.says)))
            self.end_headers()
            self.wfile.write(taken.says)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    taken.url = f"http://127.0.0.1:{server.server_address[1]}/messages?v=1"
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
