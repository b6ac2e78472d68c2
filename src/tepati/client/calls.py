"""Room client, pure: a call as the body that Tepati reads."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

MOST = 500  # submissions of one batch, as the server takes them


@dataclass(frozen=True)
class Submission:
    """One form as it was filled in. ``once`` is the caller's own number for it: said twice, it is one submission."""

    point: str
    channel: str
    values: Mapping[str, str] = field(repr=False)
    once: str
    ticks: Collection[str] = ()
    terms: bool = False
    language: str = "id"


@dataclass(frozen=True)
class Question:
    """A question of consent as asked today: show all of ``words`` (by language), and give it back with the yes."""

    name: str
    purpose: str
    channel: str
    words: Mapping[str, str]
    digest: str
    version: int
    language: str


@dataclass(frozen=True)
class Call:
    """One request: where, what, and whether it may be said again when its answer was lost. No body: a GET."""

    path: str
    body: dict[str, object] | None = field(repr=False)
    again: bool

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


def look(purpose: str, fields: Collection[str], *, number: str, email: str, reason: str) -> Call:
    """Ask for fields of one person. Not said again unasked: each look is a line that the person reads."""
    who = {"number": number, "email": email}
    said: dict[str, object] = {"purpose": purpose, "fields": sorted(fields), "reason": reason, **who}
    return Call("look", said, again=False)


def collect(one: Submission) -> Call:
    """Send one submission."""
    return Call("collect", _said(one), again=True)


def batch(many: Sequence[Submission]) -> Call:
    """Send at most 500 at one point, taken all or none. Raises ValueError for more or none."""
    if not 1 <= len(many) <= MOST:
        raise ValueError(f"a batch has 1 to {MOST} submissions, not {len(many)}")
    return Call("collect/batch", {"submissions": [_said(one) for one in many]}, again=True)


def upload(point: str, email: str, csv: str, *, once: str, language: str) -> Call:
    """Bring a table for one person; said twice with the same ``once`` it is one. Raises ValueError: no ``once``."""
    said: dict[str, object] = {"point": point, "email": email, "csv": csv, "once": _own(once), "language": language}
    return Call("upload", said, again=True)


def happened(number: str, moment: str) -> Call:
    """Say that a recorded moment of a case has come. Not said again unasked: a second time is told, not taken."""
    return Call("happened", {"number": number, "moment": moment}, again=False)


def questions(language: str) -> Call:
    """Ask for the questions of consent, in the words in force."""
    return Call(f"consents/questions?language={quote(language, safe='')}", None, again=True)


def consents(*, number: str, email: str) -> Call:
    """Ask what a person said. Not said again unasked: each is a line that the person reads."""
    return Call("consents/said", {"number": number, "email": email}, again=False)


def ask(many: Collection[Question], *, number: str, email: str) -> Call:
    """Pass on a yes to questions that were read together. Raises ValueError: none, or not of one reading."""
    read = {(one.version, one.language) for one in many}
    if len(read) != 1:
        raise ValueError("ask what was read together: one version, one language")
    ((version, language),) = read
    words = {one.name: one.digest for one in many}
    said: dict[str, object] = {
        "version": version,
        "words": words,
        "language": language,
        "number": number,
        "email": email,
    }
    return Call("consents/ask", said, again=False)


def withdraw(question: str, *, number: str, email: str) -> Call:
    """Take a consent back; said twice it is taken back once."""
    return Call("consents/withdraw", {"question": question, "number": number, "email": email}, again=True)


def stop(how: str, purposes: Collection[str], *, number: str, email: str) -> Call:
    """Object (``object``), or restrict (``restrict``); said twice it is once."""
    return Call(f"rights/{how}", {"purposes": sorted(purposes), "number": number, "email": email}, again=True)


def _said(one: Submission) -> dict[str, object]:
    return {
        "point": one.point, "channel": one.channel, "values": dict(one.values), "once": _own(one.once),
        "ticks": sorted(one.ticks), "terms": one.terms, "language": one.language,
    }  # fmt: skip


def _own(once: str) -> str:
    """Make the server's 32 hex digits of any number of the caller's, the same each time: a crash forgets nothing."""
    if not once:
        raise ValueError("once: your own number for this submission is missing")
    return hashlib.sha256(once.encode("utf-8")).hexdigest()[:32]
