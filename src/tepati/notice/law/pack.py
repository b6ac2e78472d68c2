"""Room notice: the law as dated data. A pack brings ceilings, what holds in silence, duties and articles."""

import datetime as dt
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec.structs import replace

from tepati.notice.vocabulary import RightName

LAWS = ("id-uupdp", "id-pp33")
LawMark = Literal["V", "R", "M", "T"]  # read, restated, from memory; T: Tepati's own where the law names no number


class Ceiling(msgspec.Struct, frozen=True):
    """No declaration may promise longer than ``most`` at ``path``."""

    path: str
    most: str
    article: str
    mark: LawMark


class Silence(msgspec.Struct, frozen=True):
    """What holds for a right the notice does not mention."""

    right: RightName
    mark: LawMark
    within: str = ""
    told: str = ""


class LawDuty(msgspec.Struct, frozen=True):
    """A duty that stands on every board: L1 to L18."""

    id: str
    paths: tuple[str, ...]
    articles: tuple[str, ...]


class Rule(msgspec.Struct, frozen=True):
    """The article behind a finding of ``check``, by the finding's code."""

    article: str
    mark: LawMark


class Official(msgspec.Struct, frozen=True):
    """The official text that an operator read: ``law`` names the pack, ``sha256`` is of the file, in hex.

    ``rules``: the ceilings they found in it, path and article; only these gate. ``recorded``: on which day.
    """

    law: str
    name: str
    date: dt.date
    sha256: str
    recorded: dt.date
    rules: tuple[tuple[str, str], ...]


class Fact(msgspec.Struct, frozen=True):
    """What an article is reported to say; it gates nothing, and is there to be read."""

    article: str
    id: str
    en: str
    mark: LawMark


class Pack(msgspec.Struct, frozen=True):
    """One law. ``in_force`` is the first day it binds; ``facts_of`` the day these facts were gathered.

    A pack that ``awaits_text`` gates nothing until ``official`` is recorded.
    """

    name: str
    law: str
    title_id: str
    title_en: str
    in_force: dt.date
    facts_of: dt.date
    ceiling: tuple[Ceiling, ...] = ()
    default: tuple[Silence, ...] = ()
    duty: tuple[LawDuty, ...] = ()
    articles: dict[str, tuple[str, ...]] = {}
    rule: dict[str, Rule] = {}
    fact: tuple[Fact, ...] = ()
    awaits_text: bool = False
    official: Official | None = None

    def binds(self, mark: LawMark, on: dt.date) -> bool:
        """Tell whether a fact of this mark makes an error in a notice of that day; else it only warns."""
        ready = self.official is not None or not self.awaits_text
        return ready and mark in ("V", "T") and on >= self.in_force

    def behind(self, path: str) -> tuple[str, ...]:
        """Give the articles behind a promise: those of the longest path that fits it, ``*`` being any name."""
        steps = path.split(".")
        for length in range(len(steps), 0, -1):
            for pattern, articles in self.articles.items():
                if _fits(pattern.split("."), steps[:length]):
                    return articles
        return ()

    def read(self, official: Official | None) -> "Pack":
        """Give the pack as the official text has it: what was found there is verified, under its article."""
        if official is None:
            return self
        known = dict(official.rules)
        ceiling = [replace(c, article=known[c.path], mark="V") if c.path in known else c for c in self.ceiling]
        return replace(self, ceiling=tuple(ceiling), official=official)


def official(name: str, laws: Iterable[Official]) -> Official | None:
    """Find the record of a pack's official text; None where nobody made one."""
    return next((one for one in laws if one.law == name), None)


class Cited(msgspec.Struct, frozen=True):
    """The law behind a code, as it is cited; empty where a rule is the language's own."""

    article: str = ""
    mark: str = ""

    @property
    def firm(self) -> bool:
        return self.mark not in ("R", "M")


@cache
def cited(code: str, variant: str = "") -> Cited | None:
    """Find the article behind a finding's code, or behind one variant of it; None where no law is."""
    for name in LAWS:
        facts = pack(name)
        rule = facts.rule.get(f"{code}.{variant}") or facts.rule.get(code)
        if rule:
            return Cited(f"{facts.law} Art. {rule.article}", rule.mark)
    return None


@cache
def pack(name: str) -> Pack:
    """Load a rule pack by its name, such as ``id-uupdp``."""
    source = files("tepati.notice.law").joinpath(f"{name.replace('-', '_')}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(source), Pack)


def _fits(pattern: list[str], steps: list[str]) -> bool:
    return len(pattern) == len(steps) and all(p in ("*", s) for p, s in zip(pattern, steps, strict=True))
