"""Room web: a person guards their own account: an authenticator and its code, recovery codes, a password beside it.

GET changes nothing; what is shown once stands on the answer to its form. No script: the secret is a picture and text.
"""

import asyncio
from urllib.parse import quote

import segno
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import guards
from tepati.flows.acts import guard
from tepati.flows.acts.heed import untold
from tepati.flows.onetime import spelt
from tepati.flows.visitors import new_device, person_in
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.edge import CSP
from tepati.web.errors import told
from tepati.web.forms import Form, one
from tepati.web.site.enter import fresh
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inside import SURFACE, Inside, inside, posted
from tepati.web.site.surface import on_the_beat

PROMISE = "security.own_account"
POLICY = CSP.replace("img-src 'self'", "img-src 'self' data:")  # the picture of a secret is part of its page
MOST = 1024  # characters of a password, as typed


@get(addresses.both("guard"))
async def show(request: Asked, org: FromPath[str]) -> Page:
    """Show how the account is guarded. Raises Away, NotFound (the notice promises no such page)."""
    return await _page(await inside(request, org, "guard"))


async def _page(here: Inside, wrong: str = "", codes: tuple[str, ...] = ()) -> Page:
    state = await guard.state(here.at.org.desk, here.who)
    secret = spelt(state.secret) if state.secret and here.who.known else ""
    drawn = segno.make(_address(here, secret), micro=False).png_data_uri(scale=5, border=4) if secret else ""
    return await here.at.draw(
        "site/guard.html", 422 if wrong else 200, headers={"content-security-policy": POLICY}, here=here, who=here.who,
        state=state, secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), drawn=drawn, wrong=wrong,
        codes=codes, few=guard.MANY,
    )  # fmt: skip


def _address(here: Inside, secret: str) -> str:
    """Spell what authenticators read from the picture; whose account it is says the organisation alone."""
    name = quote(here.at.org.name)
    return f"otpauth://totp/{name}?secret={secret}&issuer={name}"


@post(addresses.both("guard"), status_code=200)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Enrol, remove, make codes anew, choose a password. Raises Away, BadInput (forged), Refused, NotFound."""
    here, form, _ = await posted(request, org, "guard")
    forms.only(form, ("do", "code", "password"), PROMISE)
    desk, who = here.at.org.desk, here.who
    try:
        match one(form, "do"):
            case "enrol":
                return await _enrolled(request, here, one(form, "code"))
            case "renew":
                return await _page(here, codes=await guard.renew(desk, who))
            case "password":
                await guard.choose_password(desk, who, one(form, "password"))
            case "remove":
                await guard.remove(desk, who)
            case _:
                raise NotFound("page")
    except BadInput as bad:
        return await _page(here, told(BadInput(next(iter(bad.faults.values()), bad.code)), here.at.lang))
    return here.to("guard")


async def _enrolled(request: Asked, here: Inside, code: str) -> Page:
    """Show the recovery codes once, in the session that takes the place of the old one."""
    done = await guard.guard(here.at.org.desk, here.who, code, cookies.label(request))
    page = await here.at.draw("site/coded.html", here=here, codes=done.codes)
    cookies.keep(page, request, here.at.org.slug, "session", done.session)
    return page


@post(addresses.both("step"), status_code=303)
async def step(request: Asked, org: FromPath[str]) -> Redirect:
    """Take the second factor; a new session takes this one's place. Raises Away, BadInput, Refused, Unavailable."""
    here, form, _ = await posted(request, org, "step")
    forms.only(form, ("code",), PROMISE)
    session = await guard.step(here.at.org.desk, here.who, one(form, "code"), cookies.label(request))
    answer = here.to("centre")
    cookies.keep(answer, request, org, "session", session)
    return answer


@get(addresses.both("password"))
async def door(request: Asked, org: FromPath[str]) -> Page:
    """Show the form for a password and a code. Raises NotFound (the notice promises no such page)."""
    return await _door(visit(request, org, "password", SURFACE))


async def _door(at: Visit, typed: str = "", wrong: str = "") -> Page:
    if not guards.offered(at.org.desk):
        raise NotFound("page")
    return await at.draw(
        "site/password.html", 422 if wrong else 200, typed=typed, wrong=wrong, token=fresh(at, "password")
    )


@post(addresses.both("password"), status_code=303)
async def sign_in(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Let in by password and code; the answer leaves on a beat. Raises BadInput, Expired, Unavailable, NotFound."""
    at = visit(request, org, "password", SURFACE)
    started = asyncio.get_running_loop().time()
    form = forms.parse(await request.body(), request.headers.get("content-type", ""), longest=MOST)
    tokens.check(at.house.config.key, one(form, "_token"), org, "password", at.now)
    forms.only(form, ("email", "password", "code"), PROMISE)
    device = cookies.read(request, org, "device")
    try:
        session = await guard.sign_in(at.org.desk, _typed(form), device, cookies.label(request))
    except Refused as refused:
        await on_the_beat(started)
        return await _door(at, one(form, "email"), told(refused, at.lang))
    await on_the_beat(started)
    behind, _ = await untold(at.org.desk, person_in(session))
    answer = Redirect(at.url("heed" if behind else "centre"), status_code=303)
    cookies.keep(answer, request, org, "session", session)
    cookies.keep(answer, request, org, "device", device or new_device(at.house.config.random))
    return answer


def _typed(form: Form) -> tuple[str, str, str]:
    return one(form, "email"), one(form, "password"), one(form, "code")
