"""Room notice: values as the file spells them, for whoever compares two versions. Pure."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from tepati.notice.values import Duration, Moment, Rate, Text


def spelled(value: Any) -> str:
    """Spell a value of the model; "" for what is absent, ``{}`` for a whole thing, whose keys stand in the file."""
    if value is None or value == "":
        return ""
    if isinstance(value, tuple | frozenset):
        return ", ".join(sorted(map(spelled, value)))
    return next((say(value) for kind, say in _SPELLED.items() if isinstance(value, kind)), "{}")


def _counted(length: Duration) -> str:
    unit = length.unit.replace("_", " ")
    if length.unit == "hour" and length.count % 24 == 0 and length.count > 24:
        return f"{length.count // 24}x24 hours"
    return f"{length.count} {unit}" if length.count == 1 else f"{length.count} {unit}s"


def _moment(moment: Moment) -> str:
    offset = f" {'-' if moment.sign < 0 else '+'} {_counted(moment.offset)}" if moment.offset else ""
    at = f" at {moment.at // 60:02}:{moment.at % 60:02}" if moment.at is not None else ""
    return f"{moment.event}{offset}{at}"


_SPELLED: dict[type, Callable[[Any], str]] = {
    bool: lambda yes: "yes" if yes else "no",  # before int, which it is too
    int: str,
    str: str,
    float: str,
    dt.date: str,
    Duration: _counted,
    Rate: lambda rate: f"{rate.count} per {rate.per.replace('_', ' ')}",
    Moment: _moment,
    Text: lambda text: text.en,
}
