"""Room web: versions of the notice for those who approve them: what changes, for how many, and who has approved."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import Conflict, NotFound, Refused
from tepati.flows.acts import publish as act
from tepati.flows.publishing import APPROVER
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.step import impact
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

PROMISE = "notice.approvals"
FIELDS = ("do", "digest")


@get(addresses.both("notices"))
async def notices(request: Asked, org: FromPath[str]) -> Page:
    """Show what is in force, what comes, and what is proposed. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "notices"))


@post(addresses.both("notices"), status_code=303)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Approve a proposal by its digest, or take back what one did. Raises Away, BadInput (forged), NotFound."""
    here, form, _ = await posted(request, org, "notices")
    forms.only(form, FIELDS, PROMISE)
    try:
        match one(form, "do"):
            case "approve":
                await act.approve(here.desk, here.actor, one(form, "digest"))
            case "take_back":
                await act.take_back(here.desk, here.actor, one(form, "digest"))
            case _:
                raise NotFound("page")
    except (Conflict, Refused) as no:
        return await _page(here, told(no, here.at.lang))
    return here.to("notices")


async def _page(here: Seat, wrong: str = "") -> Page:
    proposed = await act.proposed(here.desk, here.actor)
    found = [(each, await impact(here, each.new, each.found)) for each in proposed]
    versions = await here.at.org.versions()
    coming = next((each for each in versions if each.effective > here.at.now), None)
    return await here.draw(
        "notices.html", 409 if wrong else 200, found=found, coming=coming, wrong=wrong,
        changes=here.desk.url("changes", here.at.lang, str(coming.version)) if coming else "",
        approves=here.may(APPROVER), rule=here.at.org.notice.notice.approvals,
    )  # fmt: skip
