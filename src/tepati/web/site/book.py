"""Room web: the form pages: each shows what the notice lets it ask, keeps what was typed in the page only, posts once.

Order: token (whose form, which notice), lengths, the act; what is not declared is refused by the door. What fails is
shown again with the typed values; they are never stored and never in an address.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made_by
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.questions import question as asked_as
from tepati.flows.visitors import new_device
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.words import words
from tepati.web import addresses, cookies, forms, tokens
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.house import other
from tepati.web.ports import Booked, Sent, Slot
from tepati.web.site import inputs, journey
from tepati.web.site.fitting import field_of
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inputs import Choice, Input
from tepati.web.tokens import Shown

Faults = Mapping[str, str]
PATHS = ["/{org:str}/pesan", "/{org:str}/en/book"]
RECEIVED = ["/{org:str}/pesan/diterima/{ticket:str}", "/{org:str}/en/book/received/{ticket:str}"]
FURTHER = addresses.tailed("form", "path")
PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,40}")  # a name that may be repeated to its sender
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
YOUNG = "guardian_needed"  # refused at the door: a page of its own, with nothing typed on it


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
        booked = await _book(at, typed, shown, device)
    except (BadInput, Conflict, Expired, Refused, Unavailable) as error:
        if error.code == YOUNG:
            return await at.draw("site/young.html", 403, tail=_tail(at, at.lang), elsewhere=_tail(at, other(at.lang)))
        return await again(at, typed, _naming(at, typed, error))
    page = "formed" if at.form else "booked"
    said = {"number": booked.number, "mailed": "yes" if booked.mailed else "", "form": at.form}
    answer = Redirect(at.url(page, tokens.ticket(config.key, org, page, said, at.now)), status_code=303)
    cookies.keep(answer, request, org, "device", device)  # known only if this browser confirms its person's first act
    return answer


def route(at: Visit) -> str:
    """Name the form for its token: one form's token opens no other."""
    return f"form:{at.form}" if at.form else "book"


def voice(at: Visit) -> str:
    """Say whose words a form takes: those of a booking of hours, or those of any form."""
    return "book" if at.read.page.date else "form"


def _tail(at: Visit, lang: str) -> str:
    made = at.read.shop.forms.get(at.form)
    return made.path.of(lang) if made else ""


def _naming(at: Visit, typed: Form, error: TepatiError) -> TepatiError:
    """Name on the page, and nowhere else, the fields that the door refused: it only counts a stranger's names."""
    if error.code != "undeclared_field" or not isinstance(error, Refused):
        return error
    extra = [name for name in forms.unasked(typed, declared(at)) if PLAIN.fullmatch(name)]
    return Refused("undeclared", error.promise, fields=speech.listing(extra, at.lang)) if extra else error


async def _book(at: Visit, typed: Form, shown: Shown, device: str) -> Booked:
    if shown.digest != at.org.digest:
        raise Conflict("notice_changed")
    forms.only(typed, declared(at), f"points.{at.read.point}")
    lengths(at, typed)
    _chosen_one(at, typed)
    given = {name: _said(at, name, value) for name, value in typed.items() if name not in forms.OWN and value[0] != ""}
    return await at.org.book(at.read.point, given, Sent(at.lang, shown.digest, shown.form_id, device))


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
        moment = dt.datetime.fromisoformat(value[0]).replace(tzinfo=ZoneInfo(at.tz))
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
    return await at.draw("site/booked.html", tail=ticket, said=said, form=at.read.page, voice=_answers(at))


def _answers(at: Visit) -> str:
    return "booked" if voice(at) == "book" else "formed"


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a form is shown again: faults per field, or one sentence (with the promise that refused)."""

    status: int = 200
    faults: Faults = made_by(default_factory=dict)
    general: str = ""
    promise: str = ""


STATUS = {BadInput: 422, Refused: 403, Conflict: 409, Expired: 409, Unavailable: 503}


async def again(at: Visit, typed: Form, error: TepatiError) -> Page:
    """Show the form with what was typed and what is wrong. A forged token, or one for another form, gets none back."""
    if error.code == "form_forged":
        raise error
    faults = error.faults if isinstance(error, BadInput) else {}
    promise = error.promise if isinstance(error, Refused) else ""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return await show(at, typed, Wrong(status, faults, "" if faults else at.spoken(told(error, at.lang)), promise))


async def show(at: Visit, typed: Form, wrong: Wrong | None = None) -> Page:
    """Render the form around ``typed``; a fresh token each time."""
    config, wrong = at.house.config, wrong or Wrong()
    day, fields = await filled(at, typed, wrong.faults)
    return await at.draw(
        "site/book.html",
        wrong.status,
        tail=_tail(at, at.lang),
        elsewhere=_tail(at, other(at.lang)),
        form=at.read.page,
        here=at.form_url(at.read),
        voice=voice(at),
        title=_above(at, "title"),
        lead=_above(at, "lead"),
        headers={"retry-after": "30"} if wrong.status == 503 else {},
        fields={each.name: each for each in fields},
        wrong=[*((each.id, each.label, each.wrong) for each in fields if each.wrong), *_unticked(at, wrong.faults)],
        general=wrong.general or rest(at, wrong.faults),
        promise=wrong.promise,
        terms=at.org.notice.terms.get(at.org.notice.points[at.read.point].terms),
        asks=[(name, question(at, name), also(at, name), f"asks.{name}" in typed) for name in questions(at)],
        needed=not at.org.notice.points[at.read.point].for_,
        day=day,
        days=days(at),
        uses=uses(at, at.read.point),
        steps=journey.Teller(at.org.notice, at.read, at.lang, at.say, _moment(at)).steps(),
        token=tokens.issue(config.key, at.org.slug, route(at), at.org.digest, at.now, config.random(16)),
    )


def _moment(at: Visit) -> str:
    return "journey.now" if voice(at) == "book" else "journey.now_write"


def _above(at: Visit, what: str) -> str:
    """Say what stands above a form: its own words, or for a main form that has none those of a booking."""
    shop, page = at.read.shop, at.read.page
    if at.form:
        return (page.title if what == "title" else page.lead).of(at.lang)
    own = shop.heading if what == "title" else shop.intro
    return own.of(at.lang) if own else at.say(f"book.{what}")


def _unticked(at: Visit, faults: Faults) -> list[tuple[str, str, str]]:
    """Lead from the list of faults to the boxes, where one of them has to be ticked."""
    return [
        (path.replace(".", "-"), "", at.say(f"fault.{code}")) for path, code in faults.items() if code == "tick_one"
    ]


async def filled(at: Visit, typed: Form, faults: Faults) -> tuple[dt.date, list[Input]]:
    """Fill every input of the point with what was typed; give the day whose hours are offered."""
    day = _day(at, one(typed, at.read.page.date))
    slots = await _slots(at, day) if at.read.page.slot else {}
    return day, [_filled(at, path, typed, faults, day, slots) for path in at.read.fields]


def uses(at: Visit, point: str) -> str:
    """List every purpose that this form serves, each with its lawful basis (UU PDP Art. 21): none is left unsaid."""
    called, said = labels(at.org.notice, at.lang), words(at.lang, "notice")
    purposes = at.org.notice.purposes
    asked = [at.org.notice.consents[name].for_ for name in at.org.notice.points[point].asks]
    names = at.org.notice.points[point].for_ or tuple(dict.fromkeys(asked))
    told = [f"{called.purpose(name)} ({said.say(f'basis.{purposes[name].basis}').lower()})" for name in names]
    return speech.listing(told, at.lang)


def rest(at: Visit, faults: Faults) -> str:
    """Say a fault that belongs to no input (the terms), so that no fault is silent."""
    beside = {path.rpartition(".")[2] for path in at.read.fields if path in faults}  # the door's own word for a field
    codes = [
        code for name, code in faults.items()
        if name not in at.read.fields and name not in beside and code != "tick_one"
    ]  # fmt: skip
    return at.spoken(told(BadInput(codes[0]), at.lang)) if codes else ""


def declared(at: Visit) -> tuple[str, ...]:
    """Every name that this form may send."""
    return (*at.read.fields, *(f"asks.{name}" for name in questions(at)), "terms")


def questions(at: Visit) -> tuple[str, ...]:
    """Name the consents that this form asks and that can be proven today, in the notice's order."""
    return tuple(name for name in at.org.asks if name in at.org.notice.points[at.read.point].asks)


def question(at: Visit, consent: str) -> str:
    """Say the question of a consent: the words whose digest the acts write down."""
    return asked_as(at.org.notice, consent, at.lang)


def also(at: Visit, consent: str) -> str:
    """Say it in Indonesian too, beside a question in another language (UU 24/2009 Art. 31 reads so)."""
    return "" if at.lang == "id" else asked_as(at.org.notice, consent, "id")


def lengths(at: Visit, typed: Form) -> None:
    """Raise BadInput for values longer than their inputs take: the browser stops there, a script does not."""
    notice = at.org.notice
    longest = {path: inputs.build(notice, at.read, path, at.lang, at.say).longest for path in at.read.fields}
    if long := {path: "too_long" for path in longest if len(one(typed, path)) > longest[path]}:
        raise BadInput("fields", long)


def days(at: Visit) -> tuple[dt.date, dt.date]:
    """First and last day that can be booked, in the organisation's zone."""
    today = (EPOCH + dt.timedelta(microseconds=at.now)).astimezone(ZoneInfo(at.tz)).date()
    page = at.read.page
    return today + dt.timedelta(days=page.earliest), today + dt.timedelta(days=page.latest)


def _day(at: Visit, typed: str) -> dt.date:
    """Return the typed day where it can be booked, else the first one."""
    first, last = days(at)
    try:
        return min(max(dt.date.fromisoformat(typed), first), last)
    except ValueError:
        return first


async def _slots(at: Visit, day: dt.date) -> dict[str, Slot]:
    """Return the hours of a day; while they cannot be read the form still stands, without hours."""
    try:
        return {slot.key: slot for slot in await at.org.slots(day)}
    except Unavailable:
        return {}


def _filled(at: Visit, path: str, typed: Form, faults: Faults, day: dt.date, slots: Mapping[str, Slot]) -> Input:
    made = inputs.build(at.org.notice, at.read, path, at.lang, at.say)
    value = day.isoformat() if path == at.read.page.date and path not in faults else one(typed, path)
    value = "" if field_of(at.org.notice, path).type in inputs.UNSHOWN else value
    code = faults.get(path, "")
    code = "missing_choice" if code == "missing" and made.widget == "choices" else code
    wrong = at.spoken(fault(code, at.lang, made.label)) if code else ""
    choices = tuple(_chosen(each, value) for each in made.choices)
    if path == at.read.page.slot:
        choices = tuple(_offered(at, each, slots) for each in choices if each.value in slots)
    return replace(made, value=value, wrong=wrong, choices=choices)


def _chosen(choice: Choice, value: str) -> Choice:
    return replace(choice, chosen=choice.value == value if value else choice.chosen)


def _offered(at: Visit, choice: Choice, slots: Mapping[str, Slot]) -> Choice:
    full = slots[choice.value].full
    return replace(choice, full=full, chosen=choice.chosen and not full, price=at.say("book.full") if full else "")
