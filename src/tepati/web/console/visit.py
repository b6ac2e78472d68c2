"""Room web: the cleaner's page: a one-time link, its button within the window, then where to go."""

import base64

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import Expired, NotFound
from tepati.flows.acts import arrive as act
from tepati.flows.tickets import Ticket
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.console.frame import placed
from tepati.web.console.said import Said
from tepati.web.forms import one
from tepati.web.site.enter import fresh
from tepati.web.site.frame import Asked, Page, Visit

ROUTE = addresses.tailed("visit", "link")
SHOWN = ("identity.name", "location.address", "booking.service")


@get(ROUTE)
async def visit(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page:
    """Show the visit to the phone that opened its link; to any other what the link is, and nothing else."""
    at = placed(request, org, "visit")
    return await _show(at, link, cookies.read(request, org, "visit_link"))


@post(ROUTE, status_code=303)
async def arrive(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page | Redirect:
    """Open the link on this phone, once. Raises BadInput (forged), Expired, NotFound."""
    at = placed(request, org, "visit")
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, _route(link), at.now)
    phone = cookies.read(request, org, "visit_link") or base64.urlsafe_b64encode(at.house.config.random(24)).decode()
    try:
        await act.arrive(at.org.desk, link, phone)
    except Expired:
        return await _show(at, link, cookies.read(request, org, "visit_link"))
    answer = Redirect(at.url("visit", link), status_code=303)
    cookies.keep(answer, request, org, "visit_link", phone)
    return answer


def _route(link: str) -> str:
    return tokens.bound("console:visit", link)


async def _show(at: Visit, link: str, phone: str) -> Page:
    try:
        found = await act.knock(at.org.desk, link, phone)
    except NotFound:
        found = Ticket("gone", b"", b"", "")
    place = await act.place(at.org.desk, link, phone, at.lang) if found.state == "open" else None
    token = fresh(at, _route(link)) if found.state == "ready" else ""
    status = 200 if found.state in {"early", "ready", "open"} else 410
    return await at.draw(
        "console/visit.html",
        status,
        tail=link,
        link=link,
        found=found,
        place=place,
        token=token,
        said=Said(at),
        shown=SHOWN,
    )
