"""Room notice: dates, numbers, money and durations as people write them in Indonesian and English. Pure."""

import datetime as dt
import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tepati.notice.values import Duration, Rate

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MONTHS = {
    "id": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_DAYS = {
    "id": ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
_UNITS = {
    "minute": ("menit", "minute", "minutes"),
    "hour": ("jam", "hour", "hours"),
    "day": ("hari", "day", "days"),
    "working_day": ("hari kerja", "working day", "working days"),
    "week": ("minggu", "week", "weeks"),
    "month": ("bulan", "month", "months"),
    "year": ("tahun", "year", "years"),
}

_LAST = {"id": {"and": "dan", "or": "atau"}, "en": {"and": "and", "or": "or"}}
_AGAIN = {"id": {"and": "serta", "or": "atau"}, "en": {"and": "and", "or": "or"}}
_SMALL = {
    "id": ("satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh"),
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
}


def instant(us: int, tz: str, lang: str) -> str:
    """Say an instant (microseconds since 1970 UTC): ``1 Oktober 2026 pukul 14.05 WIB``."""
    local = (_EPOCH + dt.timedelta(microseconds=us)).astimezone(ZoneInfo(tz))
    zone = _ZONES.get(tz, local.tzname() or tz)
    if lang == "en":
        return f"{date(local.date(), lang)}, {local:%H:%M} {zone}"
    return f"{date(local.date(), lang)} pukul {local:%H.%M} {zone}"


def deadline(us: int, tz: str, lang: str) -> str:
    """Say an instant with its weekday: ``Rabu, 14 Oktober 2026 pukul 14.05 WIB``."""
    local = (_EPOCH + dt.timedelta(microseconds=us)).astimezone(ZoneInfo(tz))
    return f"{weekday(local.weekday(), lang)}, {instant(us, tz, lang)}"


def day(us: int, tz: str, lang: str) -> str:
    """Say the local day of an instant: ``1 Oktober 2026``."""
    return date((_EPOCH + dt.timedelta(microseconds=us)).astimezone(ZoneInfo(tz)).date(), lang)


def date(value: dt.date, lang: str) -> str:
    """Say a date in full: ``1 Oktober 2026``."""
    return f"{value.day} {_MONTHS[lang][value.month - 1]} {value.year}"


def written(value: str, kind: str, tz: str, lang: str) -> str:
    """Say a value of a type as people write it: a stored day, hour or instant in words, anything else as it is."""
    if kind in {"date", "birth_date"} and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return date(dt.date.fromisoformat(value), lang)
    if kind == "time" and (hour := re.fullmatch(r"(\d\d):(\d\d)", value)):
        return clock(int(hour[1]) * 60 + int(hour[2]), lang)
    if kind == "time" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        return instant((dt.datetime.fromisoformat(value) - _EPOCH) // dt.timedelta(microseconds=1), tz, lang)
    return value


def weekday(index: int, lang: str) -> str:
    """Name a day of the week; Monday is 0."""
    return _DAYS[lang][index]


def clock(minutes: int, lang: str) -> str:
    """Say a time of day, given in minutes after midnight: ``18.00``, ``18:00``."""
    return f"{minutes // 60:02d}{':' if lang == 'en' else '.'}{minutes % 60:02d}"


def duration(value: Duration, lang: str) -> str:
    """Say a length of time: ``3×24 jam``, ``5 hari kerja``, ``2 years``. Whole days of hours keep the law's form."""
    if value.unit == "hour" and value.count % 24 == 0 and value.count > 24:
        return f"{value.count // 24}×24 {'hours' if lang == 'en' else 'jam'}"
    return f"{number(value.count, lang)} {unit(value, lang)}"


def unit(value: Duration, lang: str) -> str:
    """Name the unit of a duration, in English singular or plural."""
    indonesian, one, many = _UNITS[value.unit]
    if lang != "en":
        return indonesian
    return one if value.count == 1 else many


def rate(value: Rate, lang: str) -> str:
    """Say a limit: ``paling banyak dua kali per bulan``, ``at most twice a month``."""
    indonesian, one, _ = _UNITS[value.per]
    if lang == "en":
        times = {1: "once", 2: "twice"}.get(value.count, f"{number(value.count, lang)} times")
        return f"at most {times} a {one}"
    return f"paling banyak {count(value.count, lang)} kali per {indonesian}"


def number(value: int, lang: str) -> str:
    """Group the digits: ``1.842``, in English ``1,842``."""
    return f"{value:,}" if lang == "en" else f"{value:,}".replace(",", ".")


def decimal(value: float, lang: str, places: int = 1) -> str:
    """Write a number with decimals: ``6,2``, in English ``6.2``."""
    english = f"{value:,.{places}f}"
    return english if lang == "en" else english.translate({44: ".", 46: ","})


def money(amount: int, lang: str, currency: str = "IDR") -> str:
    """Write whole rupiah: ``Rp180.000``; another currency keeps its code before the number."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{'Rp' if currency == 'IDR' else currency + ' '}{number(abs(amount), lang)}"


def listing(items: Sequence[str], lang: str, last: str = "and") -> str:
    """Join as a sentence does: ``a, b, dan c``; ``a dan b``; in English ``a, b and c``. ``last``: ``and`` or ``or``.

    Items that hold a joining word or a comma themselves are kept apart: ``x dan y serta z``; ``x, y; atau z``.
    """
    if len(items) < 2:
        return "".join(items)
    word = _LAST[lang][last]
    comma = ", "
    if any(", " in item for item in items):
        comma, word = "; ", f"; {word}"
    elif any(f" {word} " in item for item in items):
        word = ", and" if lang == "en" and last == "and" else _AGAIN[lang][last]
        word = f", {word}" if lang != "en" and len(items) > 2 else word
    elif lang != "en" and len(items) > 2:
        word = f", {word}"
    between = "" if word.startswith((",", ";")) else " "
    return f"{comma.join(items[:-1])}{between}{word} {items[-1]}"


def count(value: int, lang: str) -> str:
    """Write a small number as a word, as sentences do: ``dua``, ``two``; from eleven on as digits."""
    return _SMALL[lang][value - 1] if 1 <= value <= len(_SMALL[lang]) else number(value, lang)


def people(value: int, lang: str) -> str:
    """Count people: ``dua orang``, ``one person``."""
    if lang == "en":
        return f"{count(value, lang)} {'person' if value == 1 else 'people'}"
    return f"{count(value, lang)} orang"


def capital(sentence: str) -> str:
    """Begin with a capital letter."""
    return sentence[:1].upper() + sentence[1:]


def sentence(words: str) -> str:
    """Write words as a sentence: with a capital letter and an end."""
    return capital(words) if words.endswith((".", "?", "!")) else f"{capital(words)}."


_FORMAL = re.compile(r"(^|[.?] |\n)?\bAnda\b")


def addressed(sentence: str, lang: str, form: str) -> str:
    """Say an Indonesian sentence with ``kamu`` where an organisation speaks so (``organisation.form_of_address``)."""
    if lang != "id" or form != "kamu":
        return sentence
    return _FORMAL.sub(lambda m: f"{m[1]}Kamu" if m[1] is not None else form, sentence)
