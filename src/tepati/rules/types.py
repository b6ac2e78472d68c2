"""Room rules: the semantic types of the language. A value is cleaned once, where it enters; every later room trusts it.

``clean`` is idempotent: what it returned, it returns again. No fault ever carries the value itself.
"""

import unicodedata
from collections.abc import Callable, Iterable

import msgspec

from tepati.errors import BadInput
from tepati.rules import forms, pictures, squares
from tepati.rules.facts import How

_MEGABYTE = 1_000_000
_BLOB = 14 * _MEGABYTE  # ten megabytes of bytes, written in base64
_PICTURE = 4 * -(-pictures.LARGEST // 3)  # the largest picture, written in base64
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


def clean(type: str, raw: object, options: Iterable[str] = (), precision: int = 0) -> str:
    """Validate and normalise one value of a semantic type; ``options`` are the keys a ``choice`` may have.

    A location is no finer than ``precision`` (metres; 0: as it was given) from here on.

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
    return squares.coarse(cleaned, precision) if precision and type == "location" else cleaned


def indexed(type: str) -> bool:
    """Say whether a blind index may exist for the type: never for values of which there are few (design section 5)."""
    return _kind(type).indexed


def element(type: str) -> Element:
    """Say how a page asks for a value of the type."""
    return _kind(type).element


def derive(kind: str, value: str) -> str:
    """Make what a field declared as derived holds: of a card its last four digits; "" where nothing is made."""
    return value[-4:] if kind == "card_number" else ""


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
    text = raw
    if not (raw.isascii() and raw.isprintable()):  # nothing unseen is both, and most values are
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


_DIGITAL = Element(inputmode="numeric")
_FILE = Element(type="file")
_CHOICE = Element(tag="select", type="")
_KINDS: dict[str, _Kind] = {
    "name": _Kind(120, forms.name, Element(autocomplete="name")),
    "email": _Kind(254, forms.email, Element(type="email", inputmode="email", autocomplete="email"), indexed=True),
    "phone": _Kind(32, forms.phone, Element(type="tel", inputmode="tel", autocomplete="tel"), indexed=True),
    "nik": _Kind(24, forms.nik, _DIGITAL, indexed=True),
    "npwp": _Kind(24, forms.digits("not_npwp", frozenset({15, 16})), _DIGITAL, indexed=True),
    "address": _Kind(500, forms.as_is, Element(tag="textarea", type="", autocomplete="street-address"), lines=True),
    "postcode": _Kind(
        8, forms.digits("not_postcode", frozenset({5})), Element(inputmode="numeric", autocomplete="postal-code")
    ),
    "area": _Kind(120, forms.one_line, Element(autocomplete="address-level2")),
    "birth_date": _Kind(10, forms.birth_date, Element(type="date", autocomplete="bday")),
    "age_band": _Kind(16, forms.age_band, _CHOICE),
    "gender": _Kind(12, forms.word("not_gender", forms.GENDER), _CHOICE),
    "card_number": _Kind(32, forms.card, Element(inputmode="numeric", autocomplete="cc-number")),
    "card_security_code": _Kind(
        4,
        forms.digits("not_card_security_code", frozenset({3, 4})),
        Element(inputmode="numeric", autocomplete="cc-csc"),
    ),
    "account_number": _Kind(34, forms.pattern("not_account_number", r"[A-Z0-9][A-Z0-9 \-]*"), _DIGITAL),
    "money": _Kind(32, forms.money, _DIGITAL),
    "ip": _Kind(45, forms.ip, Element()),
    "device_id": _Kind(128, forms.pattern("not_device_id", r"[\x21-\x7e]+"), Element()),
    "location": _Kind(64, forms.location, Element()),
    "file": _Kind(_BLOB, forms.base64, _FILE),
    "image": _Kind(_PICTURE, pictures.image, _FILE),
    "voice": _Kind(_BLOB, forms.base64, _FILE),
    "document": _Kind(_BLOB, forms.base64, _FILE),
    "signature": _Kind(_BLOB, forms.base64, _FILE),
    "choice": _Kind(120, forms.as_is, _CHOICE),
    "number": _Kind(24, forms.number, Element(inputmode="decimal")),
    "date": _Kind(10, forms.date, Element(type="date")),
    "time": _Kind(40, forms.time, Element(type="time")),
    "text": _Kind(4000, forms.as_is, Element(tag="textarea", type=""), lines=True),
    "url": _Kind(2048, forms.url, Element(type="url", inputmode="url", autocomplete="url")),
    "username": _Kind(
        64,
        forms.pattern("not_username", r"[A-Za-z0-9][A-Za-z0-9._\-]*"),
        Element(autocomplete="username"),
        indexed=True,
    ),
    "password": _Kind(1024, forms.as_is, Element(type="password", autocomplete="new-password")),
    "reference": _Kind(120, forms.pattern("not_reference", r"[\x21-\x7e]+( [\x21-\x7e]+)*"), Element()),
    "yes_no": _Kind(5, forms.word("not_yes_no", forms.YES_NO), Element(type="checkbox")),
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
