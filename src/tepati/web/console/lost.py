"""Room web: staff at the counter write down that somebody whom they saw lost what guards their account."""

from litestar import get, post
from litestar.params import FromPath

from tepati.errors import BadInput, NotFound
from tepati.flows import guards
from tepati.flows.acts.lose import lose
from tepati.flows.handling import HANDLES
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page


@get(addresses.both("lost"))
async def form(request: Asked, org: FromPath[str]) -> Page:
    """Show the form. Raises Away, NotFound (the notice promises nothing that could be lost), Refused."""
    return await _page(_offered(await seat(request, org, "lost")))


@post(addresses.both("lost"), status_code=200)
async def take(request: Asked, org: FromPath[str]) -> Page:
    """Write it down, and say when it ends. Raises Away, BadInput (forged), Refused."""
    here, typed, _ = await posted(request, org, "lost")
    _offered(here)
    forms.only(typed, ("number", "seen"), guards.PROMISE)
    number = one(typed, "number").strip().upper()
    if one(typed, "seen") != "yes":
        return await _page(here, number, here.at.say("lost.unseen"))
    try:
        return await _page(here, number, ends=await lose(here.desk, here.actor, number))
    except (BadInput, NotFound) as no:
        return await _page(here, number, told(no, here.at.lang))


def _offered(here: Seat) -> Seat:
    here.need(HANDLES)
    if not guards.offered(here.desk):
        raise NotFound("page")
    return here


async def _page(here: Seat, number: str = "", wrong: str = "", ends: int = 0) -> Page:
    status = 422 if wrong else 200
    return await here.draw("lost.html", status, part="queue", number=number, wrong=wrong, ends=ends)
