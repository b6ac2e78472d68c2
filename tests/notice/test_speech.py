"""Dates, numbers and durations read as large Indonesian sites write them."""

import datetime as dt

import pytest

from tepati.notice import speech
from tepati.notice.values import Duration, Rate

AT = int(dt.datetime(2026, 10, 1, 7, 5, tzinfo=dt.UTC).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("tz", "lang", "said"),
    [
        ("Asia/Jakarta", "id", "1 Oktober 2026 pukul 14.05 WIB"),
        ("Asia/Makassar", "id", "1 Oktober 2026 pukul 15.05 WITA"),
        ("Asia/Jayapura", "id", "1 Oktober 2026 pukul 16.05 WIT"),
        ("Asia/Jakarta", "en", "1 October 2026, 14:05 WIB"),
        ("UTC", "en", "1 October 2026, 07:05 UTC"),
    ],
)
def test_instant(tz, lang, said):
    assert speech.instant(AT, tz, lang) == said


def test_deadline_names_the_weekday():
    assert speech.deadline(AT, "Asia/Jakarta", "id") == "Kamis, 1 Oktober 2026 pukul 14.05 WIB"
    assert speech.deadline(AT, "Asia/Jakarta", "en") == "Thursday, 1 October 2026, 14:05 WIB"


def test_day_is_the_local_day():
    late = int(dt.datetime(2026, 10, 1, 20, 0, tzinfo=dt.UTC).timestamp() * 1_000_000)
    assert speech.day(late, "Asia/Jakarta", "id") == "2 Oktober 2026"
    assert speech.day(late, "UTC", "id") == "1 Oktober 2026"


@pytest.mark.parametrize(
    ("value", "id", "en"),
    [
        (Duration(72, "hour"), "3×24 jam", "3×24 hours"),
        (Duration(24, "hour"), "24 jam", "24 hours"),
        (Duration(12, "hour"), "12 jam", "12 hours"),
        (Duration(5, "working_day"), "5 hari kerja", "5 working days"),
        (Duration(1, "year"), "1 tahun", "1 year"),
        (Duration(1842, "day"), "1.842 hari", "1,842 days"),
    ],
)
def test_duration(value, id, en):
    assert speech.duration(value, "id") == id
    assert speech.duration(value, "en") == en


def test_numbers_and_money():
    assert speech.number(1842, "id") == "1.842"
    assert speech.decimal(6.2, "id") == "6,2"
    assert speech.decimal(1234.5, "id") == "1.234,5"
    assert speech.decimal(1234.5, "en") == "1,234.5"
    assert speech.money(180_000, "id") == "Rp180.000"
    assert speech.money(-5, "en") == "-Rp5"
    assert speech.money(25, "en", "USD") == "USD 25"
    assert speech.rate(Rate(2, "month"), "id") == "paling banyak dua kali per bulan"
    assert speech.rate(Rate(2, "month"), "en") == "at most twice a month"
    assert speech.clock(1080, "id") == "18.00"


def test_a_stored_value_is_written_as_people_write_it():
    said = [speech.written(*each, "Asia/Jakarta", "id") for each in (
        ("10:30", "time"), ("2026-12-01T03:30:00Z", "time"), ("1990-05-17", "birth_date"), ("2026-12-01", "text"),
        ("••", "time"),
    )]  # fmt: skip
    assert said == ["10.30", "1 Desember 2026 pukul 10.30 WIB", "17 Mei 1990", "2026-12-01", "••"]


def test_listing():
    assert speech.listing(["nama"], "id") == "nama"
    assert speech.listing(["nama", "e-mail"], "id") == "nama dan e-mail"
    assert speech.listing(["nama", "e-mail", "telepon"], "id") == "nama, e-mail, dan telepon"
    assert speech.listing(["name", "e-mail", "phone"], "en") == "name, e-mail and phone"
    assert speech.listing(["nama", "alamat"], "id", "or") == "nama atau alamat"


def test_a_listing_keeps_items_apart_that_join_words_themselves():
    assert speech.listing(["a dan b", "c"], "id") == "a dan b serta c"
    assert speech.listing(["a dan b", "c", "d"], "id") == "a dan b, c, serta d"
    assert speech.listing(["a and b", "c"], "en") == "a and b, and c"
    assert speech.listing(["a, b, atau c", "d"], "id", "or") == "a, b, atau c; atau d"


def test_people_are_counted_in_words():
    assert speech.people(2, "id") == "dua orang"
    assert speech.people(1, "en") == "one person"
    assert speech.people(12, "en") == "12 people"
