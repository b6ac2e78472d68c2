"""Room board: evidence put into sentences of both languages; in public, small figures become "fewer than 10"."""

from typing import Final

from tepati.board.verdict import Coverage, Evidence, State
from tepati.notice import speech
from tepati.notice.values import Duration, Text
from tepati.notice.words import words
from tepati.rules.facts import FOREVER

SMALLEST: Final = 10  # below it a public figure could single somebody out
# Figures about the system or the paper itself: they count no person and no use, so they are exact everywhere.
_EXACT: Final = frozenset({
    "version", "versions", "announced", "kinds", "witnesses", "decoys", "missing", "unreadable", "endless", "bad",
    "observed", "attempts", "log_lines", "waiting", "finest", "declared",
})  # fmt: skip
# Live figures of registers: in public only their size, for one person's act could be seen in the difference.
_LIVE: Final = frozenset({"open", "active", "signed"})

LANGUAGES: Final = ("id", "en")
HOUR: Final = 3_600_000_000


def sentence(says: str, evidence: Evidence, tz: str, *, public: bool = False) -> Text:
    """Say the evidence in both languages; ``tz`` is the organisation's zone."""
    return Text(*(_say(f"says.{says}", evidence, tz, lang, public=public) for lang in LANGUAGES))


def trouble(cause: str, repair: str, since: int, tz: str) -> tuple[Text, Text]:
    """Say what went wrong, and what was done; codes without words of their own are shown as they were noted."""
    return _coded("cause", cause, since, tz), _coded("repair", repair, since, tz)


def _coded(table: str, code: str, since: int, tz: str) -> Text:
    if not code:
        return Text("", "")
    return Text(
        *(
            words(lang, "board").either(f"{table}.{code}", code, since=speech.instant(since, tz, lang))
            for lang in LANGUAGES
        )
    )


def coverage(covered: Coverage, *, public: bool = False) -> Text:
    """Say how far the evidence reaches."""
    small = public and covered.of == "people"
    n, m = (coarse(covered.n), coarse(covered.m)) if small else (covered.n, covered.m)
    key = f"coverage.{'one' if m == 1 else 'many'}.{covered.of}"
    return Text(*(words(g, "board").say(key, n=_n(n, g), m=_n(m, g)) for g in LANGUAGES))


def state(word: State, lang: str) -> str:
    """Name a state."""
    return words(lang, "board").say(f"state.{word}")


def public(evidence: Evidence) -> Evidence:
    """Return the evidence as strangers may see it: 1 to 9 as -1, live figures rounded down to tens."""
    return {key: _public(key, value) for key, value in evidence.items()}


def _public(key: str, value: int | str) -> int | str:
    if isinstance(value, str) or key in _EXACT or key.endswith(("_at", "_took", "_days")):
        return value
    if key in _LIVE:
        return coarse(value) if value < SMALLEST else value - value % SMALLEST
    return coarse(value)


def coarse(value: int) -> int:
    """Return -1, read "fewer than 10", for 1 to 9; 0 stays 0 recorded."""
    return -1 if 0 < value < SMALLEST else value


def _say(key: str, evidence: Evidence, tz: str, lang: str, *, public: bool) -> str:
    shown = {name: _value(name, value, tz, lang) for name, value in (_coarse(evidence, public=public)).items()}
    shown["because"] = shown.get(f"because_{lang}", "")  # what the notice itself says in both languages
    return speech.capital(words(lang, "board").say(key, **shown))


def _coarse(evidence: Evidence, *, public: bool) -> Evidence:
    return {key: _public(key, value) for key, value in evidence.items()} if public else evidence


def _value(name: str, value: int | str, tz: str, lang: str) -> str:
    if isinstance(value, str):
        return words(lang, "notice").either(f"name.{value.lower().replace(' ', '_')}", value) if name == "by" else value
    if name.endswith("_at"):
        if value >= FOREVER:
            return words(lang, "board").say("figure.forever")
        return speech.instant(value, tz, lang) if value else words(lang, "board").say("figure.none")
    if name.endswith("_took"):
        hours = speech.duration(Duration(-(-value // HOUR), "hour"), lang)
        return hours if value else words(lang, "board").say("figure.none")
    return _n(value, lang)


def _n(value: int, lang: str) -> str:
    return words(lang, "board").say("figure.few") if value < 0 else speech.number(value, lang)
