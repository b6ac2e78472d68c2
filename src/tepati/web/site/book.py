"""Room web: the booking page: shows what the notice lets it ask, keeps what was typed in the page only, posts once.

Order: token (whose form, which notice), lengths, the act; what is not declared is refused by the door. What fails is
shown again with the typed values; they are never stored and never in an address.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, Expired, Refused, TepatiError, Unavailable
from tepati.flows.questions import question as asked_as
from tepati.flows.visitors import new_device
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.words import words
from tepati.web import cookies, forms, tokens
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.ports import Booked, Slot
from tepati.web.site import inputs, journey
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inputs import Choice, Input
from tepati.web.tokens import Shown

Faults = Mapping[str, str]
PATHS = ["/{org:str}/pesan", "/{org:str}/en/book"]
RECEIVED = ["/{org:str}/pesan/diterima/{ticket:str}", "/{org:str}/en/book/received/{ticket:str}"]
PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,40}")  # a name that may be repeated to its sender
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@get(PATHS)
async def form(request: Asked, org: FromPath[str]) -> Page:
    """Show the empty form; ``?day=`` and ``?offer=`` choose, nothing personal is ever read from an address."""
    at = visit(request, org, "book")
    shop = at.read.shop
    typed = {shop.date: request.query_params.get("day", ""), shop.offer: request.query_params.get("offer", "")}
    return await show(at, {name: [value] for name, value in typed.items() if value})


@post(PATHS, status_code=303)
async def send(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take the form: refuse, show again, or book and redirect to the answer."""
    at = visit(request, org, "book")
    typed = forms.parse(await request.body(), request.headers.get("content-type", ""))
    try:
        shown = tokens.check(at.house.config.key, one(typed, "_token"), org, "book", at.now)
        if "_show" in typed:
            return await show(at, typed)
        device = cookies.read(request, org, "device") or new_device(at.house.config.random)
        booked = await _book(at, typed, shown, device)
    except (BadInput, Conflict, Expired, Refused, Unavailable) as error:
        return await again(at, typed, _naming(at, typed, error))
    said = {"number": booked.number, "mailed": "yes" if booked.mailed else ""}
    carried = tokens.ticket(at.house.config.key, org, "booked", said, at.now)
    answer = Redirect(at.url("booked", carried), status_code=303)
    cookies.keep(answer, request, org, "device", device)  # known only if this browser confirms its person's first act
    return answer


def _naming(at: Visit, typed: Form, error: TepatiError) -> TepatiError:
    """Name on the page, and nowhere else, the fields that the door refused: it only counts a stranger's names."""
    if error.code != "undeclared_field" or not isinstance(error, Refused):
        return error
    extra = [name for name in forms.unasked(typed, declared(at)) if PLAIN.fullmatch(name)]
    return Refused("undeclared", error.promise, fields=speech.listing(extra, at.lang)) if extra else error


async def _book(at: Visit, typed: Form, shown: Shown, device: str) -> Booked:
    if shown.digest != at.org.digest:
        raise Conflict("notice_changed")
    lengths(at, typed)
    given = {name: value for name, value in typed.items() if name not in forms.OWN and value[0] != ""}
    return await at.org.book(given, at.lang, shown.digest, shown.form_id, device)


@get(RECEIVED)
async def received(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show the answer to a booking: number, what happens next. Raises NotFound or Expired."""
    at = visit(request, org, "booked")
    said = tokens.open_ticket(at.house.config.key, ticket, org, "booked", at.now)
    return await at.draw("site/booked.html", tail=ticket, said=said)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a form is shown again: faults per field, or one sentence (with the promise that refused)."""

    status: int = 200
    faults: Faults = field(default_factory=dict)
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
    return await show(at, typed, Wrong(status, faults, "" if faults else told(error, at.lang), promise))


async def show(at: Visit, typed: Form, wrong: Wrong | None = None) -> Page:
    """Render the form around ``typed``; a fresh token each time."""
    config, wrong = at.house.config, wrong or Wrong()
    day, fields = await filled(at, typed, wrong.faults)
    return await at.draw(
        "site/book.html",
        wrong.status,
        headers={"retry-after": "30"} if wrong.status == 503 else {},
        fields={each.name: each for each in fields},
        wrong=[(each.id, each.label, each.wrong) for each in fields if each.wrong],
        general=wrong.general or rest(at, wrong.faults),
        promise=wrong.promise,
        terms=at.org.notice.terms.get(at.org.notice.points[at.read.shop.point].terms),
        asks=[(name, question(at, name), f"asks.{name}" in typed) for name in at.org.asks],
        day=day,
        days=days(at),
        uses=uses(at, at.read.shop.point),
        steps=journey.Teller(at.org.notice, at.read, at.lang, at.say).steps(),
        token=tokens.issue(config.key, at.org.slug, "book", at.org.digest, at.now, config.random(16)),
    )


async def filled(at: Visit, typed: Form, faults: Faults) -> tuple[dt.date, list[Input]]:
    """Fill every input of the point with what was typed; give the day whose hours are offered."""
    day = _day(at, one(typed, at.read.shop.date))
    slots = await _slots(at, day)
    return day, [_filled(at, path, typed, faults, day, slots) for path in at.read.fields]


def uses(at: Visit, point: str) -> str:
    """List every purpose that this form serves, each with its lawful basis (UU PDP Art. 21): none is left unsaid."""
    called, said = labels(at.org.notice, at.lang), words(at.lang, "notice")
    purposes = at.org.notice.purposes
    names = at.org.notice.points[point].for_
    told = [f"{called.purpose(name)} ({said.say(f'basis.{purposes[name].basis}').lower()})" for name in names]
    return speech.listing(told, at.lang)


def rest(at: Visit, faults: Faults) -> str:
    """Say a fault that belongs to no input (the terms), so that no fault is silent."""
    beside = {path.rpartition(".")[2] for path in at.read.fields if path in faults}  # the door's own word for a field
    codes = [code for name, code in faults.items() if name not in at.read.fields and name not in beside]
    return told(BadInput(codes[0]), at.lang) if codes else ""


def declared(at: Visit) -> tuple[str, ...]:
    """Every name that this form may send."""
    return (*at.read.fields, *(f"asks.{name}" for name in at.org.asks), "terms")


def question(at: Visit, consent: str) -> str:
    """Say the question of a consent: the words whose digest the acts write down."""
    return asked_as(at.org.notice, consent, at.lang)


def lengths(at: Visit, typed: Form) -> None:
    """Raise BadInput for values longer than their inputs take: the browser stops there, a script does not."""
    notice = at.org.notice
    longest = {path: inputs.build(notice, at.read, path, at.lang, at.say).longest for path in at.read.fields}
    if long := {path: "too_long" for path in longest if len(one(typed, path)) > longest[path]}:
        raise BadInput("fields", long)


def days(at: Visit) -> tuple[dt.date, dt.date]:
    """First and last day that can be booked, in the organisation's zone."""
    today = (EPOCH + dt.timedelta(microseconds=at.now)).astimezone(ZoneInfo(at.tz)).date()
    shop = at.read.shop
    return today + dt.timedelta(days=shop.earliest), today + dt.timedelta(days=shop.latest)


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
    value = day.isoformat() if path == at.read.shop.date and path not in faults else one(typed, path)
    code = faults.get(path, "")
    code = "missing_choice" if code == "missing" and made.widget == "choices" else code
    wrong = fault(code, at.lang, made.label) if code else ""
    choices = tuple(_chosen(each, value) for each in made.choices)
    if path == at.read.shop.slot:
        choices = tuple(_offered(at, each, slots) for each in choices if each.value in slots)
    return replace(made, value=value, wrong=wrong, choices=choices)


def _chosen(choice: Choice, value: str) -> Choice:
    return replace(choice, chosen=choice.value == value if value else choice.chosen)


def _offered(at: Visit, choice: Choice, slots: Mapping[str, Slot]) -> Choice:
    full = slots[choice.value].full
    return replace(choice, full=full, chosen=choice.chosen and not full, price=at.say("book.full") if full else "")
