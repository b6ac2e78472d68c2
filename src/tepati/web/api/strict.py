"""Room web: JSON that says one thing only: no key twice, no absurd depth, nothing that another program reads otherwise.

RFC 8259 section 4 leaves open what a key said twice means, and programs differ: a proxy that checks the first and an
API that takes the last let through what neither meant. So such a body is refused, before anything is looked at.
"""

import json
from collections.abc import Collection
from typing import Any, NoReturn, TypeVar

import msgspec

from tepati.errors import BadInput

T = TypeVar("T")
DEEPEST = 6  # levels of a body: the deepest that we take has four
DIGITS = 18  # of a number: no field of ours is a number, and 64 bits hold as many


class _Twice(dict[str, Any]):
    """An object with a key said twice; ``key`` is that key."""

    key = ""


def decode(body: bytes, kind: type[T], known: Collection[str]) -> T:
    """Read a body of one type. ``known`` are the keys that a fault may name: what a caller made up is theirs.

    Raises BadInput: ``bad_json`` (no JSON of this form), ``json_twice`` and ``json_deep`` (faults: where, as RFC 6901).
    """
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_never, parse_int=_whole, parse_float=_never
        )
        if not isinstance(found, dict):
            raise BadInput("bad_json")
        if not _clean(found):
            _walk(found, frozenset(known))
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise BadInput("bad_json") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    seen, twice = set[str](), _Twice(made)
    twice.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return twice


def _whole(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS else _never(digits)


def _never(_said: str) -> NoReturn:
    raise ValueError  # NaN, Infinity, fractions, numbers without end: no field of ours is one


def _clean(top: dict[str, Any]) -> bool:
    """Say whether no object says a key twice and no level is too deep: nearly all bodies, at a tenth of the cost."""
    level: list[Any] = [top]
    for _ in range(DEEPEST):
        objects = [value for value in level if isinstance(value, dict)]
        if any(type(value) is _Twice for value in objects):
            return False
        level = [held for value in objects for held in value.values()] + [
            held for value in level if isinstance(value, list) for held in value
        ]
        if not level:
            return True
    return False


def _walk(top: object, known: frozenset[str]) -> None:
    """Look at every level, without recursion. Raises BadInput, naming the first place."""
    open_ = [("", top, 1)]
    while open_:
        path, value, depth = open_.pop()
        if depth > DEEPEST:
            raise BadInput("json_deep", {_short(path): "json_deep"})
        if isinstance(value, _Twice):
            raise BadInput("json_twice", {f"{path}/{_name(value.key, known)}": "json_twice"})
        if isinstance(value, dict):
            open_ += [(f"{path}/{_name(key, known)}", held, depth + 1) for key, held in reversed(value.items())]
        elif isinstance(value, list):
            open_ += [(f"{path}/{n}", value[n], depth + 1) for n in range(len(value) - 1, -1, -1)]


def _name(key: str, known: frozenset[str]) -> str:
    """Name a declared key; one that the caller made up may be anybody's name."""
    return key if key in known else "*"


def _short(path: str) -> str:
    return "/".join(path.split("/")[:DEEPEST])
