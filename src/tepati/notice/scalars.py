"""Room notice: how single values are read: durations, moments, dates, texts. All are text in the file."""

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from tepati.notice import prose
from tepati.notice.finding import nearest
from tepati.notice.names import unknown
from tepati.notice.shapes import text_of, wrong
from tepati.notice.tree import Mapping, Node, Scalar
from tepati.notice.values import Duration, Moment, Rate, Text, Unit

if TYPE_CHECKING:
    from tepati.notice.reader import Reader

_DURATION = re.compile(r"(\d{1,5})(?:[x×](\d{1,3}))? (minute|hour|day|working day|week|month|year)s?")

_MOMENT = re.compile(r"([a-z0-9_]+\.[a-z0-9_]+)(?: ([+-]) (\d.*?))?(?: at (\d\d):(\d\d))?")

_RATE = re.compile(r"(\d{1,6}) per (minute|hour|day|week|month|year)")


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
    said = text_of(reader, item, f"{path}.{lang}", "a_text") or ""
    prose.judge(reader.findings, item.mark, f"{path}.{lang}", said)
    return said


def plain(reader: "Reader", node: Node, path: str) -> str:
    """Read a text of one language: a name, a reason."""
    said = text_of(reader, node, path, "a_text") or ""
    judge = prose.judge if path.endswith(_SENTENCES) else prose.unfinished
    judge(reader.findings, node.mark, path, said)
    return said


_SENTENCES = (".reading", ".because", ".to_whom")  # texts of one language that are more than a name


def duration(reader: "Reader", node: Node, path: str) -> Duration:
    """Read ``14 days``, ``7x24 hours``, ``5 working days``."""
    said = text_of(reader, node, path, "14 days")
    if said is None:
        return NEUTRAL_DURATION
    found = written_duration(said)
    if found is None:
        near = nearest(said.partition(" ")[2], tuple(_UNIT_WORDS))
        wanted = f"{said.split(' ')[0]} {near}" if near and said[0].isdigit() else "a_duration"
        wrong(reader, node, path, wanted)
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
    said = text_of(reader, node, path, "case.closed")
    if said is None:
        return NEUTRAL_MOMENT
    found = _MOMENT.fullmatch(said)
    offset = written_duration(found[3]) if found and found[3] else None
    minutes = int(found[4]) * 60 + int(found[5]) if found and found[4] else None
    if not found or (found[3] and offset is None) or (minutes is not None and minutes >= 1440):
        wrong(reader, node, path, "a_moment")
        return NEUTRAL_MOMENT
    if found[1] not in reader.scope.events:
        unknown(reader, node, path, found[1], "event", tuple(sorted(reader.scope.events)))
        return NEUTRAL_MOMENT
    return Moment(found[1], {"+": 1, "-": -1}.get(found[2] or "", 0), offset, minutes)


NEUTRAL_MOMENT = Moment("record.created")


def opened(reader: "Reader", node: Node, path: str) -> str:
    """Read ``booking.open``; give the name of the case."""
    said = text_of(reader, node, path, "<case>.open") or ""
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
    wrong(reader, node, path, "yes_or_no")
    return False


def whole(reader: "Reader", node: Node, path: str) -> int:
    """Read a whole number from 0 to 999,999."""
    if isinstance(node, Scalar) and node.text.isascii() and node.text.isdigit() and len(node.text) < 7:
        return int(node.text)
    wrong(reader, node, path, "a_whole_number")
    return 0


def decimal(reader: "Reader", node: Node, path: str) -> float:
    """Read a number such as ``1.0``."""
    if isinstance(node, Scalar) and re.fullmatch(r"\d{1,6}(\.\d{1,6})?", node.text):
        return float(node.text)
    wrong(reader, node, path, "a_number")
    return 1.0


def date(reader: "Reader", node: Node, path: str) -> dt.date:
    """Read ``2026-12-01``."""
    try:
        return dt.date.fromisoformat(node.text if isinstance(node, Scalar) else "")
    except ValueError:
        wrong(reader, node, path, "a_date")
        return NEUTRAL_DATE


NEUTRAL_DATE = dt.date(2026, 1, 1)


def rate(reader: "Reader", node: Node, path: str) -> Rate:
    """Read ``2 per month``."""
    found = _RATE.fullmatch(node.text) if isinstance(node, Scalar) else None
    if not found:
        wrong(reader, node, path, "a_rate")
        return Rate(1, "day")
    return Rate(int(found[1]), found[2])  # type: ignore[arg-type] # the pattern's words


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
