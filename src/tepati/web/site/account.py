"""Room web: a person guards their own account: an authenticator, passkeys, recovery codes, a password beside them.

GET changes nothing; what is shown once stands on the answer to its form. Only a passkey needs a script.
"""

import asyncio
from urllib.parse import quote

import segno
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import guards, passkeys
from tepati.flows.acts import guard
from tepati.flows.acts.heed import untold
from tepati.flows.onetime import spelt
from tepati.flows.passkeys import Shown
from tepati.flows.visitors import new_device, person_in
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.errors import told
from tepati.web.fair import turn
from tepati.web.forms import Form, one
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inside import SURFACE, Inside, inside, posted
from tepati.web.site.passkeys import POLICY, fresh, party, question, shown
from tepati.web.site.surface import on_the_beat

PROMISE = "security.own_account"
PICTURED = POLICY.replace("img-src 'self'", "img-src 'self' data:")  # the picture of a secret is part of its page
MOST = 1024  # characters of a password, as typed


@get(addresses.both("guard"))
async def show(request: Asked, org: FromPath[str]) -> Page:
    """Show how the account is guarded. Raises Away, NotFound (the notice promises no such page)."""
    return await _page(request, await inside(request, org, "guard"))


async def _page(request: Asked, here: Inside, wrong: str = "", codes: tuple[str, ...] = ()) -> Page:
    desk, who = here.at.org.desk, here.who
    state = await guard.state(desk, who)
    secret = spelt(state.secret) if state.secret and who.known else ""
    drawn = segno.make(_address(here, secret), micro=False).png_data_uri(scale=5, border=4) if secret else ""
    asked = passkeys.making(desk, party(request, here.at), who.person, state.keys, who.session)
    return await here.at.draw(
        "site/guard.html", 422 if wrong else 200, headers={"content-security-policy": PICTURED}, here=here, who=who,
        state=state, secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)), drawn=drawn, wrong=wrong,
        codes=codes, few=guard.MANY, ask=question(request, here.at, asked),
    )  # fmt: skip


def _address(here: Inside, secret: str) -> str:
    """Spell what authenticators read from the picture; whose account it is says the organisation alone."""
    name = quote(here.at.org.name)
    return f"otpauth://totp/{name}?secret={secret}&issuer={name}"


@post(addresses.both("guard"), status_code=200)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Enrol, remove, make codes anew, choose a password. Raises Away, BadInput (forged), Refused, NotFound."""
    here, form, _ = await posted(request, org, "guard")
    forms.only(form, ("do", "code", "password", "credential", "key"), PROMISE)
    desk, who, label = here.at.org.desk, here.who, cookies.label(request)
    try:
        match one(form, "do"):
            case "enrol":
                return await _enrolled(request, here, await guard.guard(desk, who, one(form, "code"), label))
            case "passkey":
                brought = shown(request, here.at, form, who.session)
                return await _enrolled(request, here, await guard.guard_by_key(desk, who, brought, label))
            case "renew":
                return await _page(request, here, codes=await guard.renew(desk, who))
            case "password":
                await guard.choose_password(desk, who, one(form, "password"))
            case "remove":
                await guard.remove(desk, who)
            case "remove_key":
                await guard.remove_key(desk, who, named(one(form, "key")))
            case _:
                raise NotFound("page")
    except BadInput as bad:
        return await _page(request, here, told(BadInput(next(iter(bad.faults.values()), bad.code)), here.at.lang))
    return here.to("guard")


def named(key: str) -> bytes:
    """Read a key's id as a form names it. Raises NotFound."""
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise NotFound("page") from None


async def _enrolled(request: Asked, here: Inside, done: guard.Enrolled) -> Page | Redirect:
    """Show the recovery codes once, in the session that takes the place of the old one."""
    page = await here.at.draw("site/coded.html", here=here, codes=done.codes) if done.codes else here.to("guard")
    cookies.keep(page, request, here.at.org.slug, "session", done.session)
    return page


@get(addresses.both("step"))
async def steps(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Show every way in which the second factor can be given. Raises Away."""
    here = await inside(request, org, "step")
    return await _steps(request, here) if here.who.guarded and not here.who.known else here.to("centre")


async def _steps(request: Asked, here: Inside, status: int = 200, wrong: str = "") -> Page:
    desk, who = here.at.org.desk, here.who
    keys = (await guard.state(desk, who)).keys if who.keyed else ()
    ask = question(request, here.at, passkeys.using(desk, party(request, here.at), keys, who.session))
    headers = {"content-security-policy": POLICY}
    return await here.at.draw("site/step.html", status, headers=headers, here=here, who=who, wrong=wrong, ask=ask)


@post(addresses.both("step"), status_code=303)
async def step(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take the second factor; a new session takes this one's place. Raises Away, BadInput, Unavailable."""
    here, form, _ = await posted(request, org, "step")
    forms.only(form, ("code", "credential"), PROMISE)
    try:
        proof = _proof(request, here.at, form, here.who.session)
        session = await guard.step(here.at.org.desk, here.who, proof, cookies.label(request))
    except Refused as refused:
        wrong = told(refused, here.at.lang)
        return await _steps(request, await inside(request, org, "step"), 403, wrong)
    answer = here.to("centre")
    cookies.keep(answer, request, org, "session", session)
    return answer


def _proof(request: Asked, at: Visit, form: Form, bound: bytes) -> str | Shown:
    return shown(request, at, form, bound) if one(form, "credential") else one(form, "code")


@get(addresses.both("password"))
async def door(request: Asked, org: FromPath[str]) -> Page:
    """Show the form for a password and a second factor. Raises NotFound (the notice promises no such page)."""
    return await _door(request, visit(request, org, "password", SURFACE))


async def _door(request: Asked, at: Visit, typed: str = "", wrong: str = "") -> Page:
    if not guards.offered(at.org.desk):
        raise NotFound("page")
    token, form_id = fresh(at, "password")
    ask = question(request, at, passkeys.using(at.org.desk, party(request, at), (), form_id))
    return await at.draw(
        "site/password.html", 422 if wrong else 200, headers={"content-security-policy": POLICY}, typed=typed,
        wrong=wrong, token=token, ask=ask,
    )  # fmt: skip


@post(addresses.both("password"), status_code=303)
async def sign_in(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Let in by password and a second factor; the answer leaves on a beat.

    Raises BadInput, Expired, Unavailable, NotFound.
    """
    at = visit(request, org, "password", SURFACE)
    started = asyncio.get_running_loop().time()
    body = await request.body()
    async with turn():
        form = forms.parse(body, request.headers.get("content-type", ""))
        asked = tokens.check(at.house.config.key, one(form, "_token"), org, "password", at.now)
        forms.only(form, ("email", "password", "code", "credential"), PROMISE)
    device = cookies.read(request, org, "device")
    try:
        typed = _typed(form), one(form, "password"), _proof(request, at, form, asked.form_id)
        session = await guard.sign_in(at.org.desk, typed, device, cookies.label(request))
    except Refused as refused:
        await on_the_beat(started)
        async with turn():
            return await _door(request, at, one(form, "email"), told(refused, at.lang))
    await on_the_beat(started)
    behind, _ = await untold(at.org.desk, person_in(session))
    answer = Redirect(at.url("heed" if behind else "centre"), status_code=303)
    cookies.keep(answer, request, org, "session", session)
    cookies.keep(answer, request, org, "device", device or new_device(at.house.config.random))
    return answer


def _typed(form: Form) -> str:
    """Read the address. Raises BadInput: an address or a password longer than any."""
    if max(len(one(form, name)) for name in ("email", "password", "code")) > MOST:
        raise BadInput("form_long")
    return one(form, "email")
