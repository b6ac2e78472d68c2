"""Room web: what all pages share: configuration, surfaces, templates, and the two languages."""

import asyncio
import base64
import gzip
import struct
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from markupsafe import Markup

from tepati.errors import NotFound
from tepati.flows.history import Version
from tepati.notice import speech
from tepati.notice.document import Document, document
from tepati.notice.words import words
from tepati.web import addresses
from tepati.web.config import WebConfig
from tepati.web.ports import DemoSurface, OrgSurface
from tepati.web.site import look
from tepati.web.site.fitting import shop
from tepati.web.site.shop import Read
from tepati.web.throttle import Throttle
from tepati.web.words import Say

PRESS = ThreadPoolExecutor(1, "press")  # a notice takes some tenths of a second
GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # the head of a member without name or time (RFC 1952)
Drawn = tuple[bytes, dict[str, Any]]  # a page's bytes and headers
SECONDS, MOST = 10_000_000, 64  # microseconds that a drawn page is shown; pages held at once
KEY_CALLS = 10  # times as many calls of one API key, from all its networks, as forms from one network
FOREVER = "public, max-age=31536000, immutable"
SCRIPTS = ("verify", "draft", "passkey", "place")


class Away(Exception):
    """A page is behind a door: whoever has no session there is led to it (``errors.of_away``)."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Asset:
    """A file served under a name that changes with its content; ``packed`` is gzip, empty where that gains nothing."""

    name: str
    kind: str
    body: bytes
    packed: bytes = b""


@dataclass(frozen=True, slots=True)
class Style:
    """The stylesheet within a page: as markup, as bytes, deflated once for all pages, and how a policy allows it."""

    markup: Markup
    text: bytes
    deflated: bytes
    allowed: str


@dataclass(frozen=True, slots=True)
class Dress:
    """How an organisation's pages look: the stylesheet with its accent, as a file and within a page, and its mark."""

    sheet: Asset
    style: Style
    mark: Markup


@cache
def _assets() -> dict[str, Asset]:
    """Load font, stylesheet and scripts; the stylesheet names the font by its final address."""
    folder = files("tepati.web").joinpath("static")
    font = folder.joinpath("plus-jakarta-sans.woff2").read_bytes()
    font_name = f"plus-jakarta-sans.{sha256(font).hexdigest()[:10]}.woff2"
    sheet = folder.joinpath("tepati.css").read_bytes().replace(b"plus-jakarta-sans.woff2", font_name.encode())
    return {
        **{stem: _script(stem, folder.joinpath(f"{stem}.js").read_bytes()) for stem in SCRIPTS},
        "font": Asset(font_name, "font/woff2", font),
        "sheet": _sheet(sheet),
    }


def _sheet(body: bytes) -> Asset:
    name = f"tepati.{sha256(body).hexdigest()[:10]}.css"
    return Asset(name, "text/css", body, gzip.compress(body, 9, mtime=0))


def _script(stem: str, body: bytes) -> Asset:
    name = f"{stem}.{sha256(body).hexdigest()[:10]}.js"
    return Asset(name, "text/javascript", body, gzip.compress(body, 9, mtime=0))


@cache
def _templates() -> Environment:
    """Load the templates beside the handlers; everything is escaped, a missing value is an error."""
    made = Environment(
        loader=PackageLoader("tepati.web", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"front": addresses.front, "speech": speech}
    return made


class Pages:
    """Public pages as they were last drawn, for ``SECONDS`` at most, and only so many."""

    def __init__(self) -> None:
        self._held: dict[object, tuple[int, Drawn]] = {}

    def get(self, key: object, now: int) -> Drawn | None:
        """Return a page drawn not long ago."""
        at, drawn = self._held.get(key, (0, None))
        return drawn if drawn and 0 <= now - at < SECONDS else None

    def put(self, key: object, now: int, drawn: Drawn) -> None:
        """Hold a page."""
        if len(self._held) >= MOST:
            self._held.clear()
        self._held[key] = (now, drawn)


@dataclass(frozen=True)
class House:
    """Everything a handler may reach; no handler reaches further down than ``orgs`` and ``demo``."""

    config: WebConfig
    orgs: Mapping[str, OrgSurface]
    demo: DemoSurface | None
    assets: Mapping[str, Asset] = field(default_factory=_assets)
    pages: Pages = field(default_factory=Pages)

    @cached_property
    def _keys(self) -> Throttle:
        return Throttle(self.config.posts_per_minute * KEY_CALLS, self.config.key)

    def keyed(self, key: str) -> int:
        """Count one call by an API key; return 0, or the seconds to wait. No key (a session): not counted here."""
        return self._keys.wait_named(key, self.config.now()) if key else 0

    @cached_property
    def _shops(self) -> dict[tuple[str, bytes], Read]:
        return {}

    @property
    def shops(self) -> dict[str, Read]:
        """Each organisation's site.toml, read against its notice, once for each version. Raises Misconfigured."""
        return {slug: self.shop(slug) for slug in self.orgs}

    def shop(self, slug: str) -> Read:
        """Return what the pages of one organisation say beside its notice. Raises Misconfigured."""
        org = self.orgs[slug]
        key = slug, org.digest
        if key not in self._shops:
            self._shops[key] = shop(org.site, org.notice)
        return self._shops[key]

    @cached_property
    def _documents(self) -> dict[tuple[str, bytes, str], Document]:
        return {}

    def document(self, slug: str, lang: str, past: Version | None = None) -> Document:
        """Return an organisation's notice, or an earlier one, as a document; made once for each (10 ms)."""
        org = self.orgs[slug]
        key = (slug, past.digest if past else org.digest, lang)
        if key not in self._documents:
            read = past and past.notice
            self._documents[key] = document(read, lang, since=past.since) if past and read else org.document(lang)
        return self._documents[key]

    @cached_property
    def _prints(self) -> dict[tuple[bytes, str], asyncio.Future[bytes]]:
        return {}

    async def printed(self, document: Document, digest: bytes) -> bytes:
        """Return a notice as PDF; set once, one at a time, off the loop. Raises NotFound where there is no press."""
        press, key = self.config.press, (digest, document.lang)
        if press is None:
            raise NotFound("page")
        if key not in self._prints:
            self._prints[key] = asyncio.get_running_loop().run_in_executor(PRESS, press, document, digest)
        try:
            return await asyncio.shield(self._prints[key])
        except Exception:
            self._prints.pop(key, None)
            raise

    def org(self, slug: str) -> OrgSurface:
        """Return an organisation. Raises NotFound."""
        try:
            return self.orgs[slug]
        except KeyError:
            raise NotFound("page") from None

    @cached_property
    def dresses(self) -> dict[str, Dress]:
        """Each organisation's own look."""
        plain = self.assets["sheet"]
        made = {}
        for slug, read in self.shops.items():
            own = look.rules(read.shop.look)
            sheet = _sheet(plain.body + own) if own else plain
            made[slug] = Dress(sheet, self._style(sheet), look.mark(read.shop.look))
        return made

    @property
    def files(self) -> list[Asset]:
        """Every file that is served."""
        return [*self.assets.values(), *(dress.sheet for dress in self.dresses.values())]

    def _style(self, sheet: Asset) -> Style:
        """The stylesheet as it stands within a page that is seen for the first time."""
        font = self.assets["font"].name
        text = sheet.body.replace(font.encode(), f"/static/{font}".encode())
        allowed = base64.b64encode(sha256(text).digest()).decode()
        return Style(Markup(text.decode("utf-8")), text, _deflated(text), f"'sha256-{allowed}'")  # noqa: S704 - our own

    def draw(self, template: str, lang: str, area: str = "site", **values: Any) -> str:
        """Render a template in a language, with the words of an area, or the site's where that has none."""
        return (
            _templates()
            .get_template(template)
            .render(
                lang=lang,
                other_say=words(other(lang), "site").say,
                demo=self.config.demo,
                **{
                    "style": "",
                    "sheet": f"/static/{self.assets['sheet'].name}",
                    "say": sayer(lang, area),
                    **values,
                },
            )
        )


def sayer(lang: str, area: str, form: str = "") -> Say:
    """Say the keys of an area, and those of the site that it lacks, in a notice's form of address."""
    own, shared = words(lang, area, form), words(lang, "site", form)

    def say(key: str, /, **values: str | int) -> str:
        return (own if key in own else shared).say(key, **values)

    return say


def other(lang: str) -> str:
    """Return the counterpart language."""
    return "id" if lang == "en" else "en"


def html(body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """Answer with a page."""
    return Response(
        body.encode("utf-8"),
        status_code=status,
        media_type="text/html",
        headers=dict(headers or {}),
    )


def packed(body: str, headers: Mapping[str, str], style: Style | None = None) -> Response[bytes]:
    """Answer with a compressed page: 40 kB of notice become 8. A stylesheet within it is not compressed again."""
    more = {**headers, "content-encoding": "gzip", "vary": "accept-encoding"}
    raw = body.encode("utf-8")
    if style is None:
        return Response(gzip.compress(raw, 6, mtime=0), media_type="text/html", headers=more)
    before, _, after = raw.partition(style.text)
    parts = (GZIP, _deflated(before), style.deflated, _deflated(after, last=True))
    ends = struct.pack("<II", zlib.crc32(raw), len(raw))
    return Response(b"".join((*parts, ends)), media_type="text/html", headers=more)


def _deflated(raw: bytes, *, last: bool = False) -> bytes:
    """Deflate a part that ends on a byte and looks back at no other, so that parts can be put together (RFC 1951)."""
    made = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return made.compress(raw) + made.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def asset_response(asset: Asset, accepts: str) -> Response[bytes]:
    """Answer with a file that never changes under its name."""
    packed = bool(asset.packed) and "gzip" in accepts
    headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(asset.packed if packed else asset.body, media_type=asset.kind, headers=headers)
