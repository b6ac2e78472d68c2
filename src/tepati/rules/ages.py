"""Room rules: age, asked where the notice says and kept coarse: a band, and the end of the month of coming of age."""

import datetime as dt
import re
from collections.abc import Mapping
from itertools import pairwise

import msgspec

from tepati.errors import BadInput
from tepati.notice.model import Point
from tepati.notice.values import Duration
from tepati.rules.calendar import Calendar, at_wall, first_of_next, known, local, month_end
from tepati.rules.deadlines import after
from tepati.rules.types import clean

Outcome = str  # "" (of age here), "refuse", "guardian", "warn", "limited"
_OLDEST = 150


class Age(msgspec.Struct, frozen=True):
    """An answer, read cautiously: the youngest the person may be, in years, and their birth where it was told."""

    years: int
    born: dt.date | None = None


def bands(point: Point) -> tuple[str, ...]:
    """Give the answers a point offers, youngest first: ``under_18``, ``18_or_over``; () where age is not asked."""
    limits = sorted(point.age)
    if not limits:
        return ()
    middle = tuple(f"{low}_to_{high - 1}" for low, high in pairwise(limits))
    return (f"under_{limits[0]}", *middle, f"{limits[-1]}_or_over")


def band(point: Point, age: Age) -> str:
    """Give the band of a point that an age falls into."""
    offered = bands(point)
    return offered[sum(age.years >= limit for limit in sorted(point.age))] if offered else ""


def read(answer: str, at: int, days: Calendar) -> Age:
    """Read an age: years (``17``), a band, a month of birth (``2009-04``) or a date. Raises BadInput."""
    if re.fullmatch(r"[0-9]{1,3}", answer, re.ASCII) and int(answer) < _OLDEST:
        return Age(int(answer))
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", answer, re.ASCII):
        return _born(answer, at, days)
    first = re.match(r"[0-9]+", clean("age_band", answer))
    return Age(int(first[0]) if first else 0)  # "under_18" may be any age below


def _born(answer: str, at: int, days: Calendar) -> Age:
    """Count whole years; of a month alone, as if born on its last day."""
    try:
        day = dt.date.fromisoformat(answer if len(answer) == 10 else f"{answer}-01")
        born = day if len(answer) == 10 else first_of_next(day) - dt.timedelta(days=1)
        today = local(at, days).date()
    except (ValueError, OverflowError):
        raise BadInput("not_age_band") from None
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not 0 <= years < _OLDEST:
        raise BadInput("not_age_band")
    return Age(years, born)


def outcome(limits: Mapping[int, Outcome], age: Age) -> Outcome:
    """Say what follows from an age at a point: the outcome of the lowest limit the person is under."""
    return next((limits[limit] for limit in sorted(limits) if age.years < limit), "")


def minor_until(age: Age, adult: int, at: int, days: Calendar) -> int:
    """Give the end of the month in which the person is of age at the latest; 0 for an adult.

    Nothing finer leaves the seal: an exact instant would be a birthday.
    """
    if age.years >= adult or not known(at):
        return 0
    if age.born is None:
        return month_end(after(at, Duration(adult - age.years, "year"), days), days)
    return month_end(at_wall(_birthday(age.born, adult), dt.time(), days), days)


def _birthday(born: dt.date, years: int) -> dt.date:
    """Give a birthday; who was born on 29 February has it on 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return dt.date(born.year + years, 3, 1)
