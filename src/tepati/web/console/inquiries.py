"""Room web: cases that staff open about somebody: opened by who suspects, read and closed by who investigates."""

from typing import cast

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts import inquire as act
from tepati.flows.acts.inquire import Outcome
from tepati.flows.acts.look import Seen, Wish, look
from tepati.flows.acts.suspect import LONGEST, Suspicion, suspect
from tepati.flows.inquiries import Part, investigates, suspects
from tepati.flows.opening import in_words
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.site.files import PLAIN
from tepati.web.site.frame import Asked, Page

PROMISE = "cases"
OUTCOMES: tuple[Outcome, ...] = ("founded", "unfounded")


@get(addresses.both("inquiries"))
async def inquiries(request: Asked, org: FromPath[str]) -> Page:
    """List the cases, for who investigates; show the form, for who may suspect. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "inquiries")
    done = str(request.query_params.get("dibuka", ""))
    return await _list(here, done=done if PLAIN.fullmatch(done) else "")


@post(addresses.both("inquiries"), status_code=303)
async def change(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Open a case. Raises Away, BadInput (forged), Refused."""
    here, form, _ = await posted(request, org, "inquiries")
    part = suspects(here.desk, here.actor)
    fields = sorted(part.fields) if part else []
    forms.only(form, ("who", "text", *(f"of.{path}" for path in fields)), PROMISE)
    chosen = frozenset(path for path in fields if one(form, f"of.{path}") == "yes")
    try:
        number = await suspect(here.desk, here.actor, Suspicion(one(form, "who"), one(form, "text"), chosen))
    except (BadInput, NotFound) as bad:
        return await _list(here, form, _faults(here, bad))
    return Redirect(f"{here.at.url('inquiries')}?dibuka={number}", status_code=303)


@get(addresses.tailed("inquiry", "number"))
async def inquiry(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show one case with what is suspected: a look with its line. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "inquiry"), number)


@post(addresses.both("inquiry_open"))
async def reveal(request: Asked, org: FromPath[str]) -> Page:
    """Open what the case names. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "inquiry_open")
    forms.only(form, ("number",), PROMISE)
    number, part = one(form, "number"), _part(here)
    found = await act.inquire(here.desk, here.actor, number)
    if found.closed:
        raise Refused("window_closed", f"roles.{part.role}")
    seen = await look(here.desk, here.actor, Wish(number, part.purpose, found.there or frozenset(found.fields)))
    return await _page(here, number, seen)


@post(addresses.both("inquiry"), status_code=303)
async def close(request: Asked, org: FromPath[str]) -> Redirect:
    """Close a case with its outcome. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "inquiry")
    forms.only(form, ("number", "outcome"), PROMISE)
    if one(form, "outcome") not in OUTCOMES:
        raise BadInput("form_shape")
    await act.close_inquiry(here.desk, here.actor, one(form, "number"), cast("Outcome", one(form, "outcome")))
    return here.to("inquiry", one(form, "number"))


def _part(here: Seat) -> Part:
    part = investigates(here.desk, here.actor)
    if part is None:
        raise Refused("act_not_given", f"roles.{next(iter(here.actor.roles), 'none')}")
    return part


def _faults(here: Seat, bad: BadInput | NotFound) -> dict[str, str]:
    if isinstance(bad, NotFound):
        return {"who": told(bad, here.at.lang)}
    named = bad.faults or {"who": bad.code}
    return {key: fault(str(code), here.at.lang, here.at.say(f"inquiries.{key}")) for key, code in named.items()}


async def _list(here: Seat, typed: Form | None = None, faults: dict[str, str] | None = None, done: str = "") -> Page:
    mine, opens = investigates(here.desk, here.actor), suspects(here.desk, here.actor)
    found = await act.inquiries(here.desk, here.actor) if mine or not opens else []
    called = labels(here.desk.notice, here.at.lang)
    return await here.draw(
        "inquiries.html", 422 if faults else 200, found=found, mine=mine, opens=opens, called=called, done=done,
        typed={name: one(typed, name) for name in typed} if typed else {}, faults=faults or {}, longest=LONGEST,
        names={path: speech.capital(called.field(path)) for path in sorted(opens.fields)} if opens else {},
    )  # fmt: skip


async def _page(here: Seat, number: str, seen: Seen | None = None) -> Page:
    found = await act.inquire(here.desk, here.actor, number)
    called = labels(here.desk.notice, here.at.lang)
    return await here.draw(
        "inquiry.html", part="inquiries", tail=number, found=found, seen=seen, called=called, outcomes=OUTCOMES,
        values=in_words(here.desk.notice, seen.values, here.at.lang) if seen else {},
        kind=called.case(_part(here).kind),
    )  # fmt: skip
