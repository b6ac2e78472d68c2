"""Room notice: how single values are read: names, durations, moments, texts, fields. All are text in the file."""

import datetime as dt
import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tepati.notice import prose
from tepati.notice.finding import nearest
from tepati.notice.tree import Listing, Mapping, Node, Scalar
from tepati.notice.values import Duration, Moment, Rate, Ref, Text, Unit

if TYPE_CHECKING:
    from tepati.notice.reader import Reader

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CLAUSE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DURATION = re.compile(r"(\d{1,5})(?:[x×](\d{1,3}))? (minute|hour|day|working day|week|month|year)s?")
_MOMENT = re.compile(r"([a-z0-9_]+\.[a-z0-9_]+)(?: ([+-]) (\d.*?))?(?: at (\d\d):(\d\d))?")
_RATE = re.compile(r"(\d{1,6}) per (minute|hour|day|week|month|year)")
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>.]+(\.[^@\s<>.]+)+")
_LENGTH = re.compile(r"(\d{1,5}) ?(km|m)")
_SHARE = re.compile(r"(\d{1,3}) percent")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KINDS = ("health", "biometric", "genetic", "criminal", "child", "financial", "other")
_OPEN_ENDED = re.compile(r"(^|_)(other|others|misc|miscellaneous|etc|lain|lainnya|dll|anything|additional)(_|$)")
LAWS = ("id-uupdp", "id-pp33")


# Shapes


def is_mapping(reader: "Reader", node: Node, path: str) -> bool:
    """Tell whether keys stand here; a list of things or a bare word is a fault."""
    if isinstance(node, Mapping):
        return True
    if isinstance(node, Scalar) and node.plain and not node.text:
        reader.fault(node, "empty-value", path)
    else:
        reader.fault(
            node, "list-of-things" if isinstance(node, Listing) else "wrong-shape", path, wanted="{key: value}"
        )
    return False


def items(reader: "Reader", node: Node, path: str) -> list[Node]:
    """Give what stands in ``[ ]``; only names and words may."""
    if not isinstance(node, Listing):
        one = node.text if isinstance(node, Scalar) and node.text else "..."
        reader.fault(node, "wrong-shape", path, wanted=f"[{one}]")
        return []
    for item in node.items:
        if not isinstance(item, Scalar):
            reader.fault(item, "list-of-things", path)
    return [item for item in node.items if isinstance(item, Scalar)]


def _text_of(reader: "Reader", node: Node, path: str, wanted: str) -> str | None:
    if not isinstance(node, Scalar):
        reader.fault(node, "wrong-shape", path, wanted=wanted)
        return None
    if not node.text.strip():
        reader.fault(node, "empty-value", path)
        return None
    return node.text


def _wrong(reader: "Reader", node: Node, path: str, wanted: str) -> None:
    value = node.text if isinstance(node, Scalar) else ""
    reader.fault(node, "wrong-value", path, value=value, wanted=wanted)


def wrong_word(reader: "Reader", node: Node, path: str, known: tuple[str, ...]) -> None:
    """Tell that a word is not of the vocabulary, with the nearest one."""
    if isinstance(node, Listing) and path.startswith("purposes.") and path.endswith(".basis"):
        reader.fault(node, "two-bases", path)
        return
    if _text_of(reader, node, path, known[0]) is None:
        return
    value = node.text if isinstance(node, Scalar) else ""
    near = nearest(value, known)
    code = "unknown-law" if path == "laws" else "wrong-value"
    wanted = known[0] if len(known) == 1 else f"one of {', '.join(known)}"
    reader.fault(node, code, path, "near" if near and len(known) > 1 else "", value=value, wanted=wanted, near=near)


# Names


def name_of_thing(reader: "Reader", node: Node, path: str) -> str:
    """Check the name of a declared thing."""
    text = node.text if isinstance(node, Scalar) else ""
    pattern = _CLAUSE if path.startswith("clauses.") else _NAME
    if not pattern.fullmatch(text):
        reader.fault(node, "bad-name", path, name=text)
    elif path.startswith("data.") and _OPEN_ENDED.search(text):
        reader.fault(node, "open-ended", path, "name", name=text)
    return text


_SINGULAR = {
    "populations": "population",
    "data": "category",
    "purposes": "purpose",
    "points": "point",
    "consents": "consent",
    "roles": "role",
    "recipients": "recipient",
    "cases": "case",
    "terms": "terms",
    "clauses": "clause",
    "cookies.set": "cookie",
    "statistics.groups": "group",
}


def name(reader: "Reader", node: Node, path: str, ref: Ref) -> str:
    """Read a name that must be declared in one of the sections of ``ref``, or be one of its words."""
    text = _text_of(reader, node, path, "a name")
    if text is None:
        return ""
    known = reader.scope.known(ref.to)
    if text not in known and text not in ref.also:
        _unknown(reader, node, path, text, _SINGULAR[ref.to[0]], (*sorted(known), *ref.also))
    return text


def _unknown(reader: "Reader", node: Node, path: str, text: str, thing: str, known: tuple[str, ...]) -> None:
    near = nearest(text, known)
    listed = ", ".join(known[:12]) or "-"
    variant = "near" if near else ""
    reader.fault(node, f"unknown-{thing}", path, variant, value=text, near=near, known=listed)


def fields(reader: "Reader", node: Node, path: str) -> frozenset[str]:
    """Read a list of fields; a category alone is all its fields, without those nobody can explain."""
    found: set[str] = set()
    for item in items(reader, node, path):
        for one in _field_names(reader, item, path):
            reader.items[path, one] = item.mark
            found.add(one)
    return frozenset(found)


def field(reader: "Reader", node: Node, path: str) -> str:
    """Read one ``category.field``."""
    text = _text_of(reader, node, path, "category.field")
    if text is None:
        return ""
    if "." not in text:
        _wrong(reader, node, path, "category.field")
        return ""
    return "".join(_field_names(reader, node, path)[:1])


def _field_names(reader: "Reader", node: Node, path: str) -> tuple[str, ...]:
    text = _text_of(reader, node, path, "category.field") or ""
    category, _, one = text.partition(".")
    declared = reader.scope.fields
    if category not in declared:
        known = (*declared, *(f"{c}.{f}" for c in declared for f in declared[c])) if one else tuple(declared)
        _unknown(reader, node, path, text, "field" if one else "category", known)
        return ()
    if not one:
        return tuple(f"{category}.{f}" for f in declared[category])
    if text in reader.scope.unclear:
        reader.fault(node, "unclear-used", path, field=text)
        return ()
    if one not in declared[category]:
        _unknown(reader, node, path, text, "field", tuple(f"{c}.{f}" for c in declared for f in declared[c]))
        return ()
    return (text,)


def promise(reader: "Reader", node: Node, path: str) -> str:
    """Read the id of a promise; whether there is one is judged when all are known."""
    text = _text_of(reader, node, path, "a promise") or ""
    if text:
        reader.promised.append((text, node.mark, path))
    return text


# Values


def text(reader: "Reader", node: Node, path: str) -> Text:
    """Read one sentence in both languages."""
    if not isinstance(node, Mapping):
        reader.fault(node, "one-language", path, "bare")
        return Text("", "")
    for key in node.items:
        reader.marks[f"{path}.{key}"] = node.keys[key]
        if key not in ("id", "en"):
            spilled = isinstance(node.items[key], Scalar) and not getattr(node.items[key], "text", "")
            values = {"key": key, "thing": path, "near": "", "known": "id, en"}
            reader.findings.fault(node.keys[key], "unknown-key", f"{path}.{key}", "comma" if spilled else "", **values)
    said = {lang: _sentence(reader, node, path, lang) for lang in ("id", "en")}
    return Text(**said)


def _sentence(reader: "Reader", node: Mapping, path: str, lang: str) -> str:
    if lang not in node.items:
        reader.fault(node, "one-language", path, lang=lang)
        return ""
    item = node.items[lang]
    said = _text_of(reader, item, f"{path}.{lang}", "a text") or ""
    prose.judge(reader.findings, item.mark, f"{path}.{lang}", said)
    return said


def plain(reader: "Reader", node: Node, path: str) -> str:
    """Read a text of one language: a name, a reason."""
    said = _text_of(reader, node, path, "a text") or ""
    prose.unfinished(reader.findings, node.mark, path, said)
    return said


def duration(reader: "Reader", node: Node, path: str) -> Duration:
    """Read ``14 days``, ``7x24 hours``, ``5 working days``."""
    said = _text_of(reader, node, path, "14 days")
    if said is None:
        return NEUTRAL_DURATION
    found = written_duration(said)
    if found is None:
        near = nearest(said.partition(" ")[2], tuple(_UNIT_WORDS))
        wanted = f"{said.split(' ')[0]} {near}" if near and said[0].isdigit() else "a length of time such as 14 days"
        _wrong(reader, node, path, wanted)
    return found or NEUTRAL_DURATION


NEUTRAL_DURATION = Duration(1, "day")
_UNIT_WORDS = ("minutes", "hours", "days", "working days", "weeks", "months", "years")


def written_duration(said: str) -> Duration | None:
    """Read a duration's text; None where it is none (a length of zero is none)."""
    found = _DURATION.fullmatch(said)
    if not found or int(found[1]) == 0:
        return None
    unit: Unit = "working_day" if found[3] == "working day" else found[3]  # type: ignore[assignment] # the pattern's words
    return Duration(int(found[1]) * int(found[2] or 1), unit)


def moment(reader: "Reader", node: Node, path: str) -> Moment:
    """Read ``visit.starts - 1 day at 18:00``."""
    said = _text_of(reader, node, path, "case.closed")
    if said is None:
        return NEUTRAL_MOMENT
    found = _MOMENT.fullmatch(said)
    offset = written_duration(found[3]) if found and found[3] else None
    minutes = int(found[4]) * 60 + int(found[5]) if found and found[4] else None
    if not found or (found[3] and offset is None) or (minutes is not None and minutes >= 1440):
        _wrong(reader, node, path, "a moment such as booking.closed or visit.starts - 1 day at 18:00")
        return NEUTRAL_MOMENT
    if found[1] not in reader.scope.events:
        _unknown(reader, node, path, found[1], "event", tuple(sorted(reader.scope.events)))
        return NEUTRAL_MOMENT
    return Moment(found[1], {"+": 1, "-": -1}.get(found[2] or "", 0), offset, minutes)


NEUTRAL_MOMENT = Moment("record.created")


def opened(reader: "Reader", node: Node, path: str) -> str:
    """Read ``booking.open``; give the name of the case."""
    said = _text_of(reader, node, path, "<case>.open") or ""
    case, _, word = said.partition(".")
    if said and (word != "open" or case not in reader.scope.cases):
        near = nearest(case, reader.scope.cases)
        reader.fault(node, "unknown-case", path, "window", value=said, near=near or "<case>")
        return ""
    return case


def yes_no(reader: "Reader", node: Node, path: str) -> bool:
    """Read ``yes`` or ``no``, and nothing that YAML would take for one."""
    if isinstance(node, Scalar) and node.text in ("yes", "no"):
        return node.text == "yes"
    _wrong(reader, node, path, "yes or no")
    return False


def whole(reader: "Reader", node: Node, path: str) -> int:
    """Read a whole number from 0 to 999,999."""
    if isinstance(node, Scalar) and node.text.isascii() and node.text.isdigit() and len(node.text) < 7:
        return int(node.text)
    _wrong(reader, node, path, "a whole number")
    return 0


def decimal(reader: "Reader", node: Node, path: str) -> float:
    """Read a number such as ``1.0``."""
    if isinstance(node, Scalar) and re.fullmatch(r"\d{1,6}(\.\d{1,6})?", node.text):
        return float(node.text)
    _wrong(reader, node, path, "a number such as 1.0")
    return 1.0


def date(reader: "Reader", node: Node, path: str) -> dt.date:
    """Read ``2026-12-01``."""
    try:
        return dt.date.fromisoformat(node.text if isinstance(node, Scalar) else "")
    except ValueError:
        _wrong(reader, node, path, "a date such as 2026-12-01")
        return NEUTRAL_DATE


NEUTRAL_DATE = dt.date(2026, 1, 1)


def rate(reader: "Reader", node: Node, path: str) -> Rate:
    """Read ``2 per month``."""
    found = _RATE.fullmatch(node.text) if isinstance(node, Scalar) else None
    if not found:
        _wrong(reader, node, path, "a rate such as 2 per month")
        return Rate(1, "day")
    return Rate(int(found[1]), found[2])  # type: ignore[arg-type] # the pattern's words


def _matching(pattern: str, wanted: str) -> Any:
    compiled = re.compile(pattern)

    def one(reader: "Reader", node: Node, path: str) -> str:
        said = _text_of(reader, node, path, wanted) or ""
        if said and not compiled.fullmatch(said):
            prose.unfinished(reader.findings, node.mark, path, said)
            if not reader.findings.faulty(path):
                _wrong(reader, node, path, wanted)
        return said

    return one


def length(reader: "Reader", node: Node, path: str) -> int:
    """Read ``10 km`` or ``500 m``; give metres."""
    found = _LENGTH.fullmatch(node.text) if isinstance(node, Scalar) else None
    if not found:
        _wrong(reader, node, path, "a length such as 10 km")
        return 0
    return int(found[1]) * (1000 if found[2] == "km" else 1)


def share(reader: "Reader", node: Node, path: str) -> int:
    """Read ``5 percent``."""
    found = _SHARE.fullmatch(node.text) if isinstance(node, Scalar) else None
    if not found or int(found[1]) > 100:
        _wrong(reader, node, path, "a share such as 5 percent")
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
        _wrong(reader, node, path, "days such as monday to friday")
        return (0, 1, 2, 3, 4)
    return tuple(range(_DAYS.index(first), _DAYS.index(last) + 1))


def zone(reader: "Reader", node: Node, path: str) -> str:
    """Read the name of a time zone."""
    said = _text_of(reader, node, path, "Asia/Jakarta") or "UTC"
    try:
        ZoneInfo(said)
    except (ValueError, OSError, LookupError):
        _wrong(reader, node, path, "a time zone such as Asia/Jakarta, Asia/Makassar or Asia/Jayapura")
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
        names = _field_names(reader, Scalar(key, node.keys[key], plain=True), path)
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
    "country": _matching("[A-Z]{2}", "a country by its two letters, such as ID"),
    "countries": countries,
    "law": law,
    "column": column,
    "page": _matching(r"/[A-Za-z0-9._~/-]*", "a path such as /privasi"),
    "mail": _matching(_MAIL.pattern, "an e-mail address"),
}
BY_TYPE: dict[Any, Any] = {
    str: plain,
    bool: yes_no,
    int: whole,
    float: decimal,
    dt.date: date,
    Duration: duration,
    Moment: moment,
    Rate: rate,
}
NEUTRAL: dict[Any, Any] = {
    str: "",
    bool: False,
    int: 0,
    float: 1.0,
    dt.date: NEUTRAL_DATE,
    Duration: NEUTRAL_DURATION,
    Moment: NEUTRAL_MOMENT,
    Rate: Rate(1, "day"),
    Text: Text("", ""),
}
