"""Room web: the console's door: password and a second factor, then the undertaking of confidentiality before all."""

import asyncio

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import Expired, NotFound, Refused, Unavailable
from tepati.flows import passkeys
from tepati.flows.acts import staff
from tepati.flows.acts.dismiss import sign_out as end
from tepati.flows.acts.greet import greet
from tepati.notice import speech
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.console.frame import placed, posted, unbound
from tepati.web.errors import told
from tepati.web.fair import turn
from tepati.web.forms import one
from tepati.web.house import Away
from tepati.web.site.frame import Asked, Page, Visit
from tepati.web.site.passkeys import POLICY, fresh, party, question, shown
from tepati.web.site.surface import on_the_beat

ROUTE, OWN = "console:sign_in", "console:company"
REMEMBERED = 30 * 24 * 60  # minutes that a browser left open is known by who signed in with it


async def opened(request: Asked, at: Visit, status: int = 200, email: str = "", wrong: str = "") -> Page:
    """Show the door."""
    own = fresh(at, OWN)[0] if at.org.company else ""
    token, form_id = fresh(at, ROUTE)
    ask = question(request, at, passkeys.using(at.org.desk, party(request, at), (), form_id))
    headers = {"content-security-policy": POLICY}
    return await at.draw(
        "console/sign_in.html", status, headers=headers, token=token, email=email, wrong=wrong, ask=ask,
        own=own,
    )  # fmt: skip


@get(addresses.both("sign_in"))
async def door(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Show the sign-in form; whoever is signed in goes on. Raises NotFound."""
    at = placed(request, org, "sign_in")
    try:
        await unbound(request, org, "sign_in")
    except Away:
        return await opened(request, at)
    return Redirect(at.url("today"), status_code=303)


@post(addresses.both("sign_in"), status_code=303)
async def sign_in(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Check both factors, and open a new session. Raises BadInput (forged), Expired, NotFound."""
    at = placed(request, org, "sign_in")
    started, body = asyncio.get_running_loop().time(), await request.body()
    async with turn():
        form = forms.parse(body, request.headers.get("content-type", ""))
        asked = tokens.check(at.house.config.key, one(form, "_token"), org, ROUTE, at.now)
    email = one(form, "email")
    try:
        browser, code = _browser(request, at), one(form, "code")
        proof = shown(request, at, form, asked.form_id) if one(form, "credential") else code
        session = await staff.sign_in(at.org.desk, email, one(form, "password"), proof, browser)
        carried = await seated(at, session, staff.mark(at.org.desk, email))
    except (Refused, Unavailable, Expired) as no:
        await on_the_beat(started)  # a right password costs a transaction more: no wrong code may tell that
        async with turn():
            return await opened(request, at, 403 if isinstance(no, Refused) else 503, email, told(no, at.lang))
    answer = Redirect(at.url("today"), status_code=303)
    cookies.keep(answer, request, org, "staff_session", carried)
    return answer


async def seated(at: Visit, session: str, mark: str) -> str:
    """Write what the browser of a member keeps: the session's secret, their own name, who signed in. Raises Refused."""
    name = await greet(at.org.desk, await staff.signed_in(at.org.desk, session))
    said = {"name": name[:80], "mark": mark}
    return f"{session}~{tokens.ticket(at.house.config.key, at.org.slug, 'staff', said, at.now)}"


@post(addresses.both("sign_out"), status_code=303)
async def sign_out(request: Asked, org: FromPath[str]) -> Redirect:
    """End the session. Raises Away, BadInput, NotFound."""
    here, _, _ = await posted(request, org, "sign_out", bound=False)
    await end(here.desk, here.actor, here.session)
    answer = here.to("sign_in")
    mark = {"mark": _browser(request, here.at)}  # no session, no name: who signed in here, as a keyed hash
    carried = tokens.ticket(here.at.house.config.key, org, "staff", mark, here.at.now)
    cookies.keep(answer, request, org, "staff_session", f"~{carried}")
    return answer


def _browser(request: Asked, at: Visit) -> str:
    """Say which address signed in with this browser before, as a keyed hash under our MAC; "" where none did."""
    carried = cookies.read(request, at.org.slug, "staff_session").partition("~")[2]
    try:
        said = tokens.open_ticket(at.house.config.key, carried, at.org.slug, "staff", at.now, REMEMBERED)
    except (Expired, NotFound):
        return ""
    return said.get("mark", "")


@get(addresses.both("undertake"))
async def undertaking(request: Asked, org: FromPath[str]) -> Page:
    """Show the undertaking, and until when it holds. Raises Away, NotFound."""
    here = await unbound(request, org, "undertake")
    until, at = here.actor.undertaken, here.at
    span = speech.duration(at.org.notice.accountability.supervision.undertaking, at.lang)
    return await here.draw("undertake.html", until=until if until > at.now else 0, span=span)


@post(addresses.both("undertake"), status_code=303)
async def undertake(request: Asked, org: FromPath[str]) -> Redirect:
    """Write down that the undertaking was signed. Raises Away, BadInput, NotFound."""
    here, _, _ = await posted(request, org, "undertake", bound=False)
    await staff.undertake(here.desk, here.actor.person)
    return here.to("today")
