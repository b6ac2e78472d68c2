"""Room notice: entries are added to a declaration, and taken out, where they stand; every other byte stays. Pure.

``edit`` changes values; here keys come and go. What cannot be done without touching more than the entry is not done.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from tepati.notice.tree import events

_COMMA, _BEFORE = re.compile(r"[ \t]*,(?:[ \t]*(?![# \t]))?"), re.compile(r",\s*\Z")
_FOLDED = ("|", ">")  # a text of several lines: its end is told to be where the next thing begins


class Spot(msgspec.Struct):
    """What stands at a path: a mapping with its entries, or anything else (``keys`` is None); its characters."""

    start: int
    end: int
    flow: bool
    keys: "dict[str, Key] | None" = None


class Key(msgspec.Struct):
    """A key of a mapping, and what stands under it."""

    start: int
    end: int
    column: int
    under: Spot


def outline(source: str) -> Spot | None:
    """Find every mapping of a text; None where it is no YAML, or no mapping."""
    reading = _Reading(source)
    try:
        for event in events(source):
            reading.take(event)
    except yaml.YAMLError:
        return None
    return reading.root if reading.root and reading.root.keys is not None else None


def at(root: Spot, path: str) -> tuple[Spot, str] | None:
    """Give the mapping that holds the last key of a path, and that key; a key itself may have dots in it."""
    keys = root.keys or {}
    if path in keys:
        return root, path
    for name, key in keys.items():
        if path.startswith(f"{name}."):
            found = at(key.under, path.removeprefix(f"{name}."))
            if found:
                return found
    return None


def under(root: Spot, path: str) -> Spot | None:
    """Give what stands at a path; at the empty path the whole."""
    found = at(root, path) if path else None
    return root if not path else (found[0].keys or {})[found[1]].under if found else None


def added(source: str, path: str, key: str, value: str) -> str:
    """Add a key with a value, as it is to be written, to the mapping at a path; where none is, nothing happens."""
    if not source.strip() and not path:
        return f"{key}: {value}\n"
    root = outline(source)
    into = under(root, path) if root else None
    if into is None or into.keys is None or key in into.keys:
        return source
    if into.flow:
        first = not into.keys
        place = into.start + 1 if first else max(one.under.end for one in into.keys.values())
        return f"{source[:place]}{'' if first else ', '}{key}: {value}{source[place:]}"
    place = _line_end(source, into.end)
    column = next(iter(into.keys.values())).column
    return f"{source[:place]}\n{' ' * column}{key}: {value}{source[place:]}"


def removed(source: str, path: str) -> str:
    """Take out an entry; a mapping that held nothing else stays, empty. Its comments above it stay."""
    root = outline(source)
    found = at(root, path) if root else None
    if root is None or found is None:
        return source
    holds, name = found
    key = (holds.keys or {})[name]
    if holds is not root and len(holds.keys or {}) == 1:
        return _emptied(source, root, holds, key)
    return _out_of_flow(source, holds, key) if holds.flow else _lines_out(source, key)


def spread(source: str, path: str, key: str) -> str:
    """Write the single word at a path as a mapping of that one key: ``phone`` becomes ``{type: phone}``."""
    root = outline(source)
    spot = under(root, path) if root and path else None
    if spot is None or spot.keys is not None:
        return source
    inside = f"{key}: {source[spot.start : spot.end]}" if key else ""
    gap = "" if spot.end > spot.start else " "
    return f"{source[: spot.start]}{gap}{{{inside}}}{source[spot.end :]}"


def _emptied(source: str, root: Spot, holds: Spot, key: Key) -> str:
    if holds.flow:
        return f"{source[: holds.start]}{{}}{source[holds.end :]}"
    above = next(one for one in _all(root) if one.under is holds)
    less = _lines_out(source, key)
    colon = source.find(":", above.end) + 1
    return f"{less[:colon]} {{}}{less[colon:]}" if less != source and colon else source


def _all(spot: Spot) -> Iterator[Key]:
    waiting = [spot]
    while waiting:
        for key in (waiting.pop().keys or {}).values():
            yield key
            waiting.append(key.under)


def _out_of_flow(source: str, holds: Spot, key: Key) -> str:
    start, end = key.start, key.under.end
    comma = _COMMA.match(source, end)
    if comma:
        end = comma.end()
        head, stop = source.rfind("\n", 0, start) + 1, _line_end(source, end)
        rest = source[end:stop].strip()
        if not source[head:start].strip() and (not rest or rest.startswith("#")):
            return source[:head] + source[min(stop + 1, len(source)) :]
    elif before := _BEFORE.search(source, holds.start, start):
        start = before.start()
    return source[:start] + source[end:]


def _lines_out(source: str, key: Key) -> str:
    head, stop = source.rfind("\n", 0, key.start) + 1, _line_end(source, key.under.end)
    if source[head : key.start].strip():
        return source
    return source[:head] + source[min(stop + 1, len(source)) :]


def _line_end(source: str, place: int) -> int:
    found = source.find("\n", place)
    return len(source) if found < 0 else found


class _Reading:
    """Follows the events of a parser with a stack of its own."""

    def __init__(self, source: str) -> None:
        self.root: Spot | None = None
        self._source = source
        self._open: list[Spot] = []
        self._keys: list[Any] = []  # of each open mapping the key that waits for its value

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionStartEvent):
            keys: dict[str, Key] | None = {} if isinstance(event, yaml.MappingStartEvent) else None
            start: int = event.start_mark.index  # type: ignore[union-attr] # the parser marks every event
            spot = Spot(start, start, bool(event.flow_style), keys)
            self._put(spot)
            self._open.append(spot)
            self._keys.append(None)
        elif isinstance(event, yaml.CollectionEndEvent):
            spot = self._open.pop()
            self._keys.pop()
            spot.end = event.end_mark.index if spot.flow else spot.end  # type: ignore[union-attr]
            self._reach(spot.end)
        elif isinstance(event, yaml.NodeEvent):
            self._scalar(event)

    def _scalar(self, event: Any) -> None:
        if self._open and self._open[-1].keys is not None and self._keys[-1] is None:
            self._keys[-1] = event
            return
        start, end = event.start_mark.index, event.end_mark.index
        if getattr(event, "style", None) in _FOLDED:
            end = start + len(self._source[start:end].rstrip())
        self._put(Spot(start, end, flow=True))
        self._reach(end)

    def _put(self, spot: Spot) -> None:
        if not self._open:
            self.root = spot
            return
        holds, key = self._open[-1], self._keys[-1]
        if holds.keys is not None and key is not None:
            name = key.value if isinstance(key, yaml.ScalarEvent) else ""
            mark = key.start_mark
            holds.keys[name] = Key(mark.index, key.end_mark.index, mark.column, spot)
            self._keys[-1] = None

    def _reach(self, end: int) -> None:
        """Whatever is open ends no earlier than what stands in it."""
        if self._open:
            self._open[-1].end = max(self._open[-1].end, end)
