"""Room web: what a form page shows: its inputs from the notice, what was typed and what is wrong, and the journey."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made_by
from zoneinfo import ZoneInfo

from tepati.errors import BadInput, Conflict, Expired, Refused, TepatiError, Unavailable
from tepati.flows.acts.confirm_by_code import offered
from tepati.flows.questions import question as asked_as
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.words import words
from tepati.web import tokens
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.house import other
from tepati.web.ports import Slot
from tepati.web.site import guarding, inputs, journey, placing
from tepati.web.site.fitting import field_of
from tepati.web.site.frame import Page, Visit
from tepati.web.site.inputs import Choice, Input

Faults = Mapping[str, str]
CODED = "coded"  # ticked: they have no e-mail, and confirm by a code
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def route(at: Visit) -> str:
    """Name the form for its token: one form's token opens no other."""
    return f"form:{at.form}" if at.form else "book"


def voice(at: Visit) -> str:
    """Say whose words a form takes: those of a booking of hours, or those of any form."""
    return "book" if at.read.page.date else "form"


def tail(at: Visit, lang: str) -> str:
    """Return the last segment of a further form's address in one language."""
    made = at.read.shop.forms.get(at.form)
    return made.path.of(lang) if made else ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a form is shown again: faults per field, or one sentence (with the promise that refused)."""

    status: int = 200
    faults: Faults = made_by(default_factory=dict)
    general: str = ""
    promise: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One consent that a form asks: ``also`` is its question in Indonesian, where the page is in another language."""

    name: str
    text: str
    also: str
    ticked: bool
    wrong: str


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
    guardian = guarding.asked(at, typed, wrong.faults)
    if mailless(at):  # the address may stay empty; whoever leaves it so without the tick is told by the door
        fields = [replace(each, either=True) if each.widget == "email" else each for each in fields]
    faulty = [*fields, *([guardian] if guardian else [])]
    placed = any(each.digits for each in fields)
    return await at.draw(
        "site/book.html",
        wrong.status,
        tail=tail(at, at.lang),
        elsewhere=tail(at, other(at.lang)),
        form=at.read.page,
        action=at.form_url(at.read),
        voice=voice(at),
        title=_above(at, "title"),
        lead=_above(at, "lead"),
        headers={**({"retry-after": "30"} if wrong.status == 503 else {}), **placing.allowed(asks=placed)},
        script=placing.script(at) if placed else "",
        fields={each.name: each for each in fields},
        guardian=guardian,
        unmailed=guarding.unmailed(at, typed),
        coded=("ticked" if CODED in typed else "offered") if mailless(at) else "",
        wrong=[*((each.id, each.label, each.wrong) for each in faulty if each.wrong), *_unticked(at, wrong.faults)],
        general=wrong.general or rest(at, wrong.faults),
        promise=wrong.promise,
        terms=at.org.notice.terms.get(at.org.notice.points[at.read.point].terms),
        asks=[_box(at, name, typed, wrong.faults) for name in questions(at)],
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


def _box(at: Visit, name: str, typed: Form, faults: Faults) -> Box:
    """Show one consent: its words, and what is wrong with it where one has to be ticked."""
    code = faults.get(f"asks.{name}", "")
    return Box(
        name, question(at, name), also(at, name), f"asks.{name}" in typed, at.say(f"fault.{code}") if code else ""
    )


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
    bases = {name: said.say(f"basis.{purposes[name].basis}") for name in names}
    told = [f"{called.purpose(name)} ({bases[name][:1].lower()}{bases[name][1:]})" for name in names]
    return at.spoken(speech.listing(told, at.lang))


def rest(at: Visit, faults: Faults) -> str:
    """Say a fault that belongs to no input (the terms), so that no fault is silent."""
    beside = {path.rpartition(".")[2] for path in at.read.fields if path in faults}  # the door's own word for a field
    codes = [
        code for name, code in faults.items()
        if name not in (*at.read.fields, *guarding.OWN) and name not in beside and code != "tick_one"
    ]  # fmt: skip
    return at.spoken(told(BadInput(codes[0]), at.lang)) if codes else ""


def declared(at: Visit) -> tuple[str, ...]:
    """Every name that this form may send."""
    return (
        *at.read.fields,
        *(f"asks.{name}" for name in questions(at)),
        "terms",
        *guarding.names(at),
        *([CODED] if mailless(at) else []),
    )


def mailless(at: Visit) -> bool:
    """Say whether this form may be confirmed by a code instead of a mailed link."""
    return offered(at.org.desk, at.read.point)


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
