"""Room web: at a till: what a buyer says is typed in, and what they asked for leaves by mail at once."""

from dataclasses import dataclass

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts.collect import Form as Submitted
from tepati.flows.acts.collect import collect
from tepati.flows.entrance import entered
from tepati.flows.till import tills
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.rules.types import Element, element
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.site.asking import STATUS
from tepati.web.site.files import PLAIN
from tepati.web.site.frame import Asked, Page


@dataclass(frozen=True, slots=True)
class Input:
    """One field to type: its path, what it is called, how it is asked for, what was typed and what is wrong."""

    path: str
    label: str
    element: Element
    optional: bool
    value: str
    wrong: str


@get(addresses.both("till"))
async def till(request: Asked, org: FromPath[str]) -> Page:
    """Show the form. Raises Away, NotFound, Refused."""
    return await _page(await _seat(request, org))


@post(addresses.both("till"), status_code=303)
async def hand(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take what was said, and send what was asked for. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, once = await posted(request, org, "till")
    point, channel = _point(here)
    paths = [path for path, _ in here.desk.policy.collects[point]]
    forms.only(form, paths, f"points.{point}")
    sent = Submitted(
        point, channel, {path: one(form, path) for path in paths}, frozenset(), terms=False, language=here.at.lang,
        shown=here.at.org.digest, once=once,
    )  # fmt: skip
    try:
        (typed,) = await entered(here.desk, here.actor, [sent])
        got = await collect(here.desk, typed)
    except (BadInput, Refused) as bad:
        return await _page(here, form, bad)
    return here.to("till", got.number)


@get(addresses.tailed("till", "number"))
async def handed(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show the form for the next, and say first what left. Raises Away, NotFound, Refused."""
    here = await _seat(request, org)
    if not PLAIN.fullmatch(number):
        raise NotFound("page")
    return await _page(here, number=number)


async def _seat(request: Asked, org: str) -> Seat:
    here = await seat(request, org, "till")
    _point(here)
    return here


def _point(here: Seat) -> tuple[str, str]:
    """Name the point, and its channel. Raises Refused."""
    found = tills(here.desk, here.actor)
    if not found:
        raise Refused("act_not_given", f"roles.{next(iter(here.actor.roles), 'none')}")
    return next(iter(found.items()))


async def _page(here: Seat, typed: Form | None = None, bad: BadInput | Refused | None = None, number: str = "") -> Page:
    at, (point, _) = here.at, _point(here)
    called, faults = labels(at.org.notice, at.lang), bad.faults if isinstance(bad, BadInput) else {}
    order = [f"{category}.{name}" for category, held in at.org.notice.data.items() for name in held.fields]
    inputs = []
    for path, field in sorted(here.desk.policy.collects[point], key=lambda each: order.index(each[0])):
        label = speech.capital(called.field(path))
        wrong = at.spoken(fault(faults[path], at.lang, label)) if path in faults else ""
        inputs.append(Input(path, label, element(field.type), field.optional, one(typed or {}, path), wrong))
    life = at.org.notice.retention[inputs[0].path.partition(".")[0]]
    status = STATUS[type(bad)] if bad else 200
    return await here.draw(
        "till.html", status, tail=number, number=number, inputs=inputs, point=called.point(point),
        general=at.spoken(told(bad, at.lang)) if bad and not faults else "", kept=called.duration(life.for_),
    )  # fmt: skip
