"""Room notice: the law as dated data. A pack brings ceilings, what holds in silence, duties and articles."""

import datetime as dt
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from tepati.notice.vocabulary import RightName

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


class Pack(msgspec.Struct, frozen=True):
    """One law. ``in_force`` is the first day it binds; ``facts_of`` the day these facts were gathered."""

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

    def behind(self, path: str) -> tuple[str, ...]:
        """Give the articles behind a promise: those of the longest path that fits it, ``*`` being any name."""
        steps = path.split(".")
        for length in range(len(steps), 0, -1):
            for pattern, articles in self.articles.items():
                if _fits(pattern.split("."), steps[:length]):
                    return articles
        return ()


@cache
def pack(name: str) -> Pack:
    """Load a rule pack by its name, such as ``id-uupdp``."""
    source = files("tepati.notice.law").joinpath(f"{name.replace('-', '_')}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(source), Pack)


def _fits(pattern: list[str], steps: list[str]) -> bool:
    return len(pattern) == len(steps) and all(p in ("*", s) for p, s in zip(pattern, steps, strict=True))
