"""By when: hours run round the clock, days end at the organisation's midnight, months go by calendar."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tepati.notice.values import Duration, Moment
from tepati.rules.calendar import Calendar, month_end
from tepati.rules.deadlines import after, moment, shifted
from tepati.rules.facts import FOREVER
from tepati.rules.holidays import HOLIDAYS

JAKARTA = Calendar("Asia/Jakarta", frozenset(range(5)), HOLIDAYS["ID"])
BERLIN = Calendar("Europe/Berlin")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def us(text, zone="+07:00"):
    return (dt.datetime.fromisoformat(text + zone) - EPOCH) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("start", "count", "unit", "end"),
    [
        ("2026-12-01T10:00", 72, "hour", "2026-12-04T10:00"),
        ("2026-12-01T10:00", 30, "minute", "2026-12-01T10:30"),
        ("2026-12-01T10:00", 14, "day", "2026-12-16T00:00"),
        ("2026-12-01T00:00", 1, "day", "2026-12-03T00:00"),
        ("2026-12-01T23:59", 1, "day", "2026-12-03T00:00"),
        ("2026-12-01T10:00", 2, "week", "2026-12-16T00:00"),
        ("2027-01-31T10:00", 1, "month", "2027-03-01T00:00"),
        ("2028-02-29T10:00", 1, "year", "2029-03-01T00:00"),
        ("2026-12-01T10:00", 2, "year", "2028-12-02T00:00"),
        ("2026-12-24T10:00", 1, "working_day", "2026-12-29T00:00"),  # Christmas, then the weekend
        ("2026-12-01T10:00", 5, "working_day", "2026-12-09T00:00"),
        ("2026-12-05T10:00", 1, "working_day", "2026-12-08T00:00"),  # from a Saturday
        ("2026-08-14T10:00", 1, "working_day", "2026-08-19T00:00"),  # 17 August is a Monday
    ],
)
def test_deadlines(start, count, unit, end):
    assert after(us(start), Duration(count, unit), JAKARTA) == us(end)


def test_midnight_is_the_organisations():
    """An hour before midnight in Jakarta is still the day before in Jakarta, whatever UTC says."""
    assert after(us("2026-12-01T23:00"), Duration(1, "day"), JAKARTA) == us("2026-12-03T00:00")
    assert after(us("2026-12-01T23:00"), Duration(1, "day"), Calendar("UTC")) == us("2026-12-03T00:00", "+00:00")


def test_clock_changes_move_no_midnight():
    """24 hours are 24 hours; a day is a day, though one in March has 23 hours."""
    start = us("2027-03-27T12:00", "+01:00")
    assert after(start, Duration(24, "hour"), BERLIN) == us("2027-03-28T13:00", "+02:00")
    assert after(start, Duration(1, "day"), BERLIN) == us("2027-03-29T00:00", "+02:00")
    evening = Moment("v.starts", 1, Duration(1, "day"))
    assert shifted(start, evening, BERLIN) == us("2027-03-28T12:00", "+02:00")


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Moment("visit.starts"), "2026-12-10T09:00"),
        (Moment("visit.starts", -1, Duration(1, "day"), 18 * 60), "2026-12-09T18:00"),
        (Moment("visit.starts", -1, Duration(1, "hour")), "2026-12-10T08:00"),
        (Moment("visit.starts", 1, Duration(2, "hour")), "2026-12-10T11:00"),
        (Moment("visit.starts", 0, None, 0), "2026-12-10T00:00"),
        (Moment("visit.starts", -1, Duration(2, "working_day")), "2026-12-08T09:00"),
        (Moment("visit.starts", -1, Duration(1, "month")), "2026-11-10T09:00"),
    ],
)
def test_moments(expr, expected):
    assert moment(expr, {"visit.starts": us("2026-12-10T09:00")}, JAKARTA) == us(expected)


def test_a_moment_whose_event_has_not_come_is_none():
    assert moment(Moment("visit.ends"), {"visit.starts": 1}, JAKARTA) is None


@settings(max_examples=300, deadline=None)
@given(
    st.integers(-(2**50), 2**61), st.integers(0, 10_000),
    st.sampled_from(("minute", "hour", "day", "week", "month", "year")), st.sampled_from((JAKARTA, BERLIN)),
)  # fmt: skip
def test_a_deadline_is_never_before_its_start_and_longer_is_never_earlier(start, count, unit, days):
    end = after(start, Duration(count, unit), days)
    assert start <= end <= FOREVER
    assert end <= after(start, Duration(count + 1, unit), days)
    assert end <= after(start + 3_600_000_000, Duration(count, unit), days)


def test_an_organisation_that_never_works_still_answers():
    idle = Calendar("Asia/Jakarta", frozenset())
    assert after(us("2026-12-01T10:00"), Duration(3, "working_day"), idle) == us("2026-12-05T00:00")


def test_a_months_end_is_coarse():
    assert month_end(us("2030-02-03T10:00"), JAKARTA) == us("2030-03-01T00:00")
    assert month_end(us("2030-12-31T23:00"), JAKARTA) == us("2031-01-01T00:00")
    assert month_end(FOREVER, JAKARTA) == FOREVER
