"""Room web: a person sends a proof (of identity) to be checked: a picture, from a device that is known."""

import base64
from dataclasses import dataclass

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.acts.checks import Proofs, proofs
from tepati.flows.acts.complain import complain
from tepati.flows.submission import Form as Submitted
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms, tokens
from tepati.web.errors import fault, told
from tepati.web.forms import one
from tepati.web.site.asking import STATUS
from tepati.web.site.frame import Asked, Page, Visit
from tepati.web.site.inside import Inside, inside, posted_file

FILE = "file"


@dataclass(frozen=True, slots=True)
class Place:
    """One point: its name, the words for it, for what is sent and what for; when it goes; whether one waits."""

    point: str
    kind: str
    what: str
    purposes: str
    ends: str
    waits: bool


@get(addresses.both("proving"))
async def show(request: Asked, org: FromPath[str]) -> Page:
    """Show what may be sent, and what became of what was. Raises Away, NotFound (the notice asks for no proof)."""
    return await _page(await inside(request, org, "proving"))


@post(addresses.both("proving"), status_code=303)
async def send(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take a picture, or say what is wrong with it. Raises Away, BadInput (forged), Expired."""
    here, form, files, shown = await posted_file(request, org, "proving", FILE)
    forms.only(form, ("point",), "points")
    try:
        await _taken(here, one(form, "point"), files.get(FILE, b""), shown)
    except (BadInput, Conflict, Refused, Unavailable) as error:
        return await _page(here, error)
    return here.to("proving")


async def _taken(here: Inside, point: str, raw: bytes, shown: tokens.Shown) -> None:
    at, notice = here.at, here.at.org.notice
    found = await proofs(at.org.desk, here.who)
    if point not in found.points:
        raise Refused("unknown_point", "points")
    here.who.proven(f"points.{point}")
    if found.waits(notice.points[point].opens):
        raise Conflict("proof_waits")
    if shown.digest != at.org.digest:
        raise Conflict("notice_changed")
    (path,) = notice.points[point].collects
    values = {path: base64.b64encode(raw).decode("ascii")}
    sent = Submitted(
        point, "site", values, frozenset(), terms=False, language=at.lang, shown=shown.digest, once=shown.form_id
    )  # fmt: skip
    await complain(at.org.desk, here.who, sent)


async def _page(here: Inside, error: TepatiError | None = None) -> Page:
    at = here.at
    found = await proofs(at.org.desk, here.who)
    if not found.points:
        raise NotFound("page")
    code = next(iter(error.faults.values()), "") if isinstance(error, BadInput) else ""
    wrong = ""
    if error:
        wrong = at.spoken(fault(code, at.lang, at.say("proving.file")) if code else told(error, at.lang))
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS) if error else 200
    called = labels(at.org.notice, at.lang)
    return await at.draw(
        "site/proving.html", status, here=here, places=[_place(at, found, each) for each in found.points],
        cases=found.cases, wrong=wrong, called=called.case, headers={"retry-after": "30"} if status == 503 else {},
    )  # fmt: skip


def _place(at: Visit, found: Proofs, name: str) -> Place:
    notice, called = at.org.notice, labels(at.org.notice, at.lang)
    point = notice.points[name]
    (path,) = point.collects
    life = notice.retention[path.partition(".")[0]]
    ends = at.say("proving.ends", length=called.duration(life.for_), event=called.event(life.from_.event))
    return Place(
        name, speech.capital(called.case(point.opens)), speech.capital(called.field(path)),
        called.purposes(point.for_), ends, found.waits(point.opens),
    )  # fmt: skip
