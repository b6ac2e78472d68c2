"""Room notice: what a new version widens and what it narrows, key by key. Pure; no judgment is left to anybody.

``directions.toml`` gives each key of the language its direction (language.md section 4). A changed key shows under the
promise it belongs to; what was renamed (``was``) is compared with what it was.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args, get_type_hints

import msgspec

from tepati.notice.model import Life, Notice, Part
from tepati.notice.promises import paths
from tepati.notice.spelling import spelled
from tepati.notice.values import Duration, Form, Moment, Rate, Ref, Telling

Way = Literal["wider", "narrower", "neither"]
Direction = str | tuple[str, ...]
ENDLESS = float("inf")
_MORE: dict[str, tuple[Way, Way]] = {  # direction: (what more of it is, what less of it is)
    "more": ("wider", "narrower"),
    "less": ("narrower", "wider"),
    "later": ("wider", "narrower"),
    "sooner": ("narrower", "wider"),
    "any": ("wider", "wider"),
    "none": ("neither", "neither"),
}


class Change(msgspec.Struct, frozen=True):
    """One key that changed. ``was`` and ``now`` as the file spells them, "" where it was not, or is no more.

    ``promise``: the id under which it shows, "" for what is no promise (a name, an address).
    """

    path: str
    promise: str
    way: Way
    was: str
    now: str


def changes(old: Notice, new: Notice) -> tuple[Change, ...]:
    """List every key that differs, in the order of the language."""
    compared = _Comparison(old, new)
    compared.part(old, new, "")
    return tuple(compared.found)


def renamed(old: Notice, new: Notice) -> dict[str, dict[str, str]]:
    """Map, section by section, the names of things of the old version to those they have in the new one."""
    sections = {name: (getattr(old, name), getattr(new, name)) for name in directions()["Notice"]}
    sections["cookies.set"] = (old.cookies.set, new.cookies.set)
    sections["statistics.groups"] = (old.statistics.groups, new.statistics.groups)
    named = {name: _names(*both) for name, both in sections.items() if isinstance(both[0], dict)}
    named["retention"] = named["data"]  # which it is keyed by
    return named | {f"data.{now}": _fields(old, new, was, now) for was, now in named["data"].items() if now in new.data}


@cache
def directions() -> dict[str, dict[str, Direction]]:
    """Read the direction of every key, class by class; ``paths`` overrules it at single paths."""
    read = tomllib.loads(files("tepati.notice").joinpath("directions.toml").read_text("utf-8"))
    return {
        table: {key: tuple(said) if isinstance(said, list) else said for key, said in keys.items()}
        for table, keys in read.items()
    }


def _fields(old: Notice, new: Notice, was: str, now: str) -> dict[str, str]:
    return _names(old.data[was].fields, new.data[now].fields)


def _names(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[str, str]:
    """Pair what stands in both, by name or by ``was``; what is gone keeps its name."""
    moved = {getattr(thing, "was", ""): name for name, thing in new.items()}
    return {name: name if name in new else moved.get(name, name) for name in old}


class _Comparison:
    """Walks both versions side by side."""

    def __init__(self, old: Notice, new: Notice) -> None:
        self.found: list[Change] = []
        self._ids = paths(old) | paths(new)
        self._renamed = renamed(old, new)

    def part(self, was: Any, now: Any, path: str) -> None:
        """Compare the keys of a mapping with fixed keys."""
        if isinstance(now, Life) and was.not_stored != now.not_stored:
            self._note(path, "narrower" if now.not_stored else "wider", *map(_life, (was, now)))
            return
        kind: type[Part] = type(now)
        hints = _hints(kind)
        for key, attribute in _keys(kind).items():
            direction = directions()[kind.__name__][key]
            self._value(
                direction, getattr(was, attribute), getattr(now, attribute), _under(path, key), hints[attribute]
            )
        if (before := getattr(was, "says", None)) != (after := getattr(now, "says", None)):
            self._note(_under(path, "says"), "neither", before, after)

    def _value(self, direction: Direction, was: Any, now: Any, path: str, hint: Any) -> None:
        direction = directions()["paths"].get(path, direction)
        if isinstance(now, dict):
            self._mapping(direction, was, now, path)
        elif isinstance(was, Part | Telling) and isinstance(now, Part | Telling):
            self.part(was, now, path)
        elif isinstance(now, tuple | frozenset):
            self._names_in(direction, frozenset(self._called(one, hint) for one in was), frozenset(now), path)
        elif (called := self._called(was, hint)) != now:
            self._note(path, _way(direction, called, now), was, now)

    def _mapping(self, direction: Direction, was: Mapping[Any, Any], now: Mapping[Any, Any], path: str) -> None:
        fields = path.split(".")
        table = ".".join(fields[:2]) if path.startswith("data.") and fields[-1] == "fields" else path
        pairs = self._renamed.get(table) or _names(was, now)
        for name, thing in was.items():
            here = _under(path, str(pairs.get(name, name)))
            other = now.get(pairs.get(name, name))
            if other is None:
                self._thing(direction, here, thing, None)
            elif isinstance(other, Part):
                if pairs.get(name, name) != name:
                    self._note(_under(here, "was"), "neither", name, pairs[name])
                self.part(thing, other, here)
            elif thing != other:
                self._note(here, _way(direction, thing, other), thing, other)
        for name in [name for name in now if name not in pairs.values()]:
            self._thing(direction, _under(path, str(name)), None, now[name])

    def _thing(self, direction: Direction, path: str, was: Any, now: Any) -> None:
        """Note what came or went whole; of a map of words whose keys another list holds, nothing."""
        if not isinstance(direction, tuple):
            self._note(path, _MORE[direction][was is not None], was, now)

    def _names_in(self, direction: Direction, was: frozenset[Any], now: frozenset[Any], path: str) -> None:
        more, less = _MORE["any"] if isinstance(direction, tuple) else _MORE[direction]
        if now - was:
            self._note(path, more, None, now - was)
        if was - now:
            self._note(path, less, was - now, None)

    def _called(self, value: Any, hint: Any) -> Any:
        """Give a name of the old version as the new one calls it."""
        if isinstance(value, Moment):
            case, _, event = value.event.partition(".")
            return msgspec.structs.replace(value, event=f"{self._renamed['cases'].get(case, case)}.{event}")
        if not isinstance(value, str):
            return value
        if isinstance(hint, Form) and hint.name in ("fields", "field") and "." in value:
            category, _, field = value.partition(".")
            moved = self._renamed["data"].get(category, category)
            return f"{moved}.{self._renamed.get(f'data.{moved}', {}).get(field, field)}"
        sections = hint.to if isinstance(hint, Ref) else ("cases",) if hint == Form("open") else ()
        return next((self._renamed[s][value] for s in sections if value in self._renamed.get(s, ())), value)

    def _note(self, path: str, way: Way, was: Any, now: Any) -> None:
        self.found.append(Change(path, self._promise(path), way, spelled(was), spelled(now)))

    def _promise(self, path: str) -> str:
        steps = path.split(".")
        above = (".".join(steps[:length]) for length in range(len(steps), 0, -1))
        return next((one for one in above if one in self._ids), "")


def _way(direction: Direction, was: Any, now: Any) -> Way:
    """Tell which way one value moved; what cannot be ordered is a widening."""
    if isinstance(direction, tuple):
        known = was in direction and now in direction
        return "narrower" if known and direction.index(now) < direction.index(was) else "wider"
    more, less = _MORE[direction]
    if more == less:
        return more
    before, after = _size(direction, was, now), _size(direction, now, was)
    return "wider" if before is None or after is None or before == after else more if after > before else less


def _size(direction: str, value: Any, other: Any) -> float | None:
    """Order a value against the other one; None where nothing orders the two."""
    if value is None or value == "":
        gone = ENDLESS if isinstance(other, Rate) or direction == "later" else 0
        return -ENDLESS if isinstance(other, Moment) and direction == "sooner" else gone
    if isinstance(value, str):
        return None if other else 1  # that something is said at all
    if isinstance(value, Duration):
        return value.rough_seconds()
    if isinstance(value, Rate):
        return value.count / Duration(1, value.per).rough_seconds()
    if isinstance(value, Moment):
        return _moved(value) if other is None or _alike(value, other) else None
    return float(value) if isinstance(value, int | float) else 1


def _alike(one: Moment, other: Moment) -> bool:
    return one.event == other.event and (one.at is None) == (other.at is None)


def _moved(moment: Moment) -> float:
    """Seconds from the event, near enough to order two moments of the same event."""
    return moment.sign * (moment.offset.rough_seconds() if moment.offset else 0) + (moment.at or 0) * 60


def _life(life: Life) -> str:
    return "not_stored" if life.not_stored else spelled(life.for_)


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@cache
def _keys(kind: type[Part]) -> dict[str, str]:
    """Map the keys of a class, as the file spells them, to its attributes; own words and former names stand apart."""
    apart = {"says", "was", *getattr(kind, "hidden", ())}
    return {f.encode_name: f.name for f in msgspec.structs.fields(kind) if f.name not in apart}


@cache
def _hints(kind: type[Part]) -> dict[str, Any]:
    """Find, for each attribute, what its names refer to: a ``Ref``, a ``Form``, or None."""
    return {name: _mark(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}


def _mark(hint: Any) -> Ref | Form | None:
    marks: Iterable[Any] = getattr(hint, "__metadata__", ())
    own = next((one for one in marks if isinstance(one, Ref | Form)), None)
    return own or next((found for inner in get_args(hint) if (found := _mark(inner))), None)
