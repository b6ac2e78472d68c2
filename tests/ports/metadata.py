"""What lends credentials to a machine in a cloud: a plain HTTP service on this machine that answers as it is told."""

import http.server
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Answer = Callable[[str, str, Mapping[str, str]], tuple[int, bytes]]


@contextmanager
def lending(answer: Answer) -> Iterator[str]:
    """Serve ``answer(method, path, headers)``; give the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            status, body = answer(self.command, self.path, self.headers)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = _do  # noqa: N815 - the names http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
