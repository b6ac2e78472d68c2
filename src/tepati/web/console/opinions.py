"""Room web: what people say of the site, for whoever improves it: first only when it came, with a reason its words."""

from litestar import get, post
from litestar.params import FromPath

from tepati.errors import BadInput
from tepati.flows.acts.opinions import LONGEST, opinions, reading
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import fault
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

PROMISE = "purposes"


@get(addresses.both("opinions"))
async def listed(request: Asked, org: FromPath[str]) -> Page:
    """List when opinions came. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "opinions"))


@post(addresses.both("opinions"), status_code=200)
async def read(request: Asked, org: FromPath[str]) -> Page:
    """Read their words, with a reason. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "opinions")
    forms.only(form, ("reason",), PROMISE)
    reason = one(form, "reason")
    if not reason.strip():
        return await _page(here, wrong=fault("reason_needed", here.at.lang, here.at.say("opinions.reason")))
    return await _page(here, reason)


async def _page(here: Seat, reason: str = "", wrong: str = "") -> Page:
    try:
        found = await opinions(here.desk, here.actor, reason)
    except BadInput as bad:
        wrong = fault(next(iter(bad.faults.values()), bad.code), here.at.lang, here.at.say("opinions.reason"))
        found = await opinions(here.desk, here.actor)
    called, way = labels(here.desk.notice, here.at.lang), reading(here.desk, here.actor)
    names = {path: speech.capital(called.field(path)) for path in sorted(way.fields)} if way else {}
    return await here.draw(
        "opinions.html", 422 if wrong else 200, found=found, names=names, wrong=wrong, typed=reason, longest=LONGEST,
        purpose=called.purpose(way.purpose) if way else "", role=called.role(way.role) if way else "",
    )  # fmt: skip
