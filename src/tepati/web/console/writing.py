"""Room web: what is told on the phone or at a counter is typed in by who answers it; its owner confirms it by a letter.

Of somebody without an e-mail address staff confirm it themselves, and hand its number over on paper.
"""

from dataclasses import dataclass

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts.collect import Form as Submitted
from tepati.flows.acts.collect import collect
from tepati.flows.acts.complaints import Complaint, complaint
from tepati.flows.acts.vouch import vouch
from tepati.flows.answering import answers, ways
from tepati.flows.entrance import SPOKEN, entered
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms
from tepati.web.console.complaints import spoken
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import fault, told
from tepati.web.forms import one
from tepati.web.site.files import PLAIN
from tepati.web.site.fitting import field_of
from tepati.web.site.frame import Asked, Page

TYPED = {"name": "text", "email": "email", "phone": "tel", "reference": "text", "text": "area", "choice": "choice"}


@dataclass(frozen=True, slots=True)
class Input:
    """One field to type: its path, label, element, options (of a choice), and whether it may stay empty."""

    path: str
    label: str
    element: str
    options: dict[str, str]
    optional: bool


@get(addresses.tailed("complaint_new", "point"))
async def form(request: Asked, org: FromPath[str], point: FromPath[str]) -> Page:
    """Show the form. Raises Away, NotFound (the notice knows no such point), Refused."""
    return await _form(await _seat(request, org), point)


@post(addresses.tailed("complaint_new", "point"), status_code=303)
async def take(request: Asked, org: FromPath[str], point: FromPath[str]) -> Page | Redirect:
    """Take what was told. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, once = await posted(request, org, "complaint_new")
    paths = [each.path for each in _inputs(here, point)]
    forms.only(form, (*paths, "channel", "attested"), f"points.{point}")
    sent = Submitted(
        point, one(form, "channel"), {path: one(form, path) for path in paths if one(form, path)}, frozenset(),
        terms=False,
        language=here.at.lang, shown=here.at.org.digest, once=once,
    )  # fmt: skip
    try:
        (typed,) = await entered(here.desk, here.actor, [sent])
        by_word = "attested" in form and not any(field_of(here.at.org.notice, p).identifies for p in typed.values)
        got = await (vouch if by_word else collect)(here.desk, typed)
    except BadInput as bad:
        typed_in = {name: one(form, name) for name in form}
        return await _form(here, point, typed_in, _faults(here, point, bad), told(bad, here.at.lang))
    return here.to("complaint_taken", got.number)


@get([f"{path}/{{number:str}}" for path in addresses.both("complaint_taken")])
async def taken(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show the number to tell. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "complaint_taken")
    if not PLAIN.fullmatch(number):
        raise NotFound("page")
    return await here.draw(
        "complaint_taken.html", part="complaints", tail=number, number=number, found=await _attested(here, number),
        contact=here.at.org.notice.organisation.contact, site=here.desk.url("notice", here.at.lang, ""),
        called=labels(here.at.org.notice, here.at.lang),
    )  # fmt: skip


async def _attested(here: Seat, number: str) -> Complaint | None:
    """Return the case of a number that staff attested: what waits for its letter is none yet."""
    try:
        found = await complaint(here.desk, here.actor, number)
    except NotFound:
        return None
    return found if found.mailless else None


async def _seat(request: Asked, org: str) -> Seat:
    here = await seat(request, org, "complaint_new")
    if not answers(here.desk, here.actor):
        raise Refused("act_not_given", f"roles.{here.actor.first}")
    return here


def _inputs(here: Seat, name: str) -> list[Input]:
    """List what the point collects and can be typed, in the order of the notice. Raises NotFound."""
    notice, called = here.at.org.notice, labels(here.at.org.notice, here.at.lang)
    if name not in spoken(here):
        raise NotFound("page")
    point, spoken_for = notice.points[name], bool(ways(notice, mailless=True))
    found = []
    for category, held in notice.data.items():
        for each, field in held.fields.items():
            path = f"{category}.{each}"
            if path in point.collects and field.type in TYPED:
                options = {key: text.of(here.at.lang) for key, text in field.options.items()}
                label = speech.capital(called.field(path))
                optional = field.optional or (field.identifies and spoken_for)
                found.append(Input(path, label, TYPED[field.type], options, optional))
    return found


def _faults(here: Seat, point: str, bad: BadInput) -> dict[str, str]:
    known = {each.path: each.label for each in _inputs(here, point)}
    return {p: fault(str(code), here.at.lang, known[p]) for p, code in bad.faults.items() if p in known}


async def _form(
    here: Seat, name: str, typed: dict[str, str] | None = None, faults: dict[str, str] | None = None, wrong: str = ""
) -> Page:
    inputs, kind = _inputs(here, name), spoken(here)[name]
    called = labels(here.at.org.notice, here.at.lang)
    channels = [c for c in here.at.org.notice.points[name].channels if c in SPOKEN]
    return await here.draw(
        "complaint_new.html", 422 if wrong else 200, part="complaints", tail=name, point=name, kind=kind, inputs=inputs,
        typed=typed or {},
        by_word=bool(ways(here.at.org.notice, mailless=True)),
        faults=faults or {}, wrong=wrong, channels={c: speech.capital(called.channels([c])) for c in channels},
    )  # fmt: skip
