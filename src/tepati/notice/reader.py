"""Room notice: a typed reading of the tree. The classes of ``model`` are the schema; every fault is told in its place.

A value that cannot be typed is replaced by a neutral one, so that the rest is still read and judged.
"""

import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from tepati.notice import forms, model, names, scalars, shapes
from tepati.notice.finding import Findings, Mark, nearest
from tepati.notice.scope import Scope
from tepati.notice.tree import Listing, Mapping, Node, Scalar
from tepati.notice.values import Form, Ref, Text, Word

Read = Callable[["Reader", Node, str], Any]


class Reader:
    """What a reading needs, and what it leaves: ``marks`` of paths and of items, and the promises named."""

    def __init__(self, scope: Scope, findings: Findings) -> None:
        self.scope = scope
        self.findings = findings
        self.marks: dict[str, Mark] = {}
        self.items: dict[tuple[str, str], Mark] = {}
        self.promised: list[tuple[str, Mark, str]] = []

    def fault(self, node: Node, code: str, path: str, variant: str = "", **values: str | int) -> None:
        self.findings.fault(node.mark, code, path, variant, **values)

    def at(self, path: str, item: str = "") -> Mark:
        """Give the place of an item of the list at a path, or of the nearest key at or above the path."""
        if (path, item) in self.items:
            return self.items[path, item]
        while path and path not in self.marks:
            path = path.rpartition(".")[0]
        return self.marks.get(path, Mark(1, 1))


def read(reader: Reader, node: Mapping) -> "model.Notice":
    """Type a whole file."""
    return typing.cast("model.Notice", reads(model.Notice)(reader, node, ""))


@cache
def reads(hint: Any) -> Read:
    """Make the reading for a type; made once for each type."""
    origin = get_origin(hint)
    if origin is typing.Annotated:
        return _marked(hint.__origin__, hint.__metadata__[0])
    if origin in (Union, types.UnionType):
        return _union(hint)
    if origin is Literal:
        return _words(hint)
    if origin is tuple:
        return _several(get_args(hint)[0])
    if origin is dict:
        return _named(*get_args(hint))
    if hint is Text:
        return scalars.text
    if hint in scalars.BY_TYPE:
        return typing.cast("Read", scalars.BY_TYPE[hint])
    return _mapping(hint)


def neutral(hint: Any) -> Any:
    """Give a harmless value of a type, to stand where the file's own could not be read."""
    origin = get_origin(hint)
    if origin is typing.Annotated:
        return neutral(hint.__origin__)
    if origin in (Union, types.UnionType):
        return None if type(None) in get_args(hint) else neutral(get_args(hint)[0])
    if origin is Literal:
        return get_args(hint)[0]
    if origin is not None:
        return origin()
    if hint in scalars.NEUTRAL:
        return scalars.NEUTRAL[hint]
    return hint(**{f.name: neutral(typing.get_type_hints(hint, include_extras=True)[f.name]) for f in _needed(hint)})


def _needed(hint: Any) -> list[msgspec.structs.FieldInfo]:
    return [f for f in msgspec.structs.fields(hint) if f.required]


def _marked(inner: Any, mark: Ref | Form | Word) -> Read:
    if isinstance(mark, Ref):
        return lambda reader, node, path: names.name(reader, node, path, mark)
    if isinstance(mark, Form):
        return typing.cast("Read", forms.FORMS[mark.name])
    plain = reads(inner)

    def either(reader: Reader, node: Node, path: str) -> Any:
        if isinstance(node, Scalar) and node.text == mark.word:
            return None
        return plain(reader, node, path)

    return either


def _union(hint: Any) -> Read:
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    if len(kinds) == 1:
        return reads(kinds[0])
    return _words(Literal[tuple(word for kind in kinds for word in get_args(kind))])


def _words(hint: Any) -> Read:
    known = tuple(word for word in get_args(hint) if word)

    def one(reader: Reader, node: Node, path: str) -> Any:
        if isinstance(node, Scalar) and node.text in known:
            return node.text
        shapes.wrong_word(reader, node, path, known)
        return known[0]

    return one


def _several(hint: Any) -> Read:
    one = reads(hint)

    def several(reader: Reader, node: Node, path: str) -> Any:
        found: list[Any] = []
        for item in shapes.items(reader, node, path):
            value = one(reader, item, path)
            reader.items[path, str(value)] = item.mark
            if value in found:
                reader.fault(item, "listed-twice", path, value=str(value))
            else:
                found.append(value)
        return tuple(found)

    return several


def _named(key_hint: Any, hint: Any) -> Read:
    one = reads(hint)
    key_of = names.name_of_thing if key_hint is str else reads(key_hint)

    def named(reader: Reader, node: Node, path: str) -> Any:
        if not shapes.is_mapping(reader, node, path):
            return {}
        found: dict[str, Any] = {}
        for key, item in typing.cast("Mapping", node).items.items():
            mark = typing.cast("Mapping", node).keys[key]
            reader.marks[f"{path}.{key}"] = mark
            key_of(reader, Scalar(key, mark, plain=True), path if key_hint is not str else f"{path}.{key}")
            found[key] = one(reader, item, f"{path}.{key}")
        return found

    return named


def _mapping(cls: Any) -> Read:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {f.encode_name: f for f in msgspec.structs.fields(cls) if f.name not in getattr(cls, "hidden", ())}
    readers = {key: reads(hints[f.name]) for key, f in fields.items()}
    needed = {key for key, f in fields.items() if f.required}
    short = _bare(cls, hints)

    def mapping(reader: Reader, node: Node, path: str) -> Any:
        if isinstance(node, Scalar) and short:
            return short(reader, node, path)
        if not shapes.is_mapping(reader, node, path):
            return neutral(cls)
        node = typing.cast("Mapping", node)
        values: dict[str, Any] = {}
        for key, item in node.items.items():
            below = f"{path}.{key}" if path else key
            reader.marks[below] = node.keys[key]
            if key in readers:
                values[fields[key].name] = readers[key](reader, item, below)
            else:
                _unknown_key(reader, node, path, key, tuple(fields))
        for key in sorted(needed - node.items.keys()):
            _missing(reader, node, path, key)
            values[fields[key].name] = neutral(hints[fields[key].name])
        return cls(**values)

    return mapping


def _bare(cls: Any, hints: dict[str, Any]) -> Read | None:
    """Read the single word that stands for a whole mapping: ``phone: phone``, ``agreement: required``."""
    key, word = getattr(cls, "short", ""), getattr(cls, "word", "")
    if not key:
        return None
    if not word:
        inner = reads(hints[key])
        return lambda reader, node, path: cls(**{key: inner(reader, node, path)})

    def bare(reader: Reader, node: Node, path: str) -> Any:
        if not (isinstance(node, Scalar) and node.text == word):
            shapes.wrong_word(reader, node, path, (word,))
        return msgspec.structs.replace(neutral(cls), **{key: True})

    return bare


def _unknown_key(reader: Reader, node: Mapping, path: str, key: str, known: tuple[str, ...]) -> None:
    below = f"{path}.{key}" if path else key
    item = node.items[key]
    if isinstance(item, Scalar) and item.plain and not item.text:
        reader.findings.fault(node.keys[key], "unknown-key", below, "comma", key=key, thing=path or "a notice")
        return
    near = nearest(key, known)
    values = {"key": key, "thing": path or "a notice", "near": near, "known": ", ".join(known)}
    reader.findings.fault(node.keys[key], "unknown-key", below, "near" if near else "", **values)


def _missing(reader: Reader, node: Mapping, path: str, key: str) -> None:
    below = f"{path}.{key}" if path else key
    mark = reader.marks.get(path, node.mark)
    special = {"purposes": "basis", "retention": "for"}
    code = "no-end" if path.startswith("retention.") and key in ("from", "for") else "missing"
    variant = "basis" if code == "missing" and special.get(path.partition(".")[0]) == key else ""
    reader.findings.fault(
        mark, code, below, variant or ("key" if code == "no-end" else ""), key=key, thing=path or "the notice"
    )


__all__ = ["Listing", "Reader", "neutral", "read", "reads"]
