"""Room notice: scalars with a form of their own: classes, ages, manners, days, zones, shares, lengths, countries."""

import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tepati.notice import prose
from tepati.notice.law.pack import LAWS
from tepati.notice.names import field, field_names, fields, promise
from tepati.notice.scalars import opened, plain, text
from tepati.notice.shapes import is_mapping, items, text_of, wrong, wrong_word
from tepati.notice.tree import Listing, Mapping, Node, Scalar
from tepati.notice.values import Text

if TYPE_CHECKING:
    from tepati.notice.reader import Reader

_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>.]+(\.[^@\s<>.]+)+")
_LENGTH = re.compile(r"(\d{1,5}) ?(km|m)")
_SHARE = re.compile(r"(\d{1,3}) percent")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KINDS = ("health", "biometric", "genetic", "criminal", "child", "financial", "other")


def _matching(pattern: str, wanted: str) -> Any:
    compiled = re.compile(pattern)

    def one(reader: "Reader", node: Node, path: str) -> str:
        said = text_of(reader, node, path, wanted) or ""
        prose.unfinished(reader.findings, node.mark, path, said)
        if said and not compiled.fullmatch(said) and not reader.findings.faulty(path):
            wrong(reader, node, path, wanted)
        return said

    return one


def length(reader: "Reader", node: Node, path: str) -> int:
    """Read ``10 km`` or ``500 m``; give metres."""
    found = _LENGTH.fullmatch(node.text) if isinstance(node, Scalar) else None
    if not found:
        wrong(reader, node, path, "a_length")
        return 0
    return int(found[1]) * (1000 if found[2] == "km" else 1)


def share(reader: "Reader", node: Node, path: str) -> int:
    """Read ``5 percent``."""
    found = _SHARE.fullmatch(node.text) if isinstance(node, Scalar) else None
    if not found or int(found[1]) > 100:
        wrong(reader, node, path, "a_share")
        return 0
    return int(found[1])


def weekdays(reader: "Reader", node: Node, path: str) -> tuple[int, ...]:
    """Read ``monday to friday``, or a list of days."""
    if isinstance(node, Listing):
        return tuple(
            sorted({_DAYS.index(one.text) for one in node.items if isinstance(one, Scalar) and one.text in _DAYS})
        )
    first, _, last = (node.text if isinstance(node, Scalar) else "").partition(" to ")
    if first not in _DAYS or last not in _DAYS or _DAYS.index(first) > _DAYS.index(last):
        wrong(reader, node, path, "some_days")
        return (0, 1, 2, 3, 4)
    return tuple(range(_DAYS.index(first), _DAYS.index(last) + 1))


def zone(reader: "Reader", node: Node, path: str) -> str:
    """Read the name of a time zone."""
    said = text_of(reader, node, path, "Asia/Jakarta") or "UTC"
    try:
        ZoneInfo(said)
    except (ValueError, OSError, LookupError):
        wrong(reader, node, path, "a_time_zone")
        return "UTC"
    return said


def klass(reader: "Reader", node: Node, path: str) -> str:
    """Read the class of a category (UU PDP Art. 4): general, specific:<kind>, not_personal."""
    known = ("general", "not_personal", *(f"specific:{kind}" for kind in _KINDS))
    if isinstance(node, Scalar) and node.text in known:
        return node.text
    wrong_word(reader, node, path, known)
    return "general"


def ages(reader: "Reader", node: Node, path: str) -> dict[int, str]:
    """Read ``{under_13: refuse, under_18: guardian}``."""
    found: dict[int, str] = {}
    if not is_mapping(reader, node, path) or not isinstance(node, Mapping):
        return found
    for key, item in node.items.items():
        reader.marks[f"{path}.{key}"] = node.keys[key]
        limit = re.fullmatch(r"under_(\d{1,2})", key)
        if not limit:
            reader.findings.fault(node.keys[key], "bad-age", f"{path}.{key}", key=key)
        elif isinstance(item, Scalar) and item.text in _OUTCOMES:
            found[int(limit[1])] = item.text
        else:
            wrong_word(reader, item, f"{path}.{key}", _OUTCOMES)
    return dict(sorted(found.items()))


_OUTCOMES = ("refuse", "guardian", "warn", "limited")
_HOWS = ("full", "masked", "last4", "initials", "hidden")


def how(reader: "Reader", node: Node, path: str) -> dict[str, str]:
    """Read one manner of showing for all fields (kept under ``*``), or one for each field."""
    if isinstance(node, Scalar):
        if node.text in _HOWS:
            return {"*": node.text}
        wrong_word(reader, node, path, _HOWS)
        return {}
    if not isinstance(node, Mapping):
        reader.fault(node, "wrong-shape", path, wanted="masked")
        return {}
    found: dict[str, str] = {}
    for key, item in node.items.items():
        names = field_names(reader, Scalar(key, node.keys[key], plain=True), path)
        if not (isinstance(item, Scalar) and item.text in _HOWS):
            wrong_word(reader, item, path, _HOWS)
            continue
        for one in names:
            reader.items[path, one] = node.keys[key]
            found[one] = item.text
    return found


def countries(reader: "Reader", node: Node, path: str) -> tuple[str, ...]:
    """Read a list of countries by their two letters."""
    return tuple(FORMS["country"](reader, item, path) for item in items(reader, node, path))


def law(reader: "Reader", node: Node, path: str) -> str:
    """Read the name of a rule pack."""
    if isinstance(node, Scalar) and node.text in LAWS:
        return node.text
    wrong_word(reader, node, path, LAWS)
    return LAWS[0]


def column(reader: "Reader", node: Node, path: str) -> str:
    """Read what a column of another system holds: a field, ``key`` or ``not_personal``."""
    if isinstance(node, Scalar) and node.text in ("key", "not_personal"):
        return node.text
    return field(reader, node, path)


def spoken(reader: "Reader", node: Node, path: str) -> Text:
    """Read a text in both languages, or one that stands for both."""
    if isinstance(node, Mapping):
        return text(reader, node, path)
    said = plain(reader, node, path)
    return Text(said, said)


FORMS: dict[str, Any] = {
    "fields": fields,
    "field": field,
    "promise": promise,
    "open": opened,
    "length": length,
    "share": share,
    "weekdays": weekdays,
    "zone": zone,
    "class": klass,
    "ages": ages,
    "how": how,
    "country": _matching("[A-Z]{2}", "a_country"),
    "countries": countries,
    "law": law,
    "column": column,
    "spoken": spoken,
    "page": _matching(r"/[A-Za-z0-9._~/-]*", "a_path"),
    "mail": _matching(_MAIL.pattern, "an_address"),
}
