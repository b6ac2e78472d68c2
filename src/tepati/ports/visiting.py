"""Room ports: a page is asked for from outside, as a browser without JavaScript would, to see what it leaves behind."""

import asyncio
import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

PATIENCE = 10  # seconds for one page
MOST = 2_000_000  # bytes of a page that are read


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: status, the raw ``Set-Cookie`` lines, the page, and where it leads."""

    status: int
    cookies: tuple[str, ...]
    page: str
    location: str


async def visit(origin: str, path: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Answered:
    """Ask for a page, or send a form. Raises OSError where nobody answers in time; no redirect is followed."""
    return await asyncio.to_thread(_visit, origin, path, headers, form)


def _visit(origin: str, path: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> Answered:
    where = urlsplit(origin)
    line = _line(where.scheme, where.netloc)
    body = urlencode(form) if form is not None else None
    kind = {"content-type": "application/x-www-form-urlencoded"} if form is not None else {}
    try:
        line.request("POST" if form is not None else "GET", path, body, {**kind, **headers, "user-agent": "tepati"})
        got = line.getresponse()
        page = got.read(MOST).decode("utf-8", "replace")
        return Answered(got.status, tuple(got.headers.get_all("set-cookie", [])), page, got.headers.get("location", ""))
    except http.client.HTTPException as fault:
        raise OSError(type(fault).__name__) from None
    finally:
        line.close()


def _line(scheme: str, netloc: str) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(netloc, timeout=PATIENCE, context=ssl.create_default_context())
    return http.client.HTTPConnection(netloc, timeout=PATIENCE)
