"""Room web: a request at the console, behind a staff session of two factors and an undertaking in force.

The router's guard: this Host serves the console, the session is of this organisation and of staff, the form's token of
this session and surface. The name shown was opened once at sign-in and travels in the browser of its owner, signed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar.response import Redirect

from tepati.errors import Expired, NotFound, Refused
from tepati.flows import keepers
from tepati.flows.actor import Actor
from tepati.flows.acts import overview
from tepati.flows.acts.happen import records
from tepati.flows.acts.opinions import reading
from tepati.flows.acts.person import sights
from tepati.flows.acts.staff import signed_in
from tepati.flows.acts.uploads import brings
from tepati.flows.answering import answers
from tepati.flows.checking import checks
from tepati.flows.coarse import FEW
from tepati.flows.desk import Desk
from tepati.flows.inquiries import investigates, suspects
from tepati.flows.stewards import OVER_STAFF
from tepati.flows.till import tills
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, cookies, forms, tokens, uploads
from tepati.web.config import console_of
from tepati.web.console.telling import Telling
from tepati.web.forms import Form, one
from tepati.web.house import Away
from tepati.web.site.frame import Asked, Page, Visit, house_of, slugs_of

SURFACE = "console"
HOURS = 9 * 60  # minutes: a name lives a little longer than its session
NAV: tuple[tuple[str, tuple[str, ...]], ...] = (  # page -> words of ``may`` of which one is needed; none: everybody
    ("today", ()),
    ("queue", ("handle_requests",)),
    ("campaigns", ("send",)),
    ("mails", ("send", "handle_requests", "approve_notice")),
    ("promises", ()),
    ("alerts", ()),
    ("ledger", ()),
    ("retention", ("handle_requests", "approve_notice")),
    ("recipients", ("handle_requests", "approve_notice")),
    ("notices", ("handle_requests", "approve_notice")),
    ("cases", ("handle_requests", "approve_notice")),
    ("papers", ("advise", "handle_requests", "approve_notice")),
    ("own", ()),
)
WORK: tuple[tuple[str, Callable[[Desk, Actor], bool]], ...] = (  # page -> whether a member's roles have a part in it
    ("bookings", overview.plans),
    ("people", lambda desk, actor: any(sights(desk, actor))),
    ("complaints", answers),
    ("events", records),
    ("checks", checks),
    ("till", lambda desk, actor: bool(tills(desk, actor))),
    ("bring", lambda desk, actor: bool(brings(desk, actor))),
    ("inquiries", lambda desk, actor: bool(investigates(desk, actor) or suspects(desk, actor))),
    ("opinions", lambda desk, actor: reading(desk, actor) is not None),
    ("minors", keepers.may),
    ("staff", lambda desk, actor: overview.may(desk, actor, OVER_STAFF)),
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A visit of a member of staff: who, in which roles, since which session."""

    at: Visit
    actor: Actor
    session: str
    name: str

    @property
    def desk(self) -> Desk:
        return self.at.org.desk

    @property
    def roles(self) -> str:
        """Call the member's roles as the notice does."""
        called = labels(self.at.org.notice, self.at.lang)
        known = [role for role in self.actor.roles if role in self.at.org.notice.roles]
        return speech.capital(speech.listing([called.role(role) for role in known], self.at.lang))

    def may(self, *words: str) -> bool:
        """Say whether one of the member's roles has one of these words of ``may``; without words: yes."""
        roles = self.at.org.notice.roles
        given = {word for role in self.actor.roles if role in roles for word in roles[role].may}
        return not words or bool(given & set(words))

    def need(self, *words: str) -> None:
        """Refuse whoever has none of these words of ``may``. Raises Refused."""
        if not self.may(*words):
            raise Refused("act_not_given", f"roles.{next(iter(self.actor.roles), 'none')}")

    def serves(self, purpose: str) -> bool:
        """Say whether one of the member's roles is for a purpose."""
        roles = self.at.org.notice.roles
        return any(purpose in roles[role].for_ for role in self.actor.roles if role in roles)

    @property
    def nav(self) -> list[str]:
        """List the pages that this member's roles lead to: the daily work first."""
        first = [page for page, leads in WORK if leads(self.desk, self.actor)]
        said = [page for page, words in NAV if self.may(*words)]
        return [*said[:1], *first, *said[1:]]

    @property
    def told(self) -> Telling:
        """Say lines of the ledger in words."""
        return Telling(self.at)

    def figure(self, n: int) -> str:
        """Say a number; few people are told as few."""
        least = self.at.org.notice.statistics.smallest_group
        return self.at.say("few", n=least) if n == FEW else speech.number(n, self.at.lang)

    def token(self, page: str) -> str:
        """Make the token of a form on a page of this session."""
        config, route = self.at.house.config, tokens.bound(f"{SURFACE}:{page}", self.session)
        return tokens.issue(config.key, self.at.org.slug, route, self.at.org.digest, self.at.now, config.random(16))

    def to(self, page: str, tail: str = "") -> Redirect:
        """Lead to another page after a form was taken."""
        return Redirect(self.at.url(page, tail), status_code=303)

    async def draw(self, template: str, status: int = 200, *, tail: str = "", **more: Any) -> Page:
        """Render a page of the console."""
        counts = await overview.counts(self.desk, self.actor)
        return await self.at.draw(
            f"console/{template}", status, tail=tail, seat=self, nav=self.nav, counts=counts, **more
        )  # fmt: skip


def placed(request: Asked, org: str, page: str) -> Visit:
    """Place a request at the console. Raises NotFound where this Host serves no console of this organisation."""
    if console_of(org) not in slugs_of(request):
        raise NotFound("page")
    house, lang = house_of(request), addresses.language_of(request.scope["path"])
    return Visit(house, house.org(org), lang, page, area=SURFACE)


async def seat(request: Asked, org: str, page: str) -> Seat:
    """Place a request of signed-in staff. Raises Away (to the door, or to the undertaking), NotFound."""
    found = await unbound(request, org, page)
    try:
        found.actor.bound(found.at.now)
    except Refused:
        raise Away(found.at.url("undertake")) from None
    return found


async def unbound(request: Asked, org: str, page: str) -> Seat:
    """Place a request of staff who may not have signed the undertaking yet. Raises Away, NotFound."""
    at = placed(request, org, page)
    session, _, name = cookies.read(request, org, "staff_session").partition("~")
    if not session:
        raise Away(at.url("sign_in"))
    try:
        actor = await signed_in(at.org.desk, session)
        said = tokens.open_ticket(at.house.config.key, name, org, "staff", at.now, HOURS)
    except (Expired, NotFound):
        raise Away(at.url("sign_in")) from None
    return Seat(at, actor, session, said.get("name", ""))


@dataclass(frozen=True, slots=True)
class Brings:
    """A form of a session that brings a file: its fields, its files, and what its token says."""

    seat: Seat
    form: Form
    files: Mapping[str, bytes]
    shown: tokens.Shown


async def posted_file(request: Asked, org: str, page: str, name: str) -> Brings:
    """Read a form that may bring one file, as ``posted``."""
    here = await seat(request, org, page)
    form, files = uploads.parse(await request.body(), request.headers.get("content-type", ""), {name})
    route = tokens.bound(f"{SURFACE}:{page}", here.session)
    return Brings(
        here, form, files, tokens.check(here.at.house.config.key, one(form, "_token"), org, route, here.at.now)
    )


async def posted(
    request: Asked, org: str, page: str, *, bound: bool = True, parse: Callable[[bytes, str], Form] = forms.parse
) -> tuple[Seat, Form, bytes]:
    """Read a form of this session; return it with its own id. Raises Away, BadInput, Expired, NotFound."""
    here = await (seat if bound else unbound)(request, org, page)
    form = parse(await request.body(), request.headers.get("content-type", ""))
    route = tokens.bound(f"{SURFACE}:{page}", here.session)
    shown = tokens.check(here.at.house.config.key, one(form, "_token"), org, route, here.at.now)
    return here, form, shown.form_id
