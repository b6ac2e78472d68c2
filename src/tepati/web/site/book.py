"""Room web: the form pages: each shows what the notice lets it ask, keeps what was typed in the page only, posts once.

Order: token (whose form, which notice), lengths, the act; what is not declared is refused. What fails is shown again
with the typed values; they are never stored and never in an address. ``site.asking`` draws the page.
"""

import datetime as dt
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, TepatiError, Unavailable
from tepati.flows import guardians
from tepati.flows.acts.confirm_by_code import ask as asked_by_code
from tepati.flows.entry import Form as Submitted
from tepati.flows.visitors import new_device
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.rules.policy import ends
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.forms import Form, one
from tepati.web.house import other
from tepati.web.ports import Booked, Sent
from tepati.web.site import coding, guarding
from tepati.web.site.asking import CODED, again, days, declared, lengths, questions, route, show, tail, voice
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.tokens import Shown

PATHS = ["/{org:str}/pesan", "/{org:str}/en/book"]
RECEIVED = ["/{org:str}/pesan/diterima/{ticket:str}", "/{org:str}/en/book/received/{ticket:str}"]
FURTHER = addresses.tailed("form", "path")
PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,40}")  # a name that may be repeated to its sender
LOCAL = "%Y-%m-%dT%H:%M"  # a day and hour as a browser sends it (HTML 2.3.5.5)
OVER = "case_over"
NEEDED = "guardian_needed"
YOUNG = (NEEDED, "too_young")  # refused at the door: a page of its own, with nothing typed on it


@get(PATHS)
async def form(request: Asked, org: FromPath[str]) -> Page:
    """Show the empty form; ``?day=`` and ``?offer=`` choose, nothing personal is ever read from an address."""
    return await _empty(request, visit(request, org, "book"))


@get(FURTHER)
async def further(request: Asked, org: FromPath[str], path: FromPath[str]) -> Page:
    """Show a further form, empty. Raises NotFound."""
    return await _empty(request, _at(request, org, path))


@post(PATHS, status_code=303)
async def send(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take the form: refuse, show again, or book and redirect to the answer."""
    return await _sent(request, visit(request, org, "book"))


@post(FURTHER, status_code=303)
async def sent(request: Asked, org: FromPath[str], path: FromPath[str]) -> Page | Redirect:
    """Take a further form. Raises NotFound."""
    return await _sent(request, _at(request, org, path))


def _at(request: Asked, org: str, path: str) -> Visit:
    at = visit(request, org, "form")
    return replace(at, form=at.read.named(path, at.lang))


async def _empty(request: Asked, at: Visit) -> Page:
    if _over(at):
        return await _closed(at)
    page = at.read.page
    typed = {page.date: request.query_params.get("day", ""), page.offer: request.query_params.get("offer", "")}
    return await show(at, {name: [value] for name, value in typed.items() if name and value})


async def _sent(request: Asked, at: Visit) -> Page | Redirect:
    org, config = at.org.slug, at.house.config
    typed = forms.parse(await request.body(), request.headers.get("content-type", ""))
    try:
        shown = tokens.check(config.key, one(typed, "_token"), org, route(at), at.now)
        if "_show" in typed:
            return await show(at, typed)
        device = cookies.read(request, org, "device") or new_device(config.random)
        if CODED in typed:
            return coding.keeping(request, await _coded(request, at, typed, shown, device), org, device)
        booked = await _book(at, typed, shown, device)
    except (BadInput, Conflict, Expired, Refused, Unavailable) as error:
        if isinstance(error, Refused) and error.code == OVER:
            return await _closed(at)
        if isinstance(error, Refused) and error.code in YOUNG:
            return await _young(at, typed, error)
        return await again(at, typed, _naming(at, typed, error))
    page = "formed" if at.form else "booked"
    said = {"number": booked.number, "mailed": "yes" if booked.mailed else "", "form": at.form,
            "waits": "yes" if booked.waits else ""}  # fmt: skip
    answer = Redirect(at.url(page, tokens.ticket(config.key, org, page, said, at.now)), status_code=303)
    cookies.keep(answer, request, org, "device", device)  # known only if this browser confirms its person's first act
    return answer


def _over(at: Visit) -> bool:
    """Say whether what this form enters has ended (``cases.<c>.last_day``)."""
    return 0 < ends(at.org.notice, at.org.notice.points[at.read.point].opens) <= at.now


async def _closed(at: Visit) -> Page:
    """Say that it is over, since when, and what becomes of what was sent; nothing that was typed comes back."""
    kind = at.org.notice.points[at.read.point].opens
    day = at.org.notice.cases[kind].last_day
    called = labels(at.org.notice, at.lang)
    asked = {name.partition(".")[0] for name in declared(at)}
    lives = [life for name, life in at.org.notice.retention.items() if name in asked]
    kept = [called.duration(life.for_) for life in lives if life.from_.event == f"{kind}.closed"]
    return await at.draw(
        "site/over.html", 410, tail=tail(at, at.lang), elsewhere=tail(at, other(at.lang)), kind=called.case(kind),
        day=speech.date(day, at.lang) if day else "", kept=next(iter(kept), ""),
    )  # fmt: skip


async def _young(at: Visit, typed: Form, refused: Refused) -> Page:
    """Ask for the guardian of somebody under age, or tell them why not; then nothing they typed comes back."""
    if refused.code == NEEDED and guardians.serves(at.org.notice):
        return await again(at, typed, BadInput("faulty_form", {guardians.ADDRESS: "guardian_unnamed"}))
    return await at.draw(
        "site/young.html", 403, tail=tail(at, at.lang), elsewhere=tail(at, other(at.lang)),
        refused=refused.code == "too_young", promise=refused.promise,
    )  # fmt: skip


def _naming(at: Visit, typed: Form, error: TepatiError) -> TepatiError:
    """Name on the page, and nowhere else, the fields that the door refused: it only counts a stranger's names."""
    if error.code != "undeclared_field" or not isinstance(error, Refused):
        return error
    extra = [name for name in forms.unasked(typed, declared(at)) if PLAIN.fullmatch(name)]
    return Refused("undeclared", error.promise, fields=speech.listing(extra, at.lang)) if extra else error


async def _coded(request: Asked, at: Visit, typed: Form, shown: Shown, device: str) -> Redirect:
    """Take the form of somebody without an address, and lead to where the code is typed."""
    given = _given(at, typed, shown)
    values = {name: value[0] for name, value in given.items() if not name.startswith("asks.") and name != "terms"}
    ticks = frozenset(name.removeprefix("asks.") for name in given if name.startswith("asks."))
    sent = Submitted(at.read.point, "site", values, ticks, terms="terms" in given, language=at.lang,
                     shown=shown.digest, once=shown.form_id, device=device, holds=True)  # fmt: skip
    waiting = await asked_by_code(at.org.desk, sent, coding.network(request))
    return Redirect(at.url("book_code", waiting.page), status_code=303)


async def _book(at: Visit, typed: Form, shown: Shown, device: str) -> Booked:
    given = _given(at, typed, shown) | guarding.given(typed)
    return await at.org.book(at.read.point, given, Sent(at.lang, shown.digest, shown.form_id, device))


def _given(at: Visit, typed: Form, shown: Shown) -> Form:
    """Read what a form says for the door. Raises BadInput, Conflict, Refused."""
    if shown.digest != at.org.digest:
        raise Conflict("notice_changed")
    at.only(typed, declared(at), at.read.point)
    lengths(at, typed)
    _chosen_one(at, typed)
    own = {*forms.OWN, *guarding.OWN, CODED}
    return {name: _said(at, name, value) for name, value in typed.items() if name not in own and value[0] != ""}


def _chosen_one(at: Visit, typed: Form) -> None:
    """Raise BadInput where a form that serves nothing but consents has no box ticked."""
    asked = questions(at)
    if asked and not at.org.notice.points[at.read.point].for_ and not any(f"asks.{name}" in typed for name in asked):
        raise BadInput("faulty_form", {f"asks.{asked[0]}": "tick_one"})


def _said(at: Visit, name: str, value: list[str]) -> list[str]:
    """Write a moment with the organisation's offset: a browser sends it without. Raises BadInput: out of range."""
    if name != at.read.page.moment:
        return value
    try:
        moment = dt.datetime.strptime(value[0], LOCAL).replace(tzinfo=ZoneInfo(at.tz))
    except ValueError:
        return value  # the door says what is wrong with it
    first, last = days(at)
    if not first <= moment.date() <= last:
        raise BadInput("faulty_form", {name: "moment_range"})
    return [moment.isoformat()]


@get(RECEIVED)
async def received(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show the answer to a booking: number, what happens next. Raises NotFound or Expired."""
    return await _answer(visit(request, org, "booked"), ticket)


@get(addresses.tailed("formed", "ticket"))
async def answered(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show the answer to a further form. Raises NotFound or Expired."""
    return await _answer(visit(request, org, "formed"), ticket)


async def _answer(at: Visit, ticket: str) -> Page:
    said = tokens.open_ticket(at.house.config.key, ticket, at.org.slug, at.page, at.now)
    if said["form"] and said["form"] not in at.read.further:
        raise NotFound("page")  # the form was taken away meanwhile
    at = replace(at, form=said["form"])
    rule = at.org.notice.minors.guardian
    return await at.draw(
        "site/booked.html", tail=ticket, said=said, form=at.read.page, voice=_answers(at),
        waits=labels(at.org.notice, at.lang).duration(rule.waits),
        within=labels(at.org.notice, at.lang).duration(rule.within) if rule.within else "",
        confirms=bool(guardians.heard(at.org.notice)),
    )  # fmt: skip


def _answers(at: Visit) -> str:
    return "booked" if voice(at) == "book" else "formed"
