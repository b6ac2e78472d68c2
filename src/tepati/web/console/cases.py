"""Room web: security cases for those who speak for the organisation; and what each member reads of themselves."""

import datetime as dt
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, NotFound, Refused, TepatiError
from tepati.flows.acts import recheck
from tepati.flows.acts import unveil as act
from tepati.flows.acts.enlist import state
from tepati.flows.acts.unveiled import unveiled
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.said import Said
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.site.frame import EPOCH, Asked, Page

PROMISE = "security.access_log"
FIELDS = ("do", "case", "about", "reason", "line")
TYPED = ("about", "reason")
NUMBERED, APART = re.compile(r"\d{1,3}(?:[.,]\d{3})+"), re.compile(r"[.,]")  # a line's number as the pages write it


@get(addresses.both("cases"))
async def cases(request: Asked, org: FromPath[str]) -> Page:
    """List the cases that run, and the form of a new one. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "cases")
    return await _page(here, {"about": str(request.query_params.get("line", ""))[:32]})


@post(addresses.both("cases"), status_code=303)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Open, approve or look. Raises Away, BadInput (forged), NotFound, Refused (not a steward)."""
    here, form, _ = await posted(request, org, "cases")
    forms.only(form, FIELDS, PROMISE)
    if one(form, "do") == "open":
        return await _open(here, form)
    try:
        match one(form, "do"):
            case "approve":
                await act.approve(here.desk, here.actor, one(form, "case"))
                return here.to("cases")
            case "in_order" | "not_in_order" as outcome:
                await recheck.recheck(here.desk, here.actor, one(form, "line"), outcome)
                return here.to("cases")
            case "recheck":
                line = one(form, "line")
                return await _page(here, {}, given=(line, await recheck.read(here.desk, here.actor, line)))
            case "unveil":
                found = await act.unveil(here.desk, here.actor, one(form, "case"))
                return await here.draw(
                    "unveiled.html", part="cases", found=found, said=Said(here.at), exact=_exact(here)
                )
    except (Refused, Conflict) as no:
        return await _again(here, no)
    raise NotFound("page")


@get(addresses.both("own"))
async def own(request: Asked, org: FromPath[str]) -> Page:
    """Show a member what the ledger holds of themselves. Raises Away, NotFound."""
    here = await seat(request, org, "own")
    mine = await unveiled(here.desk, here.actor)
    times = sum(one.act == "unveil" and one.says.effect == "unveiled" for one in mine)
    company = await state(here.desk, here.actor) if here.at.org.company else None
    return await here.draw("own.html", mine=mine, times=times, said=Said(here.at), company=company)


def _exact(here: Seat) -> Callable[[int], str]:
    """Say instants (microseconds) to the second, in the organisation's zone; the ledger rounds them, this does not."""

    def said(us: int) -> str:
        at = (EPOCH + dt.timedelta(microseconds=us)).astimezone(ZoneInfo(here.at.tz))
        return f"{at:%Y-%m-%d %H:%M:%S %Z}"

    return said


async def _open(here: Seat, form: Form) -> Page | Redirect:
    typed = {name: one(form, name).strip() for name in TYPED}
    about = APART.sub("", typed["about"]) if NUMBERED.fullmatch(typed["about"]) else typed["about"]
    try:
        await act.open_case(here.desk, here.actor, about, typed["reason"])
    except BadInput as bad:
        code = next(iter(bad.faults.values()), bad.code)
        return await _page(here, typed, fault(code, here.at.lang, here.at.say("cases.reason")), "reason")
    except NotFound as none:
        return await _page(here, typed, told(none, here.at.lang), "about")
    except Refused as no:
        return await _again(here, no)
    return here.to("cases")


async def _again(here: Seat, no: TepatiError) -> Page:
    """Show the page with what was refused; whoever may not see it at all is refused again, by the act."""
    return await _page(here, {}, told(no, here.at.lang), "salah")


async def _page(
    here: Seat, typed: dict[str, str], wrong: str = "", at: str = "", *, given: tuple[str, recheck.Given] | None = None
) -> Page:
    found = await act.cases(here.desk, here.actor)
    share = here.desk.notice.security.second_look
    return await here.draw(
        "cases.html", 422 if wrong else 200, found=found, typed=dict.fromkeys(TYPED, "") | typed, wrong=wrong, at=at,
        share=share, drawn=await recheck.waiting(here.desk, here.actor) if share else (), given=given,
        said=Said(here.at),
    )  # fmt: skip
