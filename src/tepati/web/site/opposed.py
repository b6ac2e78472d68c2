"""Room web: what contradicts itself in a notice, with the reading in force, and what the law set aside."""

from dataclasses import dataclass

from tepati.notice.contradictions import contradictions, said
from tepati.notice.model import Notice
from tepati.notice.words import words

_KEPT = 64
_made: dict[tuple[bytes, str], tuple["Opposed", ...]] = {}  # a notice never changes while it runs


@dataclass(frozen=True, slots=True)
class Opposed:
    """A pair: number and words of each sentence, and the line that says which reading holds."""

    one: str
    says: str
    other: str
    answers: str
    governs: str


def opposed(notice: Notice, digest: bytes, lang: str) -> tuple[Opposed, ...]:
    """List the pairs of a notice, made once for each language."""
    if (digest, lang) not in _made:
        if len(_made) >= _KEPT:
            _made.clear()
        _made[digest, lang] = _pairs(notice, lang)
    return _made[digest, lang]


def _pairs(notice: Notice, lang: str) -> tuple[Opposed, ...]:
    area = words(lang, "board")
    return tuple(
        Opposed(
            pair.one, said(notice, pair.one, lang), pair.other, said(notice, pair.other, lang),
            area.say("opposed.governs", clause=pair.governs),
        )
        for pair in contradictions(notice)
    )  # fmt: skip


def aside(notice: Notice, lang: str) -> tuple[tuple[str, str], ...]:
    """List the sentences of the old notice that are not carried over, each with the reason."""
    return tuple((name, one.not_carried.of(lang)) for name, one in notice.clauses.items() if one.not_carried)


def heading(lang: str) -> tuple[str, str]:
    """Say the heading of the pairs and the line beneath it."""
    area = words(lang, "board")
    return area.say("opposed.title"), area.say("opposed.soft")
