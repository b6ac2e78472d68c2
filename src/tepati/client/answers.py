"""Room client, pure: an answer of Tepati's as a type, or as the exception it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tepati.client.problems import Busy, Changed, Faulty, NotSignedIn, Problem, Refusal

PREFIX = "urn:tepati:"
AFTER = 30  # seconds, where an answer does not say how long


@dataclass(frozen=True)
class Seen:
    """What was opened: of which dealing, by which role, under which promise. The values are not shown by ``repr``."""

    number: str
    role: str
    promise: str
    values: Mapping[str, str] = field(repr=False)


def read(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Read the body of an answer. Raises a Problem for every other answer than a yes."""
    said = _object(body)
    if status in (200, 201) and said is not None:
        return said
    raise _problem(status, headers, said or {})


def seen(said: Mapping[str, Any]) -> Seen:
    """Read what a look opened. Raises Problem: not an answer of Tepati's."""
    try:
        return Seen(said["number"], said["role"], said["promise"], dict(said["values"]))
    except (KeyError, TypeError, ValueError):
        raise _foreign(200) from None


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


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _problem(status: int, headers: Mapping[str, str], said: Mapping[str, Any]) -> Problem:
    """Choose the exception by the status; a proxy's own page has no type of ours, and its words are not repeated."""
    code = str(said.get("type", "")).removeprefix(PREFIX) or "not_tepati"
    if status == 400:
        faults, free = said.get("faults"), said.get("free")
        held = tuple(str(one) for one in free) if isinstance(free, list) else ()
        return Faulty(status, code, faults if isinstance(faults, dict) else {}, held)
    if status == 401:
        return NotSignedIn(status, code)
    if status == 403:
        return Refusal(status, code, str(said.get("promise", "")))
    if status == 409:
        return Changed(status, code)
    if status in (429, 503):
        wait = headers.get("retry-after", "")
        return Busy(status, code, int(wait) if wait.isascii() and wait.isdigit() else AFTER)
    return Problem(status, code)


def _foreign(status: int) -> Problem:
    return Problem(status, "not_tepati")
