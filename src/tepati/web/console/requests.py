"""Room web: requests of people by deadline: opened, answered, closed; and written down for who calls or comes by."""

from typing import cast

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.acts.answer import Outcome, ways
from tepati.flows.acts.answer import answer as end
from tepati.flows.acts.assist import Need
from tepati.flows.acts.assist import read as wanted
from tepati.flows.acts.disputed import Disputed, disputed
from tepati.flows.acts.hand_over import checks, hand_over
from tepati.flows.acts.left import left
from tepati.flows.acts.look import Seen, Wish, look
from tepati.flows.acts.queue import by_number
from tepati.flows.acts.queue import queue as waiting
from tepati.flows.copies import Form
from tepati.flows.handling import HANDLES
from tepati.flows.rights import ASSISTANCE, DISPUTE
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms, tokens
from tepati.web.console import taking
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.ports import File
from tepati.web.site.files import PLAIN, download
from tepati.web.site.frame import Asked, Page

PROMISE = "rights"
OUTCOMES = {DISPUTE: ("in_order", "not_in_order")}
SERVED = ("served", "declined")
COPIES: dict[str, Form] = {"paper": "html", "machine": "json"}
ERASURE = "erasure"  # ends by its certificate
CONTACT = ("name", "email", "phone")


@get(addresses.both("queue"))
async def queue(request: Asked, org: FromPath[str]) -> Page:
    """List the open requests, the next due first. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "queue")
    found = await waiting(here.desk, here.actor)
    return await here.draw("queue.html", waiting=found, called={a.kind: called(here, a.kind) for a in found})


@post(addresses.both("queue"), status_code=303)
async def find(request: Asked, org: FromPath[str]) -> Redirect:
    """Go to the request of a number that somebody has on paper. Raises Away, BadInput (forged), NotFound."""
    here, form, _ = await posted(request, org, "queue")
    forms.only(form, ("number",), PROMISE)
    number = one(form, "number").strip().upper()
    if not PLAIN.fullmatch(number):
        raise NotFound("no_such_number")
    return here.to("asked", number)


@get([f"{path}/{{number:str}}" for path in addresses.both("asked")])
async def asked(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show one request, closed up. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "asked"), number)


@post(addresses.both("asked_open"))
async def reveal(request: Asked, org: FromPath[str]) -> Page:
    """Open what the request needs, masked as the notice says: a look with its line. Raises Away, NotFound, Refused."""
    here, form, _ = await posted(request, org, "asked_open")
    forms.only(form, ("number",), PROMISE)
    number = one(form, "number")
    found = await by_number(here.desk, here.actor, number)
    if found.kind == DISPUTE:
        return await _page(here, number, use=await disputed(here.desk, here.actor, number))
    if found.kind == ASSISTANCE:
        need = await wanted(here.desk, here.actor, number)
        return await _page(here, number, await _opened(here, number), need=need)
    return await _page(here, number, await _opened(here, number))


@post(addresses.both("asked"), status_code=303)
async def answer(request: Asked, org: FromPath[str]) -> Redirect:
    """End a request with a word. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "asked")
    forms.only(form, ("number", "outcome", "way"), PROMISE)
    number, outcome = one(form, "number"), one(form, "outcome")
    found = await by_number(here.desk, here.actor, number)
    if outcome not in OUTCOMES.get(found.kind, SERVED):
        raise BadInput("form_shape")
    await end(here.desk, here.actor, number, cast("Outcome", outcome), one(form, "way") if outcome == "served" else "")
    return here.to("asked", number)


@post(addresses.both("hand_over"), status_code=200)
async def handed(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Hand a copy over at the counter: a file, once; the request ends. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "hand_over")
    forms.only(form, ("number", "check", "form"), PROMISE)
    kind = COPIES.get(one(form, "form"))
    if kind is None:
        raise BadInput("form_shape")
    made = await hand_over(here.desk, here.actor, one(form, "number"), one(form, "check"), kind)
    return download(File(made.name, made.body))


@get(addresses.both("record"))
async def kinds(request: Asked, org: FromPath[str]) -> Page:
    """List what may be asked for by another way than the site. Raises Away, NotFound, Refused."""
    here = await _handling(request, org)
    return await here.draw("record.html", part="queue", kinds={k: called(here, k) for k in taking.kinds(here)})


@get([f"{path}/{{kind:str}}" for path in addresses.both("record")])
async def form(request: Asked, org: FromPath[str], kind: FromPath[str]) -> Page:
    """Show the form of one kind. Raises Away, NotFound, Refused."""
    return await _form(await _handling(request, org), kind)


@post(addresses.both("record"), status_code=303)
async def record(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Write a request down, and do what can be done at once. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "record")
    kind = one(form, "kind")
    forms.only(form, taking.fields(here, kind), PROMISE)
    try:
        taken = await taking.take(here, form)
    except (BadInput, NotFound) as bad:
        return await _form(here, kind, {name: one(form, name) for name in form}, told(bad, here.at.lang))
    if not taken.capability:
        return here.to("asked", taken.number)
    said = {"number": taken.number, "capability": taken.capability}
    kind = tokens.bound("paper", here.session)
    return here.to("paper", tokens.ticket(here.at.house.config.key, org, kind, said, here.at.now))


@get(addresses.tailed("paper", "ticket"))
async def paper(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show what to hand over to somebody whom no letter reaches. Raises Away, NotFound, Expired, Refused."""
    here = await _handling(request, org, "paper")
    said = tokens.open_ticket(here.at.house.config.key, ticket, org, tokens.bound("paper", here.session), here.at.now)
    where = here.desk.url("certificate", here.at.lang, said["capability"])
    return await here.draw("paper.html", part="queue", tail=ticket, number=said["number"], certificate=where)


async def _handling(request: Asked, org: str, page: str = "record") -> Seat:
    here = await seat(request, org, page)
    here.need(HANDLES)
    return here


async def _opened(here: Seat, number: str) -> Seen:
    """Open how the person is reached: the contact fields that a role of this member sees, by the request's number."""
    notice = here.at.org.notice
    role = next(r for r in here.actor.roles if r in notice.roles and HANDLES in notice.roles[r].may)
    home = here.desk.address.partition(".")[0]
    contact = {f"{home}.{f}" for f, kind in notice.data[home].fields.items() if kind.type in CONTACT}
    return await look(here.desk, here.actor, Wish(number, "requests", frozenset(notice.roles[role].sees & contact)))


async def _page(
    here: Seat, number: str, seen: Seen | None = None, use: Disputed | None = None, need: Need | None = None
) -> Page:  # fmt: skip
    try:
        found = await by_number(here.desk, here.actor, number)
    except NotFound:
        return await _gone(here, number)
    outcomes = () if found.done or found.kind == ERASURE else OUTCOMES.get(found.kind, SERVED)
    return await here.draw(
        "asked.html", part="queue", tail=number, found=found, seen=seen, use=use, outcomes=outcomes,
        checks=() if found.done else checks(here.desk, found.kind), copies=tuple(COPIES),
        title=called(here, found.kind), called=labels(here.at.org.notice, here.at.lang), dispute=DISPUTE,
        need=need, ways=ways(here.desk) if found.kind == ASSISTANCE else (),
    )  # fmt: skip


async def _gone(here: Seat, number: str) -> Page:
    """Show what is left of somebody erased, whose request went with them. Raises NotFound."""
    body = await left(here.desk, here.actor, number)
    called = labels(here.at.org.notice, here.at.lang)
    kept = [
        (speech.capital(called.fields(body.held_fields.get(c, ()) or [c])), rule, body.held_until.get(c, 0))
        for c, rule in body.held.items()
    ]
    return await here.draw("left.html", part="queue", tail=number, body=body, kept=kept)


async def _form(here: Seat, kind: str, typed: dict[str, str] | None = None, wrong: str = "") -> Page:
    if kind not in taking.kinds(here):
        raise NotFound("page")
    return await here.draw(
        "take.html", 422 if wrong else 200, part="queue", tail=kind, kind=kind, title=called(here, kind),
        typed=typed or {}, wrong=wrong, **taking.shown(here, kind),
    )  # fmt: skip


def called(here: Seat, kind: str) -> str:
    """Call a kind of request."""
    return speech.capital(here.at.say(f"queue.kind.{kind}"))
