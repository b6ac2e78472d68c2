"""Room web: one booking: its values masked, opened by group for a moment, its visit planned, given away, closed."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows import hours
from tepati.flows.acts.assign import assign
from tepati.flows.acts.booking import Booking
from tepati.flows.acts.booking import booking as shown
from tepati.flows.acts.call_off import call_off
from tepati.flows.acts.close import close
from tepati.flows.acts.look import Seen, Wish, look
from tepati.flows.acts.roster import roster
from tepati.flows.acts.schedule import schedule
from tepati.web import addresses
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.said import Said
from tepati.web.errors import told
from tepati.web.forms import Form, one
from tepati.web.site.frame import EPOCH, Asked, Page

FULL = "slot_full"
ROUTE = addresses.tailed("booking", "number")


@get(ROUTE)
async def booking(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show a booking, masked. Raises Away, NotFound, Refused."""
    return await _show(await seat(request, org, "booking"), number)


@post(ROUTE, status_code=303)
async def change(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page | Redirect:
    """Open a group of values, or do something with the visit. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, _ = await posted(request, org, "booking")
    what = one(form, "do")
    if what == "open":
        return await _show(here, number, seen=await _opened(here, number, one(form, "group")))
    act = ACTS.get(what)
    if act is None:
        raise NotFound("page")
    try:
        await act(here, number, form)
    except BadInput as bad:
        code = next(iter(bad.faults.values()), bad.code)
        wrong = here.at.say("booking.full") if code == FULL else told(BadInput(code), here.at.lang)
        wanted = (one(form, "date"), one(form, "slot")) if code == FULL else None
        return await _show(here, number, wrong=wrong, wanted=wanted, free=Said(here.at).free(bad.values.get("free")))
    return here.to("bookings") if what == "close" else here.to("booking", number)


async def _schedule(here: Seat, number: str, form: Form) -> None:
    beyond = one(form, "beyond") == "yes"
    await schedule(here.desk, here.actor, number, one(form, "date"), one(form, "slot"), beyond=beyond)


async def _assign(here: Seat, number: str, form: Form) -> None:
    try:
        cleaner = bytes.fromhex(one(form, "cleaner"))
    except ValueError:
        raise BadInput("not_of_the_crew") from None
    await assign(here.desk, here.actor, number, cleaner)


async def _call_off(here: Seat, number: str, _: Form) -> None:
    await call_off(here.desk, here.actor, number)


async def _close(here: Seat, number: str, _: Form) -> None:
    await close(here.desk, here.actor, number)


ACTS: Mapping[str, Callable[[Seat, str, Form], Awaitable[None]]] = {
    "schedule": _schedule, "assign": _assign, "call_off": _call_off, "close": _close,
}  # fmt: skip


async def _opened(here: Seat, number: str, group: str) -> Seen:
    """Open what the role sees of one category; what it does not see is asked too, and refused at the door."""
    found = await shown(here.desk, here.actor, number)
    fields = frozenset(path for path in found.values if path.partition(".")[0] == group)
    if not fields and group in here.at.org.notice.data:
        fields = frozenset(f"{group}.{name}" for name in here.at.org.notice.data[group].fields)
    if not fields:
        raise NotFound("page")
    return await look(here.desk, here.actor, Wish(number, found.purpose, fields))


async def _show(
    here: Seat, number: str, *, seen: Seen | None = None, wrong: str = "", wanted: tuple[str, str] | None = None,
    free: Sequence[tuple[str, str, int]] = (),
) -> Page:  # fmt: skip
    """Draw the booking; ``wanted`` (day, option) was full, and ``free`` are the next hours that are not."""
    found, names = await shown(here.desk, here.actor, number), await roster(here.desk, here.actor)
    said = Said(here.at)
    return await here.draw(
        "booking.html", 422 if wrong else 200, tail=number, found=found, names=names, seen=seen, wrong=wrong, said=said,
        groups=said.grouped(found.values), free=free, wanted=wanted, **_planning(here, found),
    )  # fmt: skip


def _planning(here: Seat, found: Booking) -> dict[str, object]:
    """Fill the form that plans the visit: the planned hour, else the booked one."""
    slots = here.at.org.notice.data["booking"].fields["slot"].options
    at = found.visit.starts if found.visit else found.booked
    local = (EPOCH + dt.timedelta(microseconds=at or here.at.now)).astimezone(ZoneInfo(here.at.tz))
    key = next((hour.key for hour in hours.hours(here.at.org.notice, local.date()) if hour.starts == at), "")
    key = key or next((k for k in slots if k[1:] == f"{local:%H%M}"), next(iter(slots)))
    return {"date": local.date().isoformat(), "slot": key, "slots": {k: v.of(here.at.lang) for k, v in slots.items()}}
