"""Room notice: change single values of a declaration where they stand; every other byte of it stays. Pure.

An editor shows values as a form beside the text. Comments, order and spacing are the company's own: a value is replaced
from its first character to its last, and nothing is written anew.
"""

import json
import re
from collections.abc import Mapping

import msgspec
import yaml

from tepati.notice.tree import events

_PLAIN = re.compile(r"[A-Za-z0-9_.+×][A-Za-z0-9_.+×/@ -]*(?<! )")  # needs no quotes, in a line or between brackets
_APART = re.compile(r"\s*,\s*")


class Leaf(msgspec.Struct, frozen=True):
    """One value: its path, its text (the items of a list apart by commas), and its characters in the source."""

    path: str
    text: str
    line: int
    start: int
    end: int
    items: bool = False


def leaves(source: str) -> tuple[Leaf, ...]:
    """List every single value and every short list, in the order of the text; nothing where it is no YAML."""
    reading = _Reading()
    try:
        for event in events(source):
            reading.take(event)
    except yaml.YAMLError:
        return ()
    return tuple(reading.found)


def changed(source: str, values: Mapping[str, str]) -> str:
    """Put new values where those of some paths stand. A path that is not there, or whose value is the same, is left."""
    out, upto = "", 0
    for leaf in leaves(source):
        new = values.get(leaf.path, leaf.text).strip()
        if leaf.start >= upto and _same(leaf, new) is False:
            out += source[upto : leaf.start] + (_list(new) if leaf.items else _scalar(new))
            upto = leaf.end
    return out + source[upto:]


def _same(leaf: Leaf, new: str) -> bool:
    return leaf.text == new or (leaf.items and _APART.split(leaf.text) == _APART.split(new))


def _list(text: str) -> str:
    return f"[{', '.join(_scalar(item) for item in _APART.split(text.strip(' ,')) if item)}]"


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


class _Reading:
    """Follows the events of a parser; knows where in the mappings it is."""

    def __init__(self) -> None:
        self.found: list[Leaf] = []
        self._steps: list[str] = []  # the key of each open mapping
        self._open: list[str] = []  # "map", "list", "deep" (a list in which not every item is a scalar)
        self._waits = False  # for the value of the last step
        self._list: tuple[yaml.Event, list[str]] | None = None

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.MappingStartEvent():
                self._list = None
                self._open.append("map")
                self._steps.append("")
                self._waits = False
            case yaml.SequenceStartEvent():
                self._list = (event, []) if self._waits and self._open[-1:] == ["map"] and event.flow_style else None
                self._open.append("list")
            case yaml.MappingEndEvent():
                self._open.pop()
                self._steps.pop()
                self._waits = False
            case yaml.SequenceEndEvent():
                self._open.pop()
                if self._list:
                    begin, items = self._list
                    self._leaf(", ".join(items), begin, event, items=True)
                self._list = None
                self._waits = False
            case yaml.ScalarEvent():
                self._scalar(event)
            case _:
                pass

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._open[-1:] == ["list"]:
            if self._list:
                self._list[1].append(event.value)
        elif self._open and not self._waits:
            self._steps[-1], self._waits = event.value, True
        elif self._open:
            self._leaf(event.value, event, event)
            self._waits = False

    def _leaf(self, text: str, begin: yaml.Event, end: yaml.Event, *, items: bool = False) -> None:
        start, stop = begin.start_mark, end.end_mark
        if start and stop and "list" not in self._open:  # things are named keys; what stands in a list has no path
            self.found.append(Leaf(".".join(self._steps), text, start.line + 1, start.index, stop.index, items))
