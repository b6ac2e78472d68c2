"""Room rules: the semantic types of the language. A value is cleaned once, where it enters; every later room trusts it.

``clean`` is idempotent: what it returned, it returns again. No fault ever carries the value itself.
"""

import binascii
import datetime as dt
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

import idna
import msgspec

from tepati.errors import BadInput
from tepati.rules.facts import How

_MEGABYTE = 1_000_000
_BLOB = 14 * _MEGABYTE  # ten megabytes of bytes, written in base64
# Characters that turn the direction of a text or cannot be seen: a name must read as it is stored (Unicode TR 36).
_HIDDEN = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff") | {
    chr(code)
    for first, last in ((0x202A, 0x202E), (0x2066, 0x2069), (0xE0000, 0xE007F))
    for code in range(first, last + 1)
}


class Element(msgspec.Struct, frozen=True):
    """How a page asks for a value: the element, its ``type``, ``inputmode`` and ``autocomplete`` (HTML 4.10.18.7)."""

    tag: str = "input"
    type: str = "text"
    inputmode: str = ""
    autocomplete: str = "off"


class _Kind(msgspec.Struct, frozen=True):
    longest: int  # characters, after normalising
    clean: Callable[[str], str]
    element: Element
    indexed: bool = False
    lines: bool = False  # line breaks are part of the value


def clean(type: str, raw: object, options: Iterable[str] = ()) -> str:
    """Validate and normalise one value of a semantic type; ``options`` are the keys a ``choice`` may have.

    Raises BadInput whose code names the fault: ``not_text control_character missing too_long not_an_option
    unknown_type`` or ``not_<type>``.
    """
    kind = _kind(type)
    text = _plain(raw, lines=kind.lines, longest=kind.longest)
    allowed = tuple(options)
    if allowed and text not in allowed:
        raise BadInput("not_an_option")
    cleaned = kind.clean(text)
    if len(cleaned) > kind.longest:
        raise BadInput("too_long", longest=kind.longest)
    return cleaned


def indexed(type: str) -> bool:
    """Say whether a blind index may exist for the type: never for values of which there are few (design section 5)."""
    return _kind(type).indexed


def element(type: str) -> Element:
    """Say how a page asks for a value of the type."""
    return _kind(type).element


def mask(type: str, value: str, how: How) -> str:
    """Show as much of a cleaned value as ``how`` allows: full, masked, last4, initials, hidden."""
    if how == "full":
        return value
    if how == "hidden" or not value:
        return "•••"
    if how == "last4":
        return _last4(value)
    if how == "initials":
        return " ".join(f"{word[0]}." for word in value.split())
    return _MASKS.get(type, _opaque)(value)


def _kind(type: str) -> _Kind:
    found = _KINDS.get(type)
    if found is None:
        raise BadInput("unknown_type")
    return found


def _plain(raw: object, *, lines: bool, longest: int) -> str:
    if not isinstance(raw, str):
        raise BadInput("not_text")
    if len(raw) > 4 * longest + 64:  # before any work: an absurd size costs nothing
        raise BadInput("too_long", longest=longest)
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n") if lines else raw)
    if any(_unseen(char, lines=lines) for char in text):
        raise BadInput("control_character")
    text = text.strip()
    if not text:
        raise BadInput("missing")
    if len(text) > longest:
        raise BadInput("too_long", longest=longest)
    return text


def _unseen(char: str, *, lines: bool) -> bool:
    if lines and char in "\n\t":
        return False
    return char in _HIDDEN or unicodedata.category(char) in {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}


# --- validators: a plain text in, the normal form out


def _as_is(text: str) -> str:
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _name(text: str) -> str:
    name = _one_line(text)
    if not any(char.isalpha() for char in name):
        raise BadInput("not_name")
    return name


_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)


def _email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    local = local.lower() if local.isascii() else ""
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):  # RFC 5321 section 4.5.3.1.1
        raise BadInput("not_email")
    return f"{local}@{_host(domain, 'not_email')}"


def _host(text: str, code: str) -> str:
    """Normalise a host name to its ASCII form (IDNA 2008, RFC 5891), with at least two labels."""
    try:
        host = idna.encode(text, uts46=True).decode("ascii").lower()
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


def _phone(text: str) -> str:
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


def _digits(code: str, lengths: frozenset[int]) -> Callable[[str], str]:
    def check(text: str) -> str:
        digits = re.sub(r"[ .\-]", "", text)
        if not (digits.isascii() and digits.isdigit() and len(digits) in lengths):
            raise BadInput(code)
        return digits

    return check


def _nik(text: str) -> str:
    """Check an Indonesian identity number: 16 digits, region, then day (women + 40), month, year of birth."""
    digits = _digits("not_nik", frozenset({16}))(text)
    day, month = int(digits[6:8]), int(digits[8:10])
    if digits[0] == "0" or not (1 <= day <= 31 or 41 <= day <= 71) or not 1 <= month <= 12:
        raise BadInput("not_nik")
    return digits


def _card(text: str) -> str:
    """Check a card number by its length and the Luhn sum (ISO/IEC 7812-1)."""
    digits = _digits("not_card_number", frozenset(range(12, 20)))(text)
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(int(digit) for digit in digits[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)
    if total % 10:
        raise BadInput("not_card_number")
    return digits


def _number(text: str) -> str:
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


def _money(text: str) -> str:
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


def _date(text: str, code: str = "not_date") -> str:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            return dt.date.fromisoformat(text).isoformat()
        day, month, year = re.fullmatch(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})", text, re.ASCII).groups()  # type: ignore[union-attr]
        return dt.date(int(year), int(month), int(day)).isoformat()
    except (ValueError, AttributeError):
        raise BadInput(code) from None


def _birth_date(text: str) -> str:
    date = _date(text, "not_birth_date")
    if date < "1875-01-01":  # nobody alive is older
        raise BadInput("not_birth_date")
    return date


def _time(text: str) -> str:
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


def _age_band(text: str) -> str:
    band = _BAND.fullmatch(text)
    if band is None or (band["from"] and int(band["from"]) > int(band["to"])):
        raise BadInput("not_age_band")
    return text


def _ip(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise BadInput("not_ip") from None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise BadInput("not_ip")
    return str(address)


def _location(text: str) -> str:
    """Write a place as ``latitude,longitude`` in degrees, five decimals (about a metre) at most."""
    matched = re.fullmatch(r"(-?[0-9]{1,2}(?:\.[0-9]+)?) ?, ?(-?[0-9]{1,3}(?:\.[0-9]+)?)", text, re.ASCII)
    if matched is None or abs(float(matched[1])) > 90 or abs(float(matched[2])) > 180:
        raise BadInput("not_location")
    return ",".join(f"{float(part) + 0.0:.5f}".replace("-0.00000", "0.00000") for part in matched.groups())


_WEB = re.compile(
    r"(?:https?://(?:[a-z0-9.\-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?)?(?:/[^\s\\]*)?", re.IGNORECASE | re.ASCII
)


def _url(text: str) -> str:
    """Take a web address, or a path beginning with a slash, as the visit recorder writes it; never with a password."""
    if text.startswith("//") or not _WEB.fullmatch(text):
        raise BadInput("not_url")
    return text


def _base64(text: str) -> str:
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise BadInput("not_file") from None
    return text


def _pattern(code: str, pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise BadInput(code)
        return text

    return check


def _word(code: str, words: dict[str, str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        found = words.get(text.lower())
        if found is None:
            raise BadInput(code)
        return found

    return check


_YES_NO = {
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
_GENDER = {
    "female": "female",
    "perempuan": "female",
    "male": "male",
    "laki-laki": "male",
    "other": "other",
    "undisclosed": "undisclosed",
}
_DIGITAL = Element(inputmode="numeric")
_FILE = Element(type="file")
_CHOICE = Element(tag="select", type="")
_KINDS: dict[str, _Kind] = {
    "name": _Kind(120, _name, Element(autocomplete="name")),
    "email": _Kind(254, _email, Element(type="email", inputmode="email", autocomplete="email"), indexed=True),
    "phone": _Kind(32, _phone, Element(type="tel", inputmode="tel", autocomplete="tel"), indexed=True),
    "nik": _Kind(24, _nik, _DIGITAL, indexed=True),
    "npwp": _Kind(24, _digits("not_npwp", frozenset({15, 16})), _DIGITAL, indexed=True),
    "address": _Kind(500, _as_is, Element(tag="textarea", type="", autocomplete="street-address"), lines=True),
    "postcode": _Kind(
        8, _digits("not_postcode", frozenset({5})), Element(inputmode="numeric", autocomplete="postal-code")
    ),
    "area": _Kind(120, _one_line, Element(autocomplete="address-level2")),
    "birth_date": _Kind(10, _birth_date, Element(type="date", autocomplete="bday")),
    "age_band": _Kind(16, _age_band, _CHOICE),
    "gender": _Kind(12, _word("not_gender", _GENDER), _CHOICE),
    "card_number": _Kind(32, _card, Element(inputmode="numeric", autocomplete="cc-number")),
    "card_security_code": _Kind(
        4, _digits("not_card_security_code", frozenset({3, 4})), Element(inputmode="numeric", autocomplete="cc-csc")
    ),
    "account_number": _Kind(34, _pattern("not_account_number", r"[A-Z0-9][A-Z0-9 \-]*"), _DIGITAL),
    "money": _Kind(32, _money, _DIGITAL),
    "ip": _Kind(45, _ip, Element()),
    "device_id": _Kind(128, _pattern("not_device_id", r"[\x21-\x7e]+"), Element()),
    "location": _Kind(64, _location, Element()),
    "file": _Kind(_BLOB, _base64, _FILE),
    "image": _Kind(_BLOB, _base64, _FILE),
    "voice": _Kind(_BLOB, _base64, _FILE),
    "document": _Kind(_BLOB, _base64, _FILE),
    "signature": _Kind(_BLOB, _base64, _FILE),
    "choice": _Kind(120, _as_is, _CHOICE),
    "number": _Kind(24, _number, Element(inputmode="decimal")),
    "date": _Kind(10, _date, Element(type="date")),
    "time": _Kind(40, _time, Element(type="time")),
    "text": _Kind(4000, _as_is, Element(tag="textarea", type=""), lines=True),
    "url": _Kind(2048, _url, Element(type="url", inputmode="url", autocomplete="url")),
    "username": _Kind(
        64, _pattern("not_username", r"[A-Za-z0-9][A-Za-z0-9._\-]*"), Element(autocomplete="username"), indexed=True
    ),
    "password": _Kind(1024, _as_is, Element(type="password", autocomplete="new-password")),
    "reference": _Kind(120, _pattern("not_reference", r"[\x21-\x7e]+( [\x21-\x7e]+)*"), Element()),
    "yes_no": _Kind(5, _word("not_yes_no", _YES_NO), Element(type="checkbox")),
}


# --- masks


def _opaque(value: str) -> str:  # noqa: ARG001 - nothing of the value shows, its length neither
    return "•••"


def _last4(value: str) -> str:
    shown = value[-4:] if len(value) >= 8 else ""
    return f"•••• {shown}".strip()


def _masked_name(value: str) -> str:
    return " ".join(f"{word[0]}•••" for word in value.split())


def _masked_email(value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}•••@{domain}"


_MASKS: dict[str, Callable[[str], str]] = {
    "name": _masked_name,
    "email": _masked_email,
    "phone": lambda value: f"{value[:3]} ••• {value[-3:]}",
    "nik": _last4,
    "npwp": _last4,
    "card_number": _last4,
    "account_number": _last4,
    "birth_date": lambda value: value[:4],
    "choice": lambda value: value,
    "age_band": lambda value: value,
    "money": lambda value: "••• " + value.rpartition(" ")[2],
}
