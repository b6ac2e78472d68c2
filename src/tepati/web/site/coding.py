"""Room web: codes by SMS or WhatsApp: asked for, typed on the page that asked, in the browser that asked.

The page behind a number is the same whether anything was sent; the answer leaves on a beat.
"""

import asyncio
from ipaddress import ip_address, ip_network

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Expired, NotFound
from tepati.flows.acts import enter_by_code as entering
from tepati.flows.acts import give_by_code as giving
from tepati.flows.acts.confirm_by_code import confirm_by_code
from tepati.flows.acts.enter_by_code import Caller
from tepati.flows.visitors import new_device
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.errors import fault, told
from tepati.web.forms import one
from tepati.web.site.enter import fresh
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inside import SURFACE, Inside, inside, posted
from tepati.web.site.surface import on_the_beat

LONGEST = 120  # characters of what a page is told by its address


def network(request: Asked) -> str:
    """Name the network that a browser comes from, as far as one household or office has it."""
    try:
        at = ip_address(request.client.host if request.client else "")
    except ValueError:
        return "none"
    return str(ip_network(f"{at}/{24 if at.version == 4 else 64}", strict=False))


def kept(request: Asked, org: str) -> str:
    """Return the secret that this browser keeps, or a new one, which the answer must have it keep."""
    return cookies.read(request, org, "device") or new_device(request.app.state.house.config.random)


@get(addresses.both("number"))
async def number(request: Asked, org: FromPath[str]) -> Page:
    """Show the form that asks for both numbers. Raises NotFound (no message can be sent here)."""
    return await _number(visit(request, org, "number", SURFACE), {}, "")


async def _number(at: Visit, typed: dict[str, str], wrong: str) -> Page:
    if not at.org.desk.texts.channels:
        raise NotFound("page")
    return await at.draw("site/number.html", 422 if wrong else 200, typed=typed, wrong=wrong, token=fresh(at, "number"))


@post(addresses.both("number"), status_code=303)
async def ask(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Send a code, or do as if. Raises BadInput (forged), Expired, NotFound."""
    at, started = visit(request, org, "number", SURFACE), asyncio.get_running_loop().time()
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "number", at.now)
    forms.only(form, ("phone", "number"), "rights.access")
    if not at.org.desk.texts.channels:
        raise NotFound("page")
    device = kept(request, org)
    caller = Caller(one(form, "phone"), one(form, "number"), at.lang, network(request), device)
    try:
        page = await entering.ask(at.org.desk, caller)
    except BadInput as bad:
        code = next(iter(bad.faults.values()), "")
        wrong = fault(code, at.lang, at.say("number.phone")) if code else told(bad, at.lang)
        return await _number(at, {"phone": one(form, "phone"), "number": one(form, "number")}, at.spoken(wrong))
    await on_the_beat(started)
    return keeping(request, Redirect(at.url("number_code", page), status_code=303), org, device)


@get(addresses.tailed("number_code", "page"))
async def code(request: Asked, org: FromPath[str], page: FromPath[str]) -> Page:
    """Show where the digits are typed: the same for every page."""
    return await _code(visit(request, org, "number_code", SURFACE), page, "")


async def _code(at: Visit, page: str, wrong: str) -> Page:
    return await _typing(at, page, wrong, fresh(at, "number_code"), ("number_code", "number"))


@post(addresses.both("number_code"), status_code=303)
async def enter(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Let in whoever types the right digits. Raises BadInput (forged)."""
    at = visit(request, org, "number_code", SURFACE)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "number_code", at.now)
    forms.only(form, ("page", "code"), "rights.access")
    page, device = one(form, "page"), cookies.read(request, org, "device")
    try:
        entered = await entering.enter_by_code(at.org.desk, page, one(form, "code"), device, cookies.label(request))
    except (BadInput, Expired) as no:
        return await _code(at, page, _why(at, no))
    answer = Redirect(at.url("centre"), status_code=303)
    cookies.keep(answer, request, org, "session", entered.session)
    return keeping(request, answer, org, entered.device)


@get(addresses.tailed("book_code", "page"))
async def booking(request: Asked, org: FromPath[str], page: FromPath[str]) -> Page:
    """Show where the digits that confirm a booking are typed."""
    return await _booking(visit(request, org, "book_code", SURFACE), page, "")


async def _booking(at: Visit, page: str, wrong: str) -> Page:
    return await _typing(at, page, wrong, fresh(at, "book_code"), ("book_code", "book"))


@post(addresses.both("book_code"), status_code=303)
async def confirm(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Confirm the booking that the digits prove. Raises BadInput (forged), NotFound."""
    at = visit(request, org, "book_code", SURFACE)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "book_code", at.now)
    forms.only(form, ("page", "code"), "rights.access")
    page, device = one(form, "page"), cookies.read(request, org, "device")
    try:
        number = await confirm_by_code(at.org.desk, page, one(form, "code"), device)
    except (BadInput, Expired) as no:
        return await _booking(at, page, _why(at, no))
    said = {"kind": "coded", "number": number, "questions": "", "answer": "0"}
    ticket = tokens.ticket(at.house.config.key, org, "confirmed", said, at.now)
    return Redirect(at.url("confirmed", ticket), status_code=303)


def keeping(request: Asked, answer: Redirect, org: str, device: str) -> Redirect:
    """Have the browser that asked keep its secret: a code works there and nowhere else."""
    cookies.keep(answer, request, org, "device", device)
    return answer


async def sent_for(request: Asked, here: Inside, question: str) -> Redirect:
    """Send a code for a consent, and lead to where it is typed. Raises BadInput, NotFound, Refused."""
    org, device = here.at.org.slug, kept(request, here.at.org.slug)
    page = await giving.ask(here.at.org.desk, here.who, question, here.at.lang, device, network(request))
    return keeping(request, here.to("consent_code", page), org, device)


@get(addresses.tailed("consent_code", "page"))
async def consent(request: Asked, org: FromPath[str], page: FromPath[str]) -> Page:
    """Show where the digits for a consent are typed. Raises Away."""
    return await _consent(await inside(request, org, "consent_code"), page, "")


async def _consent(here: Inside, page: str, wrong: str) -> Page:
    return await _typing(here.at, page, wrong, here.token("consent_code"), ("consent_code", "consents"))


@post(addresses.both("consent_code"), status_code=303)
async def give(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Give the consent that the digits prove. Raises Away, BadInput (forged), Refused."""
    here, form, _ = await posted(request, org, "consent_code")
    forms.only(form, ("page", "code"), "rights.withdrawal")
    page, device = one(form, "page"), cookies.read(request, org, "device")
    try:
        await giving.give_by_code(here.at.org.desk, here.who, page, one(form, "code"), device, here.at.lang)
    except (BadInput, Expired) as no:
        return await _consent(here, page, _why(here.at, no))
    return here.to("consents")


async def _typing(at: Visit, page: str, wrong: str, token: str, ways: tuple[str, str]) -> Page:
    """Show where digits are typed: the page's secret, what was wrong, where they go, and where to ask again."""
    if len(page) > LONGEST:
        raise NotFound("page")
    to, again = ways
    return await at.draw(
        "site/code.html", 422 if wrong else 200, tail=page, link=page, wrong=wrong, token=token, to=to, again=again
    )


def _why(at: Visit, no: BadInput | Expired) -> str:
    """Say why digits were not taken; whatever is over looks alike."""
    return at.spoken(told(Expired("code_over") if isinstance(no, Expired) else no, at.lang))
