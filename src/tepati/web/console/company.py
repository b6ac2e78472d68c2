"""Room web: staff in by the company's own sign-in provider: out, back, our own code where it is needed; connected once.

Coming back is a GET, as the provider sends it (see ``web.site.provider``). A session's cookie is of this site alone
(``SameSite=Strict``), so a page of our own leads on: a redirect after another site would leave it behind.
"""

from urllib.parse import urlsplit

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Expired, NotFound, Refused, TepatiError, Unavailable
from tepati.flows import passkeys
from tepati.flows.actor import Actor
from tepati.flows.acts import company as act
from tepati.flows.acts.enlist import part
from tepati.flows.ways import Company
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.console.entrance import OWN, opened, seated
from tepati.web.console.frame import placed, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page, Visit, placed_in
from tepati.web.site.passkeys import POLICY, fresh, party, question, shown
from tepati.web.site.provider import answer

CODE = "console:company_code"


@post(addresses.both("company"), status_code=200)
async def leave(request: Asked, org: FromPath[str]) -> Page:
    """Send a browser to the company's provider. Raises BadInput (forged), Expired, NotFound."""
    at = placed(request, org, "company")
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, OWN, at.now)
    forms.only(form, (), act.PROMISE)
    try:
        return await _leave(request, at)
    except Unavailable as gone:
        return await opened(request, at, 503, wrong=told(gone, at.lang))


async def _leave(request: Asked, at: Visit, who: tuple[Actor, str] | None = None) -> Page:
    back_to = addresses.absolute(at.house.config.consoles, "company_back", at.org.slug, "id")
    left = await act.company(at.org.desk, _own(at), (at.lang, back_to), who)
    page = await at.draw("console/company_away.html", away=left.address, host=urlsplit(left.address).hostname)
    cookies.keep(page, request, at.org.slug, "sign_in", f"{at.lang}~{left.held}")
    return page


def _own(at: Visit) -> Company:
    if at.org.company is None:
        raise NotFound("page")
    return at.org.company


@get(addresses.both("company_back"))
async def back(request: Asked, org: FromPath[str]) -> Page:
    """Take a browser back. Raises NotFound (no such provider)."""
    lang, _, held = cookies.read(request, org, "sign_in").partition("~")
    at = placed_in(placed(request, org, "company_back"), lang)
    try:
        done = await act.back(at.org.desk, _own(at), held, answer(request))
        if done.invited:
            return await _onward(at, "company_own")
        if not done.session:
            return await _onward(at, "company_code")
        return await _let_in(request, at, done.session)
    except (BadInput, Expired, Refused, Unavailable) as no:
        return await _failed(request, at, no)


async def _failed(request: Asked, at: Visit, no: TepatiError) -> Page:
    status = 503 if isinstance(no, Unavailable) else 410 if isinstance(no, Expired) else 403
    return await opened(request, at, status, wrong=told(no, at.lang))


async def _onward(at: Visit, to: str) -> Page:
    """Lead on within this site, so that its own cookies go along."""
    return await at.draw("console/company_in.html", onward=at.url(to))


async def _let_in(request: Asked, at: Visit, session: str) -> Page:
    carried = await seated(at, session, "")
    page = await _onward(at, "today")
    cookies.keep(page, request, at.org.slug, "staff_session", carried)
    cookies.drop(page, request, at.org.slug, "sign_in")
    return page


@get(addresses.both("company_code"))
async def ask(request: Asked, org: FromPath[str]) -> Page:
    """Show the form for our own code."""
    at = placed(request, org, "company_code")
    _own(at)
    return await _asked(request, at)


async def _asked(request: Asked, at: Visit, wrong: str = "") -> Page:
    held = cookies.read(request, at.org.slug, "sign_in").partition("~")[2]
    token, form_id = fresh(at, tokens.bound(CODE, held))
    asks = question(request, at, passkeys.using(at.org.desk, party(request, at), (), form_id))
    headers = {"content-security-policy": POLICY}
    return await at.draw(
        "console/company_code.html", 403 if wrong else 200, headers=headers, token=token, wrong=wrong, ask=asks
    )


@post(addresses.both("company_code"), status_code=200)
async def code(request: Asked, org: FromPath[str]) -> Page:
    """Take our own code. Raises BadInput (forged), Expired, NotFound."""
    at = placed(request, org, "company_code")
    held = cookies.read(request, org, "sign_in").partition("~")[2]
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    asked = tokens.check(at.house.config.key, one(form, "_token"), org, tokens.bound(CODE, held), at.now)
    forms.only(form, ("code", "credential"), act.PROMISE)
    proof = shown(request, at, form, asked.form_id) if one(form, "credential") else one(form, "code")
    try:
        return await _let_in(request, at, await act.code(at.org.desk, held, proof))
    except Refused as no:
        return await _asked(request, at, told(no, at.lang))
    except (Expired, Unavailable) as no:
        return await _failed(request, at, no)


@get(addresses.both("company_own"))
async def back_in(request: Asked, org: FromPath[str]) -> Page:
    """Show the last button to a member who is back, within this site. Raises Away, NotFound."""
    here = await seat(request, org, "company_own")
    return await here.draw("company_own.html", part="own")


@post(addresses.both("company_own"), status_code=200)
async def own(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Connect one's own account, or take it away. Raises Away, BadInput (forged), Refused, NotFound, Unavailable."""
    here, form, _ = await posted(request, org, "company_own")
    forms.only(form, ("do",), act.PROMISE)
    match one(form, "do"):
        case "connect":
            return await _leave(request, here.at, (here.actor, here.session))
        case "finish":
            held = cookies.read(request, org, "sign_in").partition("~")[2]
            await act.connect(here.desk, held, here.actor, here.session)
            return here.to("own")
        case "part":
            await part(here.desk, here.actor)
            return here.to("own")
    raise NotFound("page")
