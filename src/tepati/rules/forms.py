"""Room rules: the normal forms of the semantic types: a plain text in, the one spelling that is stored out.

Each raises BadInput with ``not_<type>``; none repeats the value, and a normal form is its own normal form.
"""

import binascii
import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import idna

from tepati.errors import BadInput

YES_NO = {
    "yes": "yes",
    "ya": "yes",
    "true": "yes",
    "1": "yes",
    "on": "yes",
    "no": "no",
    "tidak": "no",
    "false": "no",
    "0": "no",
}
GENDER = {
    "female": "female",
    "perempuan": "female",
    "male": "male",
    "laki-laki": "male",
    "other": "other",
    "undisclosed": "undisclosed",
}


def as_is(text: str) -> str:
    """Take the text as it was typed."""
    return text


def one_line(text: str) -> str:
    """Make every run of spaces one."""
    return " ".join(text.split())


def name(text: str) -> str:
    """Take a name: there is no rule for names but that they have a letter."""
    line = one_line(text)
    if not any(char.isalpha() for char in line):
        raise BadInput("not_name")
    return line


_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)


def email(text: str) -> str:
    """Write an address with its local part ASCII and case-folded, its domain as IDNA (RFC 5321, RFC 5891)."""
    local, at, domain = text.rpartition("@")
    local = local.lower() if local.isascii() else ""
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):  # RFC 5321 section 4.5.3.1.1
        raise BadInput("not_email")
    return f"{local}@{_host(domain, 'not_email')}"


@lru_cache(4096)
def _ascii(text: str) -> str:
    """Encode a host name, 80 us each; few domains serve most people, and what is remembered is at most 253 long."""
    return idna.encode(text, uts46=True).decode("ascii").lower()


def _host(text: str, code: str) -> str:
    """Normalise a host name to its ASCII form (IDNA 2008, RFC 5891), with at least two labels."""
    try:
        host = _ascii(text)
    except (idna.IDNAError, UnicodeError):
        raise BadInput(code) from None  # the library's message carries the value
    labels = host.split(".")
    if (
        len(labels) < 2
        or len(host) > 253
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
    ):
        raise BadInput(code)
    return host


_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def phone(text: str) -> str:
    """Write a number as E.164; without a country it is Indonesian: 0…, 62…, +62…, 8…, 0062… are one number."""
    if not re.fullmatch(r"\+?[0-9 ().\-]+", text, re.ASCII):
        raise BadInput("not_phone")
    digits = re.sub(r"[^0-9]", "", text)
    if not text.startswith("+"):
        digits = _with_country(digits)
    if digits.startswith("62"):
        digits = "62" + digits[2:].lstrip("0")  # +62 0812…: the trunk zero is often left in
        fits = 10 <= len(digits) <= 15 and digits[2] != "1"
    else:
        fits = 8 <= len(digits) <= 15 and digits[0] != "0"  # E.164: at most 15 digits
    if not fits:
        raise BadInput("not_phone")
    return f"+{digits}"


def _with_country(digits: str) -> str:
    if digits.startswith("00"):
        return digits[2:]
    if digits.startswith("0"):
        return "62" + digits[1:]
    if digits.startswith("8"):
        return "62" + digits
    return digits if digits.startswith("62") else "0"


def digits(code: str, lengths: frozenset[int]) -> Callable[[str], str]:
    """Make a form of digits only, of these lengths; spaces, points and hyphens between them go."""

    def check(text: str) -> str:
        plain = re.sub(r"[ .\-]", "", text)
        if not (plain.isascii() and plain.isdigit() and len(plain) in lengths):
            raise BadInput(code)
        return plain

    return check


def nik(text: str) -> str:
    """Check an Indonesian identity number: 16 digits, region, then day (women + 40), month, year of birth."""
    plain = digits("not_nik", frozenset({16}))(text)
    day, month = int(plain[6:8]), int(plain[8:10])
    if plain[0] == "0" or not (1 <= day <= 31 or 41 <= day <= 71) or not 1 <= month <= 12:
        raise BadInput("not_nik")
    return plain


def card(text: str) -> str:
    """Check a card number by its length and the Luhn sum (ISO/IEC 7812-1)."""
    plain = digits("not_card_number", frozenset(range(12, 20)))(text)
    doubled = (int(digit) * 2 for digit in plain[-2::-2])
    total = sum(int(digit) for digit in plain[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)
    if total % 10:
        raise BadInput("not_card_number")
    return plain


def number(text: str) -> str:
    """Write a number plainly: no zeros that say nothing."""
    return _decimal(text, "not_number")


def _decimal(text: str, code: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text, re.ASCII):
        raise BadInput(code)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadInput(code) from None
    plain = format(value.normalize(), "f")
    return "0" if plain == "-0" else plain


def money(text: str) -> str:
    """Write an amount as ``25000 IDR``; without a currency it is rupiah (ISO 4217)."""
    matched = re.fullmatch(r"(?:Rp\.? ?)?([0-9.]+(?:,[0-9]{1,2})?)(?: ?([A-Za-z]{3}))?", text, re.ASCII)
    if matched is None:
        raise BadInput("not_money")
    amount = matched[1]
    if "," in amount or re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+", amount):  # Indonesian: 25.000,50
        amount = amount.replace(".", "").replace(",", ".")
    # Two decimals at most and never a run of three after a point, or the normal form could be read otherwise again.
    value = _decimal(amount, "not_money")
    if "." in value and len(value.partition(".")[2]) > 2:
        raise BadInput("not_money")
    return f"{value} {(matched[2] or 'IDR').upper()}"


def date(text: str, code: str = "not_date") -> str:
    """Write a day as ISO 8601; day, month, year is how Indonesia types it."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            return dt.date.fromisoformat(text).isoformat()
        day, month, year = re.fullmatch(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})", text, re.ASCII).groups()  # type: ignore[union-attr]
        return dt.date(int(year), int(month), int(day)).isoformat()
    except (ValueError, AttributeError):
        raise BadInput(code) from None


def birth_date(text: str) -> str:
    """Take a day somebody alive may be born on."""
    day = date(text, "not_birth_date")
    if day < "1875-01-01":  # nobody alive is older
        raise BadInput("not_birth_date")
    return day


def time(text: str) -> str:
    """Write a time of day as HH:MM, or an instant as ISO 8601 in UTC to the second."""
    short = re.fullmatch(r"([0-9]{1,2})[:.]([0-9]{2})", text, re.ASCII)
    try:
        if short:
            return dt.time(int(short[1]), int(short[2])).strftime("%H:%M")
        at = dt.datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise BadInput("not_time")
        return at.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        raise BadInput("not_time") from None


_BAND = re.compile(
    r"under_(?P<under>[1-9][0-9]?)|(?P<from>[0-9]{1,2})_to_(?P<to>[1-9][0-9]?)|(?P<over>[1-9][0-9]?)_or_over", re.ASCII
)


def age_band(text: str) -> str:
    """Take ``under_18``, ``13_to_17`` or ``18_or_over``."""
    band = _BAND.fullmatch(text)
    if band is None or (band["from"] and int(band["from"]) > int(band["to"])):
        raise BadInput("not_age_band")
    return text


def ip(text: str) -> str:
    """Write an address as RFC 5952 does; without the zone of one machine."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise BadInput("not_ip") from None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise BadInput("not_ip")
    return str(address)


def location(text: str) -> str:
    """Write a place as ``latitude,longitude`` in degrees, five decimals (about a metre) at most."""
    matched = re.fullmatch(r"(-?[0-9]{1,2}(?:\.[0-9]+)?) ?, ?(-?[0-9]{1,3}(?:\.[0-9]+)?)", text, re.ASCII)
    if matched is None or abs(float(matched[1])) > 90 or abs(float(matched[2])) > 180:
        raise BadInput("not_location")
    return ",".join(f"{float(part) + 0.0:.5f}".replace("-0.00000", "0.00000") for part in matched.groups())


_WEB = re.compile(
    r"(?:https?://(?:[a-z0-9.\-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)?(?:/[^\s\\]*)?", re.IGNORECASE | re.ASCII
)


def url(text: str) -> str:
    """Take a web address, or a path beginning with a slash, as the visit recorder writes it; never with a password."""
    if text.startswith("//") or not _WEB.fullmatch(text):
        raise BadInput("not_url")
    return text


def base64(text: str) -> str:
    """Take bytes as strict base64 (RFC 4648)."""
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise BadInput("not_file") from None
    return text


def pattern(code: str, shape: str) -> Callable[[str], str]:
    """Make a form that fits a pattern."""
    compiled = re.compile(shape, re.ASCII)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise BadInput(code)
        return text

    return check


def word(code: str, words: dict[str, str]) -> Callable[[str], str]:
    """Make a form of few words, each with the one it means."""

    def check(text: str) -> str:
        found = words.get(text.lower())
        if found is None:
            raise BadInput(code)
        return found

    return check
