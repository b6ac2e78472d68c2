"""Room client, pure: an answer of Tepati's as a type, or as the exception it is."""

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tepati.client.calls import Question
from tepati.client.problems import Busy, Changed, Faulty, NotSignedIn, Problem, Refusal

PREFIX = "urn:tepati:"
WORD = re.compile(r"[\w.-]{1,200}", re.ASCII)
AFTER = 30  # seconds, where an answer does not say how long


@dataclass(frozen=True)
class Seen:
    """What was opened: of which dealing, by which role, under which promise. The values are not shown by ``repr``."""

    number: str
    role: str
    promise: str
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Table:
    """A table that was taken: its number, and how many rows it has."""

    number: str
    rows: int


@dataclass(frozen=True)
class Consent:
    """What a person said to one question; ``state``: given, requested, refused, withdrawn, expired, never.

    ``until`` is None without an end. ``less``: given for less than the question stands for now.
    """

    question: str
    state: str
    since: dt.datetime | None
    until: dt.datetime | None
    less: bool


@dataclass(frozen=True)
class Withdrawn:
    """What taking back did: fields erased, fields that stay and what for; ``again``: it was taken back before."""

    number: str
    gone: tuple[str, ...]
    stays: Mapping[str, tuple[str, ...]]
    again: bool


def read(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Read the body of an answer. Raises a Problem for every other answer than a yes."""
    said = _object(body)
    if status in (200, 201, 202) and said is not None:
        return said
    raise _problem(status, headers, said or {})


def seen(said: Mapping[str, Any]) -> Seen:
    """Read what a look opened. Raises Problem: not an answer of Tepati's."""
    with _ours():
        return Seen(said["number"], said["role"], said["promise"], dict(said["values"]))


def number(said: Mapping[str, Any]) -> str:
    """Read the number of what was taken. Raises Problem."""
    found = said.get("number")
    if not isinstance(found, str):
        raise _foreign(201)
    return found


def numbers(said: Mapping[str, Any], sent: int) -> tuple[str, ...]:
    """Read the numbers of a batch, one for each sent. Raises Problem."""
    found = said.get("numbers")
    if not isinstance(found, list) or len(found) != sent or not all(isinstance(one, str) for one in found):
        raise _foreign(201)
    return tuple(found)


def table(said: Mapping[str, Any]) -> Table:
    """Read the number and rows of what was taken. Raises Problem."""
    with _ours():
        return Table(said["number"], int(said["rows"]))


def happened(said: Mapping[str, Any]) -> dt.datetime:
    """Read when a moment was written down. Raises Problem."""
    with _ours():
        return dt.datetime.fromisoformat(said["at"])


def questions(said: Mapping[str, Any]) -> tuple[Question, ...]:
    """Read the questions in force. Raises Problem."""
    with _ours():
        version, language = int(said["version"]), str(said["language"])
        return tuple(
            Question(one["name"], one["purpose"], one["channel"], dict(one["words"]), one["digest"], version, language)
            for one in said["questions"]
        )  # fmt: skip


def consents(said: Mapping[str, Any]) -> Mapping[str, Consent]:
    """Read what a person said, by question. Raises Problem."""
    with _ours():
        return {
            one["question"]: Consent(
                one["question"], one["state"], _instant(one["since"]), _instant(one["until"]), bool(one["less"])
            )
            for one in said["consents"]
        }


def withdrawn(said: Mapping[str, Any]) -> Withdrawn:
    """Read what taking back did. Raises Problem."""
    with _ours():
        stays = {path: tuple(why) for path, why in said["stays"].items()}
        return Withdrawn(said["number"], tuple(said["gone"]), stays, bool(said["again"]))


def _instant(said: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(said) if said else None


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    """Tell an answer that lacks what ours have. Raises Problem."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _foreign(200) from None


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _problem(status: int, headers: Mapping[str, str], said: Mapping[str, Any]) -> Problem:
    """Choose the exception by the status; a proxy's own page has no type of ours, and its words are not repeated."""
    code = _word(said.get("type"), PREFIX) or "not_tepati"
    if status == 400:
        faults, free = said.get("faults"), said.get("free")
        held = tuple(str(one) for one in free) if isinstance(free, list) else ()
        return Faulty(status, code, faults if isinstance(faults, dict) else {}, held)
    if status == 401:
        return NotSignedIn(status, code)
    if status == 403:
        return Refusal(status, code, _word(said.get("promise")))
    if status == 409:
        return Changed(status, code)
    if status in (429, 503):
        wait = headers.get("retry-after", "")
        return Busy(status, code, int(wait) if wait.isascii() and wait.isdigit() else AFTER)
    return Problem(status, code)


def _word(said: object, prefix: str = "") -> str:
    """Read a code or a path of ours; whatever else stands there is not repeated, neither to a visitor nor in a log."""
    found = said.removeprefix(prefix) if isinstance(said, str) else ""
    return found if WORD.fullmatch(found) else ""


def _foreign(status: int) -> Problem:
    return Problem(status, "not_tepati")
