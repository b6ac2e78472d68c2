"""Room web: children whose guardian is to be heard: the queue by deadline, one request, what was said by telephone."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Refused
from tepati.flows import guardians, keepers
from tepati.flows.acts import minors as act
from tepati.flows.acts.minors import SOURCES, Call
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.notice.values import Duration
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.site.frame import Asked, Page

HOUR = 3_600_000_000
FIELDS = ("number", "method", "said", "called", "source", "note")
TELLS = frozenset({"guardian_of_many"})  # refusals said on the page: nothing that staff may not know


@get(addresses.both("minors"))
async def minors(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """List who waits, the next due first; ``?number=`` leads to one. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "minors")
    if number := request.query_params.get("number", "").strip().upper():
        return here.to("minor", (await act.find(here.desk, here.actor, number)).number)
    waiting, pace = await act.minors(here.desk, here.actor)
    ours, theirs = ([each for each in waiting if bool(each.answered) == answered] for answered in (True, False))
    return await here.draw(
        "minors.html", ours=ours, theirs=theirs, pace=pace, called=labels(here.at.org.notice, here.at.lang),
        oldest=min((each.answered for each in ours), default=0),
        slowest=speech.duration(Duration(-(-pace.slowest // HOUR), "hour"), here.at.lang) if pace.slowest else "",
    )  # fmt: skip


@get(addresses.tailed("minor", "number"))
async def minor(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show one, closed up. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "minor"), number)


@post(addresses.both("minor_open"), status_code=200)
async def reveal(request: Asked, org: FromPath[str]) -> Page:
    """Open what the call needs: a look with its line. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "minor_open")
    forms.only(form, ("number",), guardians.PROMISE)
    number = one(form, "number")
    return await _page(here, number, values=await act.reveal(here.desk, here.actor, number))


@post(addresses.both("minor"), status_code=303)
async def hear(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Write down what a guardian said. Raises Away, BadInput (forged), Conflict, NotFound, Refused."""
    here, form, _ = await posted(request, org, "minor")
    forms.only(form, FIELDS, guardians.PROMISE)
    number = one(form, "number")
    call = Call(one(form, "method"), one(form, "said"), one(form, "called"), one(form, "source"), one(form, "note"))
    try:
        await act.hear(here.desk, here.actor, number, call)
    except BadInput as bad:
        codes = {name: "missing" if code == "not_an_option" else code for name, code in bad.faults.items()}
        return await _page(here, number, form, codes, told(bad, here.at.lang))
    except Refused as no:
        if no.code not in TELLS:
            raise
        return await _page(here, number, form, {}, told(no, here.at.lang))
    return here.to("minors")


async def _page(
    here: Seat, number: str, typed: Form | None = None, faults: dict[str, str] | None = None, wrong: str = "",
    values: dict[str, str] | None = None,
) -> Page:  # fmt: skip
    found, notice = await act.find(here.desk, here.actor, number), here.at.org.notice
    called, say = labels(notice, here.at.lang), here.at.say
    names = {guardians.ADDRESS: say("minors.address")}
    shown = {names.get(path) or speech.capital(called.field(path)): value for path, value in (values or {}).items()}
    named = {name: fault(code, here.at.lang, say(f"minors.{name}")) for name, code in (faults or {}).items()}
    return await here.draw(
        "minor.html", 422 if wrong else 200, part="minors", tail=number, found=found, values=shown,
        entry=speech.capital(called.entry(found.point)) if found.point in notice.points else "",
        methods={each: speech.capital(called.said.either(f"confirm.{each}", each)) for each in guardians.heard(notice)},
        sources=SOURCES, typed={name: one(typed or {}, name) for name in FIELDS}, wrong=wrong, faults=named,
        state=_state(found, here.at.now), longest=act.LONGEST,
    )  # fmt: skip


def _state(found: keepers.Waiting, now: int) -> str:
    """Say how one stands: late is what its guardian answered and staff did not, past the declared time."""
    return "late" if found.state == "agreed" and found.due < now else found.state
