"""Room notice: what own sentences must not say; the words stand in ``lint.toml``, in both languages. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import msgspec

from tepati.notice.finding import Findings, Level, Mark

About = Literal["sharing", "marketing", "abroad", "cookies", "machines", "only"]
_BRACES = re.compile(r"\{([^}]*)\}?")
_SENTENCE = re.compile(r"[.!?;]\s")
_CLAUSE = re.compile(r"[.!?;:,]\s")
_UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060])  # soft hyphens and marks without width hide no word


class Phrase(msgspec.Struct, frozen=True):
    """Words that are a finding of one code; ``at``: only at paths that end so, ``not_at``: nowhere there."""

    code: str
    words: tuple[str, ...]
    unless: str = ""
    level: Level = "error"
    at: tuple[str, ...] = ()
    not_at: tuple[str, ...] = ()


class Claim(msgspec.Struct, frozen=True):
    """Words that claim something about the whole file."""

    about: About
    words: tuple[str, ...]
    unless: str = ""
    level: Level = "error"


class _Book(msgspec.Struct, frozen=True):
    phrase: tuple[Phrase, ...]
    claim: tuple[Claim, ...]


@cache
def _book() -> _Book:
    source = files("tepati.notice").joinpath("lint.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(source), _Book)


class _Ready(NamedTuple):
    """Words to look for, compiled; ``unless``: what takes them back."""

    words: re.Pattern[str]
    unless: re.Pattern[str] | None


def _ready(one: Phrase | Claim) -> _Ready:
    words = re.compile("|".join(f"(?:{word})" for word in one.words), re.IGNORECASE)
    return _Ready(words, re.compile(one.unless, re.IGNORECASE) if one.unless else None)


@cache
def _phrases(*, short: bool) -> tuple[tuple[Phrase, _Ready], ...]:
    """Give what own sentences must not say; ``short``: of those, what no other text may hold either."""
    return tuple((one, _ready(one)) for one in _book().phrase if not short or one.code == "unfinished" or one.at)


@cache
def _claims() -> tuple[tuple[Claim, _Ready], ...]:
    return tuple((one, _ready(one)) for one in _book().claim)


def judge(findings: Findings, mark: Mark, path: str, said: str) -> None:
    """Judge one sentence that people will read."""
    _look(findings, mark, path, plain(said), short=False)
    for brace in _BRACES.finditer(said):
        if not re.fullmatch(r"\{[a-z_][a-z0-9_.]*\}", brace[0]):
            findings.fault(mark, "bad-placeholder", path, words=brace[0])


def unfinished(findings: Findings, mark: Mark, path: str, said: str) -> None:
    """Find what was left to be filled in, and addresses of a handbook."""
    _look(findings, mark, path, plain(said), short=True)


def claims(said: str) -> Iterator[tuple[Claim, str]]:
    """Tell what a text claims about the whole file, each with the words that claim it."""
    text = plain(said)
    for claim, ready in _claims():
        words = _found(text, ready, whole=True)
        if words:
            yield claim, words


def plain(said: str) -> str:
    """Put a text on one line with single spaces, letters in their usual form, nothing unseen between them."""
    if not said.isascii():
        said = unicodedata.normalize("NFKC", said).translate(_UNSEEN)
    return " ".join(said.split())


def _look(findings: Findings, mark: Mark, path: str, text: str, *, short: bool) -> None:
    stem = path.removesuffix(".id").removesuffix(".en")
    for one, ready in _phrases(short=short):
        if (one.at and not path.endswith(one.at)) or (one.not_at and stem.endswith(one.not_at)):
            continue
        words = _found(text, ready)
        if words:
            note = {"error": findings.object, "warning": findings.remark, "advice": findings.advise}[one.level]
            note(mark, one.code, path, words=words)


def _found(text: str, ready: _Ready, *, whole: bool = False) -> str:
    """Give the first words that stand in a sentence which does not take them back."""
    if not ready.words.search(text):  # nearly always
        return ""
    for found in ready.words.finditer(text):
        ends = _SENTENCE if whole else _CLAUSE
        start = max((end.end() for end in ends.finditer(text, 0, found.start())), default=0)
        after = _SENTENCE.search(text, found.end())
        stop = (after.start() if after else len(text)) if whole else found.end()
        if ready.unless is None or not ready.unless.search(text, start, stop):
            return found[0]
    return ""
