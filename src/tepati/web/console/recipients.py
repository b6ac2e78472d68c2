"""Room web: to whom data goes, what each may get, and the agreement without which nothing is handed over."""

import datetime as dt
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.acts import agreements as act
from tepati.flows.stewards import STEWARDS
from tepati.notice.labels import Labels, labels
from tepati.web import addresses, forms
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

PROMISE = "recipients"
LAST = 2**61  # microseconds: an agreement without an end has one beyond any calendar
FIELDS = ("recipient", "since", "until", "digest")
State = tuple[str, int]  # a word for how an agreement stands, and the instant that goes with it


@get(addresses.both("recipients"))
async def recipients(request: Asked, org: FromPath[str]) -> Page:
    """List the recipients of the notice. Raises Away, NotFound, Refused."""
    here = await _seat(request, org, "recipients")
    states = await _states(here)
    missing = sum(1 for state, _ in states.values() if state in {"none", "over"})
    return await here.draw("recipients.html", states=states, missing=missing, called=_called(here))


@get([f"{path}/{{name:str}}" for path in addresses.both("recipient")])
async def recipient(request: Asked, org: FromPath[str], name: FromPath[str]) -> Page:
    """Show one recipient, and the form of its agreement. Raises Away, NotFound, Refused."""
    return await _page(await _seat(request, org, "recipient"), name)


@post(addresses.both("recipient"), status_code=303)
async def record(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Write an agreement down. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "recipient")
    forms.only(form, FIELDS, PROMISE)
    typed = {name: one(form, name).strip() for name in FIELDS}
    try:
        term = _day(here, typed["since"]), _day(here, typed["until"])
        digest = typed["digest"].lower().removeprefix("sha256:")
        await act.record(here.desk, here.actor, typed["recipient"], term, digest)
    except BadInput as bad:
        return await _page(here, typed["recipient"], typed, told(bad, here.at.lang))
    return here.to("recipients")


async def _seat(request: Asked, org: str, page: str) -> Seat:
    """Place a request of whoever speaks for the organisation. Raises Refused."""
    here = await seat(request, org, page)
    here.need(*STEWARDS)
    return here


async def _page(here: Seat, name: str, typed: dict[str, str] | None = None, wrong: str = "") -> Page:
    said = here.at.org.notice.recipients.get(name)
    if said is None:
        raise NotFound("page")
    state = (await _states(here))[name]
    called = _called(here)
    return await here.draw(
        "recipient.html", 422 if wrong else 200, part="recipients", tail=name, name=name, said=said, state=state,
        called=called, typed=typed or dict.fromkeys(FIELDS, ""), wrong=wrong,
    )  # fmt: skip


async def _states(here: Seat) -> dict[str, State]:
    """Say of each recipient how its agreement stands now. Raises Tampered."""
    found = {agreement.recipient: agreement for agreement in await act.listed(here.desk)}
    now, out = here.at.now, dict[str, State]()
    for name, said in here.at.org.notice.recipients.items():
        known = found.get(name)
        if known is None:
            out[name] = ("none" if said.agreement and said.agreement.required else "not_asked", 0)
        elif now < known.since:
            out[name] = ("later", known.since)
        else:
            out[name] = ("over" if now >= known.until else "in_force", known.until if known.until < LAST else 0)
    return out


def _day(here: Seat, text: str) -> int:
    """Read a date as its first instant in the organisation's zone. Raises BadInput."""
    try:
        day = dt.date.fromisoformat(text)
        at = dt.datetime.combine(day, dt.time(), ZoneInfo(here.at.tz)).timestamp()
    except (ValueError, OverflowError):
        raise BadInput("agreement_empty") from None
    return int(at) * 1_000_000


def _called(here: Seat) -> Labels:
    return labels(here.at.org.notice, here.at.lang)
