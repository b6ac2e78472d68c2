"""Room notice: the values a declaration is made of (language.md section 2). Pure; nothing here reads a clock."""

from typing import Literal, NamedTuple

import msgspec

Language = Literal["id", "en"]
Unit = Literal["minute", "hour", "day", "working_day", "week", "month", "year"]
How = Literal["full", "masked", "last4", "initials", "hidden"]

STRICTNESS: dict[How, int] = {"full": 0, "last4": 1, "initials": 2, "masked": 3, "hidden": 4}

# Rough lengths in seconds, for comparing declarations only (a month by calendar has no fixed length).
_SECONDS: dict[str, int] = {
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "working_day": 120_960,  # seven days for five: 1.4 days
    "week": 604_800,
    "month": 2_629_746,
    "year": 31_556_952,
}


class Duration(msgspec.Struct, frozen=True):
    """A length of time as people write it: ``7x24 hours`` is ``Duration(168, "hour")``."""

    count: int
    unit: Unit

    def rough_seconds(self) -> int:
        """Seconds, near enough to compare two declarations; real instants come from ``rules.deadlines``."""
        return self.count * _SECONDS[self.unit]


class Moment(msgspec.Struct, frozen=True, cache_hash=True):
    """An event, moved by ``sign`` times ``offset``, then to ``at`` minutes after local midnight of that day.

    ``visit.starts - 1 day at 18:00`` is ``Moment("visit.starts", -1, Duration(1, "day"), 1080)``.
    """

    event: str
    sign: int = 0
    offset: Duration | None = None
    at: int | None = None


class Text(msgspec.Struct, frozen=True):
    """One sentence in both languages; ``{field}`` is the only placeholder."""

    id: str
    en: str

    def of(self, lang: str) -> str:
        """Give the sentence in ``id`` or ``en``."""
        return self.en if lang == "en" else self.id


class Rate(msgspec.Struct, frozen=True):
    """At most ``count`` in each ``per``: ``2 per month``."""

    count: int
    per: Unit


class Telling(msgspec.Struct, frozen=True, rename=lambda name: name.rstrip("_")):
    """How people are told: so long before, after or within; by these channels; unless."""

    before: Duration | None = None
    after: Duration | None = None
    within: Duration | None = None
    by: tuple[str, ...] = ()
    unless: Literal["", "forbidden_by_law", "address_unknown"] = ""


class Ref(NamedTuple):
    """Marks a name that must be declared: in one of the sections ``to``, or one of the words ``also``."""

    to: tuple[str, ...]
    also: tuple[str, ...] = ()


class Form(NamedTuple):
    """Marks a scalar with a form of its own: ``mail``, ``page``, ``zone``, ``weekdays``, ``length``, ``share`` ..."""

    name: str


class Word(NamedTuple):
    """Marks the word that stands for ``None`` where a value may be absent on purpose: ``campaign``, ``session``."""

    word: str
