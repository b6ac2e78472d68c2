"""Room rules: the days of one organisation: its timezone, its working days, the holidays of its country. Pure."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from tepati.notice.model import Notice
from tepati.rules.facts import FOREVER
from tepati.rules.holidays import HOLIDAYS

DAY = 86_400_000_000  # microseconds
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LAST = 250_000_000_000_000_000  # the year 9892: later instants are FOREVER, whose date no calendar knows


class Calendar(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """Where days begin and which of them are worked. ``working`` holds weekdays, Monday is 0."""

    zone: str = "Asia/Jakarta"
    working: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    holidays: frozenset[dt.date] = frozenset()


def calendar(notice: Notice) -> Calendar:
    """Read the calendar an organisation declared; holidays of an unknown country are none."""
    said = notice.organisation
    return Calendar(said.timezone, frozenset(said.working_days), HOLIDAYS.get(said.holidays, frozenset()))


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(at: int, days: Calendar) -> dt.datetime:
    """Turn microseconds since 1970 UTC into the clock on the organisation's wall."""
    return (_EPOCH + dt.timedelta(microseconds=at)).astimezone(_zone(days.zone))


def instant(wall: dt.datetime) -> int:
    """Turn an aware time into microseconds since 1970 UTC."""
    return (wall - _EPOCH) // dt.timedelta(microseconds=1)


def at_wall(day: dt.date, time: dt.time, days: Calendar) -> int:
    """Give the instant at which that clock shows that time; a time skipped by a clock change is the one after it."""
    return instant(dt.datetime.combine(day, time, tzinfo=_zone(days.zone)))


def midnight_after(day: dt.date, days: Calendar) -> int:
    """Give the midnight that ends a day, or FOREVER beyond the calendar's years."""
    try:
        return at_wall(day + dt.timedelta(days=1), dt.time(), days)
    except OverflowError:
        return FOREVER


def works(day: dt.date, days: Calendar) -> bool:
    """Say whether the organisation works on that day."""
    return day.weekday() in days.working and day not in days.holidays


def known(at: int) -> bool:
    """Say whether an instant has a date."""
    return -_LAST < at < _LAST


def month_end(at: int, days: Calendar) -> int:
    """Give the midnight that ends the month of an instant: the coarse form of a date that would name a birthday."""
    if not known(at):
        return FOREVER
    day = local(at, days).date()
    return midnight_after(first_of_next(day) - dt.timedelta(days=1), days)


def first_of_next(day: dt.date) -> dt.date:
    """Give the first day of the month after."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
