"""Room web: the console's first page: what is due today, for the roles of whoever sits here."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from litestar import get
from litestar.params import FromPath

from tepati.flows.acts.bookings import Bookings, bookings
from tepati.flows.acts.overview import Overview, overview, plans
from tepati.flows.acts.roster import roster
from tepati.flows.stewards import STEWARDS
from tepati.notice import speech
from tepati.web import addresses
from tepati.web.console.frame import Seat, seat
from tepati.web.console.said import Said
from tepati.web.ports import State
from tepati.web.site.frame import EPOCH, Asked, Page

SHOWN = 5  # bookings on this page; the list has them all
HOURS = range(7, 20)  # of the day line, which grows where something is earlier or later
STATES: tuple[State, ...] = ("broken", "gap", "due", "unproven", "kept", "unused")
SMALL = 10  # figures below are told as "fewer than 10"


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the day line: how many visits begin in it, how many clocks end in it."""

    hour: int
    visits: int
    ends: int


@get(addresses.both("today"))
async def today(request: Asked, org: FromPath[str]) -> Page:
    """Show the day. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "today")
    seen = await overview(here.desk, here.actor)
    waiting, names = Bookings((), 0), dict[str, str]()
    if plans(here.desk, here.actor):
        waiting = await bookings(here.desk, here.actor, "waiting", 0, SHOWN)
        names = await roster(here.desk, here.actor) if any(row.assigned for row in waiting.rows) else {}
    return await here.draw(
        "today.html", day=_day(here), seen=seen, waiting=waiting, names=names, hours=line(here, seen),
        said=Said(here.at), plans=plans(here.desk, here.actor),
        n=waiting.total + len(seen.requests) + len(seen.alerts) + len(seen.complaints) + len(seen.guardians)
        + _decisions(seen),
        sums=await _sums(here), leads=here.nav[1:],
        nearest=nearest(seen, waiting, here.at.now),
        few=lambda n: here.at.say("few", n=SMALL) if 0 < n < SMALL else speech.number(n, here.at.lang),
    )  # fmt: skip


def _day(here: Seat) -> str:
    at = (EPOCH + dt.timedelta(microseconds=here.at.now)).astimezone(ZoneInfo(here.at.tz))
    return f"{speech.weekday(at.weekday(), here.at.lang)}, {speech.date(at.date(), here.at.lang)}"


def _decisions(seen: Overview) -> int:
    threats = bool(seen.unsigned) + bool(seen.undertaken) + bool(seen.failed) + bool(seen.papers)
    return seen.proposals + seen.cases + seen.rechecks + threats


async def _sums(here: Seat) -> list[tuple[str, int]]:
    """Count the promises by state, the bad ones first, for those who answer for them."""
    if not here.may(*STEWARDS):
        return []
    counted = Counter(row.state for row in (await here.at.org.board()).rows)
    return [(state, counted[state]) for state in STATES if counted[state]]


def _ends(seen: Overview) -> list[int]:
    """List the instants at which clocks end."""
    answers = [each.due for each in seen.complaints if each.due]
    return [each.due for each in seen.requests] + answers + [each.due for each in seen.guardians]


def nearest(seen: Overview, waiting: Bookings, now: int) -> int:
    """Give the nearest instant to come by which something must be done, or 0."""
    ends = [*_ends(seen), *(row.starts for row in waiting.rows)]
    return min([end for end in ends if end >= now], default=0)


def line(here: Seat, seen: Overview) -> list[Hour]:
    """Count today's visits and deadlines by the hour they are in."""
    visits, ends = _hours(here, seen.visits), _hours(here, _ends(seen))
    if not visits and not ends:
        return []
    shown = range(min(*HOURS, *visits, *ends), max(*HOURS, *visits, *ends) + 1)
    return [Hour(hour, visits.count(hour), ends.count(hour)) for hour in shown]


def _hours(here: Seat, instants: Sequence[int]) -> list[int]:
    zone = ZoneInfo(here.at.tz)
    today = (EPOCH + dt.timedelta(microseconds=here.at.now)).astimezone(zone).date()
    local = [(EPOCH + dt.timedelta(microseconds=at)).astimezone(zone) for at in instants]
    return [at.hour for at in local if at.date() == today]
