"""Room web: what happened in a case: the open ones that wait for it, and one button each that writes it down."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.acts.happen import happen, waiting
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.rules.happenings import moments
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

PROMISE = "cases"
FIELDS = ("number", "moment")


@get(addresses.both("events"))
async def events(request: Asked, org: FromPath[str]) -> Page:
    """List the cases that wait for what this member writes down. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "events"))


@post(addresses.both("events"), status_code=303)
async def record(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Write down that it happened. Raises Away, BadInput (forged), Refused."""
    here, form, _ = await posted(request, org, "events")
    forms.only(form, FIELDS, PROMISE)
    number = one(form, "number").strip().upper()
    try:
        await happen(here.desk, here.actor, number, one(form, "moment"))
    except BadInput as bad:
        return await _page(here, number, told(bad, here.at.lang), 422)
    except NotFound:
        return await _page(here, number, told(BadInput("no_such_number"), here.at.lang), 422)
    return here.to("events")


async def _page(here: Seat, number: str = "", fault: str = "", status: int = 200) -> Page:
    called = labels(here.at.org.notice, here.at.lang)
    known = sorted(moments(here.at.org.notice, here.actor.roles))
    words = {f"{case}.{moment}": speech.capital(called.event(f"{case}.{moment}")) for case, moment in known}
    found = await waiting(here.desk, here.actor)
    return await here.draw(
        "events.html", status, waiting=found, words=words, known=known, called=called, number=number, fault=fault
    )
