"""Room rules: by when. Hours run round the clock, days end at the organisation's midnight, months go by calendar.

Instants are microseconds since 1970 UTC; what lies beyond the calendar is FOREVER. Source: language.md section 2.
"""

import calendar as gregorian
import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from tepati.notice.values import Duration, Moment
from tepati.rules.calendar import Calendar, at_wall, known, local, midnight_after, works
from tepati.rules.facts import FOREVER

_CLOCK = {"minute": 60_000_000, "hour": 3_600_000_000}


@lru_cache(maxsize=4096)
def after(start: int, duration: Duration, days: Calendar) -> int:
    """Give the instant a promise of ``duration`` made at ``start`` ends.

    ``3x24 hours`` is exact; ``14 days``, ``5 working days``, ``2 years`` end at the midnight that ends the last day,
    the day of the start not counted.
    """
    if duration.unit in _CLOCK:
        return min(start + duration.count * _CLOCK[duration.unit], FOREVER)
    if not known(start):
        return FOREVER
    try:
        return midnight_after(_stepped(local(start, days).date(), duration, 1, days), days)
    except OverflowError:
        return FOREVER


@lru_cache(maxsize=4096)
def shifted(base: int, expr: Moment, days: Calendar) -> int:
    """Move an instant as ``expr`` says: the clock on the wall keeps its time over days, ``at`` sets it."""
    at = base
    if expr.offset is not None and expr.sign:
        at = _moved(base, expr.offset, expr.sign, days)
    if expr.at is None or not known(at):
        return at
    return at_wall(local(at, days).date(), dt.time(expr.at // 60 % 24, expr.at % 60), days)


def moment(expr: Moment, happened: Mapping[str, int], days: Calendar) -> int | None:
    """Give the instant of a moment such as ``visit.starts - 1 day at 18:00``; None while its event has not come.

    ``happened`` maps events by their whole names (``visit.starts``) to instants.
    """
    base = happened.get(expr.event)
    return None if base is None else shifted(base, expr, days)


def _moved(base: int, offset: Duration, sign: int, days: Calendar) -> int:
    if offset.unit in _CLOCK:
        return min(base + sign * offset.count * _CLOCK[offset.unit], FOREVER)
    if not known(base):
        return base
    wall = local(base, days)
    try:
        return at_wall(_stepped(wall.date(), offset, sign, days), wall.time(), days)
    except (OverflowError, ValueError):
        return FOREVER if sign > 0 else -FOREVER


def _stepped(day: dt.date, duration: Duration, sign: int, days: Calendar) -> dt.date:
    count = sign * duration.count
    match duration.unit:
        case "working_day":
            return _worked(day, count, days)
        case "month":
            return _months(day, count)
        case "year":
            return _months(day, 12 * count)
        case "week":
            return day + dt.timedelta(weeks=count)
        case _:
            return day + dt.timedelta(days=count)


def _months(day: dt.date, count: int) -> dt.date:
    """Add months; a day the month does not have is its last (31 January + 1 month = 28 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError
    return dt.date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def _worked(day: dt.date, count: int, days: Calendar) -> dt.date:
    """Step over working days; an organisation that never works counts every day, or its clock would never stop."""
    step = dt.timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        if works(day, days) or not days.working:
            left -= 1
    return day
