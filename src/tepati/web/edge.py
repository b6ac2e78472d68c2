"""Room web: the outermost layer, before any route: host, transport, size, speed, rate; headers on every answer.

Rules: an unknown Host is 421; a body is read whole, within a limit and a time, before a handler sees the request;
client and scheme are believed from declared proxies only; the log says route templates, never paths or values.
"""

import asyncio
import base64
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from tepati.web import uploads
from tepati.web.config import WebConfig, console_of, trusted
from tepati.web.throttle import Throttle

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refusal = Callable[[int, str], tuple[bytes, list[tuple[bytes, bytes]]]]  # status, path -> body, headers

LOG = logging.getLogger("tepati.web.access")
CSP = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
)
HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


# A link's secret stands behind these, and mail providers press one-click links in bulk.
TOKENED = re.compile(r"/[^/]+/(?:en/)?[ks]/[^/]+")
# The only forms that may bring a file.
UPLOADS = re.compile(
    r"/[^/]+/(?:hubungi|en/contact|pusat-privasi/(?:unggah|bukti)|en/privacy-centre/(?:upload|proof)"
    r"|konsol/unggah|en/console/upload)"
)
TABLES = re.compile(r"/v1/[^/]+/upload")
DRAFTS = re.compile(r"/[^/]+/(?:konsol/kebijakan/sunting|en/console/notice/edit)")  # a whole notice, as it is typed
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
DRAFT_LIMIT = 2 * 1024 * 1024  # bytes: the longest notice, each of its characters spelt with three
API = "/v1/"
# Forms by which anybody can have a letter or message sent, or try a password or code: fewer of them from one network.
LETTERS = re.compile(
    r"/[^/]+/(?:hubungi|en/contact|formulir/[^/]+|en/form/[^/]+|pesan/kode|en/book/code|konsol/masuk|en/console/sign-in"
    r"|pusat-privasi/(?:terkirim|sandi|kode|nomor(?:/kode)?)|en/privacy-centre/(?:sent|password|code|number(?:/code)?))"
)
LETTERS_SHARE = 3  # as many times fewer than other forms
UPLOAD_TIMES = 6  # as long as for another body: 2 MB at 1.6 Mbit/s take ten seconds
CALLS = 20  # times as many calls of staff's programs as forms from one network, but no more sessions that fail


class Turned(Exception):
    """The edge sends a request away before any handler; ``headers`` go with the answer."""

    def __init__(self, status: int, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


class Edge:
    """Wraps the application; ``refusal`` renders the page of a turned request."""

    def __init__(self, app: App, config: WebConfig, refusal: Refusal) -> None:
        self.app, self.config, self.refusal = app, config, refusal
        self.hosts, self.proxies = config.hosts(), config.networks()
        self.throttle = Throttle(config.posts_per_minute, config.key)
        self.letters = Throttle(-(-config.posts_per_minute // LETTERS_SHARE), config.key)
        self.calls = Throttle(config.posts_per_minute * CALLS, config.key)
        self.failures = Throttle(config.posts_per_minute, config.key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # no websockets here; the server closes the connection
        started, status = self.config.now(), 500

        async def outward(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status == 401 and scope["path"].startswith(API):
                    self.failures.wait(_client(scope), started)
                message["headers"] = _dressed(message["headers"], scope["scheme"])
            await send(message)

        try:
            await self._through(scope, receive, _headless(outward) if scope["method"] == "HEAD" else outward)
        finally:
            self._log(scope, status, self.config.now() - started)

    async def _through(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._admit(scope)
            body = await self._body(scope, receive)
        except Turned as turned:
            await self._turn(scope, send, turned)
            return
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
        await self.app(scope, _replay(body, receive), send)

    def _admit(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._locate(scope, headers)
        slugs = self._host(headers)
        scope["tepati.slugs"] = slugs
        _spelling(scope)
        if self.config.access_code:
            _unlock(headers, self.config.access_code)
        if scope["scheme"] != "https" and not self.config.demo:
            self._secure(scope)
        if scope["method"] == "POST" or scope["path"].startswith(API):  # a GET with a bearer is a try of it, too
            self._post(scope, headers)

    def _post(self, scope: Scope, headers: list[tuple[bytes, bytes]]) -> None:
        """Refuse what another site caused, and slow one network down; but not where a secret is shown."""
        if TOKENED.fullmatch(scope["path"]):
            return  # no cookie counts there: whoever holds the link may press it from anywhere (RFC 8058 section 3.2)
        _same_site(headers, self.hosts)
        client, now = _client(scope), self.config.now()
        if scope["path"].startswith(API):
            wait = self.failures.full(client, now) or self.calls.wait(client, now)
        elif DRAFTS.fullmatch(scope["path"]):
            wait = self.calls.wait(client, now)
        else:
            wait = self.throttle.wait(client, now)
            if not wait and LETTERS.fullmatch(scope["path"]):
                wait = self.letters.wait(client, now)
        if wait:
            raise Turned(429, (b"retry-after", str(wait).encode()))

    def _locate(self, scope: Scope, headers: list[tuple[bytes, bytes]]) -> None:
        """Believe X-Forwarded-* from a declared proxy only: the right-most address that is no proxy is the client."""
        client = scope.get("client")
        if not client or not trusted(client[0], self.proxies):
            return
        if _only(headers, b"x-forwarded-proto") in ("http", "https"):
            scope["scheme"] = _only(headers, b"x-forwarded-proto")
        hops = [hop.strip() for hop in ",".join(_each(headers, b"x-forwarded-for")).split(",") if hop.strip()]
        outside = [hop for hop in hops if not trusted(hop, self.proxies)]
        if outside:
            scope["client"] = (outside[-1], 0)

    def _host(self, headers: list[tuple[bytes, bytes]]) -> frozenset[str]:
        slugs = self.hosts.get(_only(headers, b"host").lower())
        if slugs is None:
            raise Turned(421)
        return slugs

    def _secure(self, scope: Scope) -> None:
        """Move a plain GET to https at the configured origin; a plain POST was already sent in clear: refuse it."""
        if scope["method"] not in ("GET", "HEAD"):
            raise Turned(403)
        slug = scope["path"].lstrip("/").partition("/")[0]
        console = console_of(slug) in scope["tepati.slugs"]
        origin = (self.config.consoles if console else self.config.origins).get(slug) or self.config.origins.get("", "")
        if urlsplit(origin).scheme != "https":
            raise Turned(403)
        raise Turned(308, (b"location", origin.encode() + scope["raw_path"]))

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        declared = _only(scope["headers"], b"content-length") or "0"
        if not declared.isdecimal():
            raise Turned(400)
        parts = _only(scope["headers"], b"content-type").startswith(uploads.KIND)
        brings = TABLES.fullmatch(scope["path"]) or (parts and UPLOADS.fullmatch(scope["path"]))
        limit, wait = self.config.body_limit, self.config.body_timeout
        if brings and scope["method"] == "POST":
            limit, wait = uploads.BODY_LIMIT, wait * UPLOAD_TIMES
        elif DRAFTS.fullmatch(scope["path"]):
            limit = DRAFT_LIMIT
        if int(declared) > limit:
            raise Turned(413, (b"connection", b"close"))
        try:
            async with asyncio.timeout(wait):
                return await _gather(receive, limit)
        except TimeoutError:
            raise Turned(408, (b"connection", b"close")) from None

    async def _turn(self, scope: Scope, send: Send, turned: Turned) -> None:
        body, headers = self.refusal(turned.status, scope["path"])
        await send({"type": "http.response.start", "status": turned.status, "headers": [*headers, *turned.headers]})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _log(self, scope: Scope, status: int, took: int) -> None:
        LOG.info("%s %s %d %d us", _word(scope["method"]), scope.get("path_template", "-") or "/", status, took)


def _client(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _word(method: str) -> str:
    """Keep what a client made up out of the log."""
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "?"


def _each(headers: list[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key == name]


def _only(headers: list[tuple[bytes, bytes]], name: bytes) -> str:
    """Return a header or nothing; sent twice it is an attack: two Hosts, two lengths (RFC 9112 section 3.2)."""
    found = _each(headers, name)
    if len(found) > 1:
        raise Turned(400)
    return found[0] if found else ""


def _spelling(scope: Scope) -> None:
    """Refuse paths and queries that are no UTF-8, hold control characters, or are absurdly long."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    for part in (raw, scope.get("query_string", b"")):
        decoded = unquote_to_bytes(part)
        if len(part) > 4096 or _CONTROL.search(decoded):
            raise Turned(400)
        try:
            decoded.decode("utf-8")
        except UnicodeDecodeError:
            raise Turned(400) from None


def _same_site(headers: list[tuple[bytes, bytes]], hosts: dict[str, frozenset[str]]) -> None:
    """Refuse a POST that another site caused. Under no-referrer our own forms send ``Origin: null`` (Fetch 3.2.5)."""
    site, origin = _only(headers, b"sec-fetch-site"), _only(headers, b"origin")
    if site and site not in ("same-origin", "none"):
        raise Turned(403)
    if origin not in ("", "null") and urlsplit(origin).netloc.lower() != _only(headers, b"host").lower():
        raise Turned(403)
    if origin not in ("", "null") and urlsplit(origin).netloc.lower() not in hosts:
        raise Turned(403)


def _unlock(headers: list[tuple[bytes, bytes]], code: str) -> None:
    """Ask for the printed access code by HTTP Basic (RFC 7617): works without script, cookie or page."""
    scheme, _, given = _only(headers, b"authorization").partition(" ")
    try:
        said = base64.b64decode(given.encode("latin-1"), validate=True).partition(b":")[2]
    except ValueError:
        said = b""
    if scheme.lower() != "basic" or not hmac.compare_digest(said, code.encode()):
        raise Turned(401, (b"www-authenticate", b'Basic realm="Tepati demo", charset="UTF-8"'))


async def _gather(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Turned(400)
        body += message.get("body", b"")
        if len(body) > limit:
            raise Turned(413, (b"connection", b"close"))
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _headless(send: Send) -> Send:
    async def without_body(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return without_body


def _dressed(headers: list[tuple[bytes, bytes]], scheme: str) -> list[tuple[bytes, bytes]]:
    """Add what every answer carries; a handler's own value stands."""
    own = {key.lower() for key, _ in headers}
    added = [pair for pair in HEADERS if pair[0] not in own]
    return [*headers, *added, *([HSTS] if scheme == "https" else [])]
