"""Room web: one request at one organisation in one language, and how it becomes a page with head, nav and foot."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from litestar import Request, Response
from litestar.datastructures import State
from markupsafe import Markup

from tepati.errors import NotFound, Refused, TepatiError
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, cookies, forms
from tepati.web.choice import Choice, signalled, waits
from tepati.web.edge import CSP
from tepati.web.forms import Form
from tepati.web.house import House, Style, html, other, packed, sayer
from tepati.web.ports import Head, OrgSurface
from tepati.web.site.shop import Read
from tepati.web.words import Say

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
Asked = Request[Any, Any, State]
Page = Response[bytes]


# Pages that are compressed: BREACH needs a visitor's secret beside an echo, and these hold neither. A form's token is
# given to anybody who asks, to each another; behind a session, and where words are shown again, nothing is compressed.
BOARD = frozenset({"board", "board_part", "board_state"})
PUBLIC = BOARD | {"home", "notice", "terms", "verify", "history", "version", "changes", "news"}
LONG = BOARD | {"notice"}  # pages of many promises: drawn once in some seconds, the same for everybody
FORMS = frozenset({"site/book.html", "site/contact.html", "site/choices.html", "site/door.html"})
NO_BANNER = frozenset({"cookies", "verify"})  # the choice itself, and a page whose policy lets no form leave


def house_of(request: Asked) -> House:
    """Return what the server was built from."""
    house: House = request.app.state.house
    return house


def slugs_of(request: Asked) -> frozenset[str]:
    """Return the organisations that the request's Host may show ("" is the demo's own pages); the edge has decided."""
    return cast("frozenset[str]", request.scope.get("tepati.slugs", frozenset()))


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request is: which organisation, which language, which page."""

    house: House
    org: OrgSurface
    lang: str
    page: str
    packs: bool = False  # the browser takes gzip, and typed nothing that the page could echo
    area: str = "site"  # whose words the page says
    choice: Choice = field(default_factory=Choice)  # what this browser chose about optional cookies
    signal: bool = False  # it sends Global Privacy Control
    look: str = ""  # how it wants pages to look
    path: str = ""
    session: bool = False  # it brought one, in force or not
    form: str = ""  # which of the further forms it is at

    @property
    def say(self) -> Say:
        return sayer(self.lang, self.area, self.org.notice.organisation.form_of_address)

    def spoken(self, sentence: str) -> str:
        """Say a sentence that no organisation wrote in this one's form of address."""
        return speech.addressed(sentence, self.lang, self.org.notice.organisation.form_of_address)

    @property
    def asks(self) -> bool:
        """Say whether the banner stands on this page."""
        return self.page not in NO_BANNER and waits(self.org.notice, self.choice, signal=self.signal)

    @property
    def read(self) -> Read:
        """The site.toml of this organisation, at the form that is asked for."""
        found = self.house.shop(self.org.slug)
        return found.further[self.form] if self.form else found

    @property
    def tz(self) -> str:
        return self.org.notice.organisation.timezone

    @property
    def zone(self) -> str:
        """Name the organisation's zone as its instants do: WIB, WITA, WIT."""
        return self.instant(self.now).rpartition(" ")[2]

    @property
    def now(self) -> int:
        return self.house.config.now()

    def url(self, page: str, tail: str = "") -> str:
        """Return the path of another page of this organisation in this language."""
        return addresses.path(page, self.org.slug, self.lang, tail)

    @property
    def home(self) -> str:
        """Return where this site is found: on paper, paths alone lead nowhere."""
        return addresses.absolute(self.house.config.origins, "home", self.org.slug, self.lang)

    def instant(self, us: int) -> str:
        """Say an instant in the organisation's zone."""
        return speech.instant(us, self.tz, self.lang)

    def time(self, us: int, *, deadline: bool = False) -> Markup:
        """Say an instant as a ``time`` element that machines read too."""
        said = (speech.deadline if deadline else speech.instant)(us, self.tz, self.lang)
        return timed(us, said)

    async def head(self) -> Head | None:
        """Return the ledger's head for the foot; a page never fails because its foot is unknown."""
        try:
            return await self.org.head()
        except TepatiError:
            return None

    async def soon(self) -> tuple[int, int] | None:
        """Return the version that comes, for the banner of the site; a page never fails because of its banner."""
        try:
            return await self.org.soon() if self.area != "console" else None
        except TepatiError:
            return None

    def only(self, form: Form, declared: Iterable[str], point: str) -> None:
        """Refuse what a point does not ask for; the board counts it as it counts the API's. Raises Refused."""
        try:
            forms.only(form, declared, f"points.{point}")
        except Refused:
            self.org.stray(point)
            raise

    @property
    def assistance(self) -> str:
        """Say in which ways people with disabilities are served, and how to ask; "" where the notice offers none."""
        right, called = self.org.notice.rights.get("assistance"), labels(self.org.notice, self.lang)
        if right is None or not right.channels:
            return ""
        channels, ways = called.any_of("channel", right.channels), called.any_of("way", right.ways)
        return self.spoken(self.say("assist.ways" if right.ways else "assist.plain", ways=ways, channels=channels))

    def form_url(self, read: Read) -> str:
        """Return the path of a form page in this language."""
        made = self.house.shop(self.org.slug).shop.forms.get(read.key)
        return self.url("form", made.path.of(self.lang)) if made else self.url("book")

    async def draw(
        self, template: str, status: int = 200, *, tail: str = "", headers: Mapping[str, str] | None = None,
        elsewhere: str = "", **more: Any,
    ) -> Page:  # fmt: skip
        """Render a page; ``tail`` is the last segment of its path, so that the other language is one press away.

        ``elsewhere`` is that segment in the other language, where it is another.
        """
        light = self.packs and status == 200 and not self.session and (self.page in PUBLIC or template in FORMS)
        head, announced = await self.head(), await self.soon()
        key = (self.org.slug, self.org.digest, self.path, self.asks, self.look, self._first, head, announced)
        held = self.house.pages.get(key, self.now) if light and self.page in LONG else None
        if held is not None:
            return Response(held[0], media_type="text/html", headers=held[1])
        dress = self.house.dresses[self.org.slug]
        style = dress.style if light and self._first and "content-security-policy" not in (headers or {}) else None
        body = self.house.draw(
            template,
            self.lang,
            self.area,
            v=self,
            org=self.org,
            shop=self.read.shop,
            page=self.page,
            head=head,
            announced=announced,
            counterpart=addresses.path(self.page, self.org.slug, other(self.lang), elsewhere or tail),
            style=style.markup if style else "",
            sheet=f"/static/{dress.sheet.name}",
            mark=dress.mark,
            say=self.say,
            **more,
        )
        if not light:
            return html(body, status, headers)
        made = self._light(body, style, headers or {})
        if self.page in LONG:
            self.house.pages.put(key, self.now, (made.content, made.headers))
        return made

    def _light(self, body: str, style: Style | None, headers: Mapping[str, str]) -> Page:
        """Compress a page; one that brings its stylesheet says so in its policy."""
        if style is None:
            return packed(body, headers)
        policy = CSP.replace("style-src 'self'", f"style-src 'self' {style.allowed}")
        return packed(body, {**headers, "content-security-policy": policy}, style)

    @property
    def _first(self) -> bool:
        """Say whether this browser seems new here: then the stylesheet comes within the page, one round trip sooner."""
        return not self.choice.made


def placed_in(at: Visit, lang: str) -> Visit:
    """Place the same visit in a language that its path does not say."""
    return replace(at, lang=lang) if lang in addresses.LANGUAGES else at


def timed(us: int, said: str) -> Markup:
    """Put an instant and its words into a ``time`` element."""
    stamp = (EPOCH + dt.timedelta(microseconds=us)).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(stamp, said)


def surface_of(request: Asked, org: str) -> OrgSurface:
    """Find an organisation. Raises NotFound for one that this Host does not serve."""
    if org not in slugs_of(request):
        raise NotFound("page")
    return house_of(request).org(org)


def visit(request: Asked, org: str, page: str, area: str = "site") -> Visit:
    """Place a request. Raises NotFound for an organisation that this Host does not serve."""
    surface, path, headers = surface_of(request, org), request.scope["path"], request.headers
    return Visit(
        house_of(request), surface, addresses.language_of(path), page,
        request.method == "GET" and "gzip" in headers.get("accept-encoding", ""), area,
        choice=cookies.chosen(request, org), signal=signalled(headers.getall("sec-gpc", [])),
        look=cookies.look(request, org), path=path, session=bool(cookies.read(request, org, "session")),
    )  # fmt: skip
