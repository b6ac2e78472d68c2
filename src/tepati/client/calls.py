"""Room client, pure: a call as the body that Tepati reads."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

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
class Call:
    """One request: where, what, and whether it may be said again when its answer was lost."""

    path: str
    body: dict[str, object] = field(repr=False)
    again: bool


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


def _said(one: Submission) -> dict[str, object]:
    if not one.once:
        raise ValueError("once: your own number for this submission is missing")
    return {
        "point": one.point, "channel": one.channel, "values": dict(one.values), "once": _key(one.once),
        "ticks": sorted(one.ticks), "terms": one.terms, "language": one.language,
    }  # fmt: skip


def _key(once: str) -> str:
    """Make the server's 32 hex digits of any number of the caller's, the same each time: a crash forgets nothing."""
    return hashlib.sha256(once.encode("utf-8")).hexdigest()[:32]
