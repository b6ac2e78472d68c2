"""Room web: the door of the privacy centre: an address is typed, a link is mailed, its button lets in.

The answer to an address is one page and one beat, whether it is known or not; GET changes nothing.
"""

import asyncio

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput
from tepati.flows.acts import enter as act
from tepati.flows.acts.heed import untold
from tepati.flows.visitors import person_in
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.errors import fault
from tepati.web.forms import one
from tepati.web.house import Away
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inside import SURFACE, inside, posted
from tepati.web.site.overview import overview
from tepati.web.site.surface import on_the_beat
from tepati.web.site.ways import offered


def fresh(at: Visit, route: str) -> str:
    """Make the token of a form that stands before any session."""
    config = at.house.config
    return tokens.issue(config.key, at.org.slug, route, at.org.digest, at.now, config.random(16))


async def door(at: Visit, typed: str = "", wrong: str = "", untick: str = "") -> Page:
    """Show the form that asks for the address, and the other ways in; ``untick``: that one's question was left open."""
    return await at.draw(
        "site/door.html", 422 if wrong or untick else 200, typed=typed, wrong=wrong, token=fresh(at, "ask"),
        ways=offered(at), provider_token=fresh(at, "provider"), untick=untick,
        texted=bool(at.org.desk.texts.channels),
    )  # fmt: skip


@post(addresses.both("sent"), status_code=303)
async def ask(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Mail a link, or do as if; the answer leaves on a beat. Raises BadInput (forged), Expired."""
    at = visit(request, org, "centre", SURFACE)
    started = asyncio.get_running_loop().time()
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "ask", at.now)
    forms.only(form, ("email",), "rights.access")
    try:
        await act.ask(at.org.desk, one(form, "email"), at.lang, cookies.read(request, org, "device"))
    except BadInput as bad:
        return await door(at, one(form, "email"), fault(bad.code, at.lang, at.say("field.email")))
    await on_the_beat(started)
    return Redirect(at.url("sent"), status_code=303)


@get(addresses.both("sent"))
async def sent(request: Asked, org: FromPath[str]) -> Page:
    """Say what happens next; the same for every address."""
    return await visit(request, org, "sent", SURFACE).draw("site/sent.html")


@get([f"{path}/{{token:str}}" for path in addresses.both("enter")])
async def preview(request: Asked, org: FromPath[str], token: FromPath[str]) -> Page:
    """Show the button behind a mailed link. Raises NotFound, Expired."""
    at = visit(request, org, "enter", SURFACE)
    until = await act.look_at(at.org.desk, token)
    return await at.draw("site/enter.html", tail=token, until=until, link=token, token=fresh(at, "enter"))


@post(addresses.both("enter"), status_code=303)
async def enter(request: Asked, org: FromPath[str]) -> Redirect:
    """Let in whoever presses the button of an unused link; the session is new, whatever the browser brought."""
    at = visit(request, org, "enter", SURFACE)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, "enter", at.now)
    forms.only(form, ("link",), "rights.access")
    kept, kind = cookies.read(request, org, "device"), cookies.label(request)
    entered = await act.enter(at.org.desk, one(form, "link"), kept, kind)
    told, _ = await untold(at.org.desk, person_in(entered.session))
    answer = Redirect(at.url("heed" if told else "centre"), status_code=303)
    cookies.keep(answer, request, org, "session", entered.session)
    cookies.keep(answer, request, org, "device", entered.device)
    return answer


@post(addresses.both("leave"), status_code=303)
async def leave(request: Asked, org: FromPath[str]) -> Redirect:
    """End the session. Raises Away, BadInput, Expired."""
    here, _, _ = await posted(request, org, "leave")
    await act.leave(here.at.org.desk, here.who)
    answer = here.to("centre")
    cookies.drop(answer, request, org, "session")
    return answer


@post(addresses.both("device"), status_code=303)
async def device(request: Asked, org: FromPath[str]) -> Redirect:
    """Ask that this device be trusted after the announced wait. Raises Away, Refused."""
    here, _, _ = await posted(request, org, "device")
    await act.know(here.at.org.desk, here.who, cookies.label(request), here.at.lang)
    return here.to("centre")


@get(addresses.both("centre"))
async def centre(request: Asked, org: FromPath[str]) -> Page:
    """Show the privacy centre to whoever came in, the door to everybody else."""
    at = visit(request, org, "centre", SURFACE)
    if not cookies.read(request, org, "session"):
        return await door(at)
    try:
        here = await inside(request, org, "centre")
    except Away:
        return await door(at)
    return await overview(here)
