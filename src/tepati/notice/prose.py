"""Room notice: what own sentences must not say; the words stand in ``lint.toml``, in both languages. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

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


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in words), re.IGNORECASE)


def judge(findings: Findings, mark: Mark, path: str, said: str) -> None:
    """Judge one sentence that people will read."""
    _phrases(findings, mark, path, plain(said), _book().phrase)
    for brace in _BRACES.finditer(said):
        if not re.fullmatch(r"\{[a-z_][a-z0-9_.]*\}", brace[0]):
            findings.fault(mark, "bad-placeholder", path, words=brace[0])


def unfinished(findings: Findings, mark: Mark, path: str, said: str) -> None:
    """Find what was left to be filled in, and addresses of a handbook."""
    short = tuple(one for one in _book().phrase if one.code == "unfinished" or one.at)
    _phrases(findings, mark, path, plain(said), short)


def claims(said: str) -> Iterator[tuple[Claim, str]]:
    """Tell what a text claims about the whole file, each with the words that claim it."""
    text = plain(said)
    for claim in _book().claim:
        words = _found(text, claim.words, claim.unless, whole=True)
        if words:
            yield claim, words


def plain(said: str) -> str:
    """Put a text on one line with single spaces, letters in their usual form, nothing unseen between them."""
    if not said.isascii():
        said = unicodedata.normalize("NFKC", said).translate(_UNSEEN)
    return " ".join(said.split())


def _phrases(findings: Findings, mark: Mark, path: str, text: str, phrases: tuple[Phrase, ...]) -> None:
    for one in phrases:
        stem = path.removesuffix(".id").removesuffix(".en")
        if (one.at and not path.endswith(one.at)) or (one.not_at and stem.endswith(one.not_at)):
            continue
        words = _found(text, one.words, one.unless)
        if words:
            note = {"error": findings.object, "warning": findings.remark, "advice": findings.advise}[one.level]
            note(mark, one.code, path, words=words)


def _found(text: str, words: tuple[str, ...], unless: str, *, whole: bool = False) -> str:
    """Give the first words that stand in a sentence which does not take them back."""
    for found in _pattern(words).finditer(text):
        ends = _SENTENCE if whole else _CLAUSE
        start = max((end.end() for end in ends.finditer(text, 0, found.start())), default=0)
        after = _SENTENCE.search(text, found.end())
        stop = (after.start() if after else len(text)) if whole else found.end()
        if not unless or not _pattern((unless,)).search(text, start, stop):
            return found[0]
    return ""
