"""Room web: in by a sign-in provider: the browser leaves, comes back, and begins an account or connects one.

Coming back is a GET, as the provider sends it; its ``state`` is the form's token, taken once, and of no use without
this browser's cookie. No page says where to go next but our own, and no failure repeats what the provider sent.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Expired, NotFound, TepatiError, Unavailable
from tepati.flows.acts.come_back import Arrived, Back, come_back
from tepati.flows.acts.depart import Leaving, depart
from tepati.flows.acts.disconnect import disconnect
from tepati.flows.acts.heed import untold
from tepati.flows.acts.join import join, offer
from tepati.flows.visitors import Visitor, new_device, person_in
from tepati.flows.ways import way
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.errors import STATUS, told
from tepati.web.forms import Form, one
from tepati.web.site.enter import door, fresh
from tepati.web.site.frame import Asked, Page, Visit, placed_in, visit
from tepati.web.site.inside import SURFACE, posted

LONGEST = 8000  # characters of what a browser brings back
NEW = "provider_new"


@post(addresses.both("provider"), status_code=200)
async def leave(request: Asked, org: FromPath[str]) -> Page:
    """Send the browser to a provider. Raises BadInput (forged), Expired, NotFound, Refused."""
    at = visit(request, org, "provider", SURFACE)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "provider", at.now)
    try:
        return await _leave(request, at, form)
    except BadInput as no:
        if no.code != "sign_in_untick":
            raise
        return await door(at, untick=one(form, "name"))


async def _leave(request: Asked, at: Visit, form: Form, who: Visitor | None = None) -> Page:
    name = one(form, "name")
    provider, found = at.org.providers.get(name), way(at.org.notice, name)
    if provider is None or found is None:
        raise NotFound("page")
    forms.only(form, ("name", "do", *(f"asks.{q}" for q in found.questions)), f"points.{found.point}")
    ticks = frozenset(q for q in found.questions if one(form, f"asks.{q}") == "yes")
    back = addresses.absolute(at.house.config.origins, "provider_back", at.org.slug, "id")
    try:
        left = await depart(at.org.desk, provider, Leaving(name, at.lang, back, ticks, who))
    except Unavailable as gone:
        return await _failed(at, gone)
    page = await at.draw("site/away.html", away=left.address, host=urlsplit(left.address).hostname)
    cookies.keep(page, request, at.org.slug, "sign_in", f"{at.lang}~{left.held}")
    return page


@get(addresses.both("provider_back"))
async def back(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take a browser back. Raises NotFound (the notice declares no such way)."""
    kept = cookies.read(request, org, "sign_in")
    at = placed_in(visit(request, org, "provider_back", SURFACE), kept.partition("~")[0])
    carried = Back(kept.partition("~")[2], answer(request), cookies.read(request, org, "session"),
                   cookies.read(request, org, "device"), cookies.label(request))  # fmt: skip
    try:
        arrived = await come_back(at.org.desk, at.org.providers, carried)
    except TepatiError as no:
        if STATUS.get(type(no), 500) == 500:
            raise
        return await _failed(at, no)
    return await _arrived(request, at, arrived)


def answer(request: Asked) -> Mapping[str, str]:
    """Read what the provider had the browser bring; what is said twice, or is absurd, is nothing."""
    raw = request.scope["query_string"]
    pairs = parse_qsl(raw.decode("ascii", "replace"), max_num_fields=20) if len(raw) <= LONGEST else []
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


async def _arrived(request: Asked, at: Visit, arrived: Arrived) -> Redirect:
    if not arrived.session:
        return Redirect(at.url("security" if arrived.connected else NEW), status_code=303)
    behind, _ = await untold(at.org.desk, person_in(arrived.session))
    answer = Redirect(at.url("heed" if behind else "centre"), status_code=303)
    device = cookies.read(request, at.org.slug, "device") or new_device(at.house.config.random)
    return _let_in(answer, request, at, arrived.session, device)


def _let_in(answer: Redirect, request: Asked, at: Visit, session: str, device: str) -> Redirect:
    cookies.keep(answer, request, at.org.slug, "session", session)
    cookies.keep(answer, request, at.org.slug, "device", device)
    cookies.drop(answer, request, at.org.slug, "sign_in")
    return answer


async def _failed(at: Visit, why: TepatiError) -> Page:
    """Say that nobody is signed in, and how to go on; nothing of what came is repeated."""
    if isinstance(why, BadInput) and why.code == "sign_in_missing":
        fields = labels(at.org.notice, at.lang).fields([name for name in why.faults if "." in name])
        why = BadInput("sign_in_missing", fields=fields)
    status = next((STATUS[kind] for kind in type(why).__mro__ if kind in STATUS), 500)
    return await at.draw("site/astray.html", status, because=at.spoken(told(why, at.lang)))


@get(addresses.both(NEW))
async def new(request: Asked, org: FromPath[str]) -> Page:
    """Show what would be kept of somebody whom nobody knows yet, and for what."""
    at = visit(request, org, NEW, SURFACE)
    held = cookies.read(request, org, "sign_in").partition("~")[2]
    try:
        found = await offer(at.org.desk, held)
    except (Expired, BadInput) as no:
        return await _failed(at, no)
    notice, said = at.org.notice, labels(at.org.notice, at.lang)
    serves = [(speech.capital(said.purpose(name)), said.say(f"basis.{notice.purposes[name].basis}"))
              for name in notice.points[found.point].for_]  # fmt: skip
    return await at.draw(
        "site/provider_new.html",
        who=said.recipient(found.name),
        serves=serves,
        token=fresh(at, _bound(held)),
        values=[(speech.capital(said.field(path)), value) for path, value in found.values.items()],
    )


@post(addresses.both(NEW), status_code=303)
async def begin(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Begin the account that was shown. Raises BadInput (forged), Expired, NotFound, Refused."""
    at = visit(request, org, NEW, SURFACE)
    held = cookies.read(request, org, "sign_in").partition("~")[2]
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, _bound(held), at.now)
    forms.only(form, (), "rights.access")
    try:
        begun = await join(at.org.desk, held, cookies.read(request, org, "device"), cookies.label(request))
    except (Expired, BadInput) as no:
        return await _failed(at, no)
    return _let_in(Redirect(at.url("centre"), status_code=303), request, at, begun.session, begun.device)


def _bound(held: str) -> str:
    return tokens.bound(NEW, held)


@post(addresses.both("connect"), status_code=200)
async def connect(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Send somebody who came in to a provider, to connect it; or disconnect one. Raises Away, BadInput, Refused."""
    here, form, _ = await posted(request, org, "connect")
    if one(form, "do") == "disconnect":
        forms.only(form, ("do", "name"), "security.own_account")
        await disconnect(here.at.org.desk, here.who, one(form, "name"))
        return here.to("security")
    try:
        return await _leave(request, here.at, form, here.who)
    except BadInput as no:
        return await _failed(here.at, no)
