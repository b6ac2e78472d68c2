"""The same attacks over a real socket and a real server: what a test client would never send."""

import socket
from urllib.parse import urlsplit

import pytest

BOOK = "/home-cleaning/pesan"


def say(site: str, request: bytes, wait: float = 5) -> bytes:
    """Send bytes as they are, and return all that comes back until the server closes or falls silent."""
    where = urlsplit(site)
    with socket.create_connection((where.hostname, where.port), timeout=wait) as line:
        line.sendall(request.replace(b"@HOST", where.netloc.encode()))
        got = b""
        try:
            while part := line.recv(65536):
                got += part
                if b"</html>" in got or b"\r\n0\r\n" in got:
                    break
        except TimeoutError:
            pass
    return got


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@pytest.mark.parametrize("path", [b"/%ff%fe", b"/home-cleaning/k/%c3%28", b"/home-cleaning/%00", b"/" + b"a" * 6000])
def test_broken_paths(site, path):
    assert status(say(site, b"GET " + path + b" HTTP/1.1\r\nHost: @HOST\r\n\r\n")) in (400, 404)


@pytest.mark.parametrize("host", [b"Host: evil.example\r\n", b"Host: 127.0.0.1\r\n", b""])
def test_a_strange_host(site, host):
    assert status(say(site, b"GET / HTTP/1.1\r\n" + host + b"\r\n")) in (400, 421)


def test_two_hosts(site):
    assert status(say(site, b"GET / HTTP/1.1\r\nHost: @HOST\r\nHost: evil.example\r\n\r\n")) == 400


def test_a_chunked_body_without_end(site):
    chunk = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
    head = b"POST " + BOOK.encode() + b" HTTP/1.1\r\nHost: @HOST\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert status(say(site, head + chunk * 12)) == 413


def test_a_flood_of_chunks_to_the_form_that_takes_a_file(site):
    """200 MB announced by nobody: the door closes at 8 MB."""
    head = b"POST /home-cleaning/hubungi HTTP/1.1\r\nHost: @HOST\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    said = head + b"Content-Length: 209715200\r\n\r\n"
    assert status(say(site, said)) == 413
    try:
        answer = say(site, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 10)
    except ConnectionError:  # it was closed in the middle of what we sent
        return
    assert status(answer) in (0, 413)


def test_length_and_chunks_at_once_are_not_two_requests(site):
    head = (
        b"POST "
        + BOOK.encode()
        + b" HTTP/1.1\r\nHost: @HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    answer = say(site, head + b"0\r\n\r\nGET /mail HTTP/1.1\r\nHost: @HOST\r\n\r\n", wait=1)
    assert status(answer) == 400
    assert b"Surat terkirim</h1>" not in answer


def test_a_body_that_drips_is_let_go(site):
    """The served fake waits two seconds and a half for a body; a product waits ten."""
    head = b"POST " + BOOK.encode() + b" HTTP/1.1\r\nHost: @HOST\r\nContent-Length: 100\r\n\r\nidentity"
    assert status(say(site, head, wait=9)) == 408, "well before the ten seconds of a product"


def test_head_has_no_body(site):
    answer = say(site, b"HEAD /home-cleaning/ HTTP/1.1\r\nHost: @HOST\r\nConnection: close\r\n\r\n", wait=2)
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\n")


def test_a_header_of_two_lines_cannot_be_sent_back(site):
    answer = say(site, b"GET /home-cleaning/board%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: @HOST\r\n\r\n")
    assert b"set-cookie" not in answer.lower()
