"""Room notice: a declaration as a form: its mappings, their values, what each means, what may still be added. Pure.

What is known of a key comes from ``model``, as the schema's hover text does; what stands in the text, from ``graft``.
"""

import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from tepati.notice.edit import Leaf, leaves
from tepati.notice.graft import Spot, added, outline, spread, under
from tepati.notice.model import Notice
from tepati.notice.names import fits
from tepati.notice.schema import default_of, meaning, meanings
from tepati.notice.tree import DEEPEST
from tepati.notice.values import Duration, Form, Moment, Rate, Text

_VALUES = (Text, Duration, Moment, Rate)
_FORMED: dict[str, Any] = {
    "fields": tuple, "countries": tuple, "weekdays": tuple, "ages": dict, "how": dict, "spoken": Text,
}  # fmt: skip


class Help(msgspec.Struct, frozen=True):
    """What a key means, which words it knows (() where any may stand), and what holds where it is left out."""

    says: str = ""
    words: tuple[str, ...] = ()
    default: str = ""


class Value(msgspec.Struct, frozen=True):
    """One value of the form: a leaf, its name within its group, and its help."""

    leaf: Leaf
    name: str
    help: Help


class Group(msgspec.Struct, frozen=True):
    """One mapping: its values; the keys it has (``goes``: may be taken out) and those it may be given.

    ``names``: it takes things under names of one's own. ``short``: those of its entries that are a single word now.
    """

    path: str
    says: str
    values: tuple[Value, ...]
    adds: tuple[tuple[str, str], ...]
    goes: tuple[str, ...]
    short: tuple[str, ...] = ()
    names: bool = False


def groups(source: str, part: str, lang: str) -> tuple[Group, ...]:
    """List the mappings of one section in the order of the text; "" gives the whole, without what stands in it."""
    root = outline(source)
    if root is None:
        return ()
    held = {leaf.path: leaf for leaf in leaves(source)}
    if not part:
        return (_group(root, "", Notice, held, lang),)
    spot, kind = under(root, part), hint_of(part)
    if spot is None or kind is None:
        return ()
    if spot.keys is None:
        alone = [Value(held[part], part, helped(part, lang))] if part in held else []
        return (Group(part, "", tuple(alone), (), ()),)
    return tuple(_groups(spot, part, kind, held, lang, DEEPEST))


def grown(source: str, path: str, key: str) -> str:
    """Add a key that the language knows at a path, or a thing of a name of one's own, with what it needs left empty.

    The text as it was where the key is none, or stands there already.
    """
    kind = hint_of(path) if path else Notice
    if kind is None or not _takes(kind, path, key):
        return source
    return added(source, path, key, _blank(_under(kind, key)))


def opened(source: str, path: str) -> str:
    """Write an entry that is a single word as a mapping, so that it can be given more keys."""
    kind = hint_of(path)
    short = getattr(kind, "short", "") if kind is not None else ""
    word = getattr(kind, "word", "") if short else ""
    return spread(source, path, "" if word else short.rstrip("_")) if short else source


def helped(path: str, lang: str) -> Help:
    """Say what is known of a path: the meaning of its key, its words, its default."""
    above, _, key = path.rpartition(".")
    owner = hint_of(above) if above else Notice
    kind = hint_of(path)
    if kind is None:
        return helped(above, lang) if above and hint_of(above) in (Text, str, dict) else Help()
    if _is_part(owner):
        field = next(f for f in msgspec.structs.fields(owner) if f.encode_name == key)
        return Help(meaning(owner, key, lang), _words(kind), default_of(field))
    if _is_part(kind):
        return Help(_about(kind, lang), _words(_short(kind)))
    return Help(helped(above, lang).says if above else "", _words(kind))


def hint_of(path: str) -> Any:
    """Give the type of what stands at a path of the language; None where the language knows none."""
    kind: Any = Notice
    for key in path.split("."):
        kind = _under(kind, key)
    return kind


def _under(kind: Any, key: str) -> Any:
    """Give the type that a key of another leads to; None where it knows no such key."""
    if _is_part(kind):
        return next((_plain(_hints(kind)[f.name]) for f in _keys(kind) if f.encode_name == key), None)
    if get_origin(kind) is dict:
        return _plain(get_args(kind)[1])
    return str if kind is dict else None


def _plain(hint: Any) -> Any:
    """Take what may be absent, and marks that change nothing for a form, off a type; ``dict`` has names of its own."""
    origin = get_origin(hint)
    if origin is typing.Annotated:
        mark = hint.__metadata__[0]
        if isinstance(mark, Form):
            return _FORMED.get(mark.name, str)
        return _plain(hint.__origin__)
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return _plain(kinds[0]) if len(kinds) == 1 else hint
    return hint


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in _VALUES


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _keys(kind: Any) -> list[msgspec.structs.FieldInfo]:
    return [f for f in msgspec.structs.fields(kind) if f.name not in getattr(kind, "hidden", ())]


def _short(kind: Any) -> Any:
    short = getattr(kind, "short", "")
    return _plain(_hints(kind)[short]) if short and not getattr(kind, "word", "") else None


def _about(kind: Any, lang: str) -> str:
    """Say what a part is, in a sentence."""
    if lang != "en":
        return str(meanings(lang).get(kind.__name__, {}).get("about_", ""))
    said = kind.__doc__.strip().replace("``", "").partition("\n")[0]
    return str(said.partition(": ")[2] or said)


def _words(kind: Any) -> tuple[str, ...]:
    """List the words a value knows, or the items of a list do."""
    if get_origin(kind) is tuple:
        return _words(_plain(get_args(kind)[0]))
    if kind is bool:
        return ("yes", "no")
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(word for one in get_args(kind) for word in get_args(one) if isinstance(word, str) and word)
    return tuple(word for word in get_args(kind) if word) if get_origin(kind) is Literal else ()


def _groups(spot: Spot, path: str, kind: Any, held: dict[str, Leaf], lang: str, left: int) -> Iterator[Group]:
    yield _group(spot, path, kind, held, lang)
    for key, one in (spot.keys or {}).items() if left else ():
        found = _under(kind, key)
        if one.under.keys is not None and found is not None and found is not Text:
            yield from _groups(one.under, f"{path}.{key}", found, held, lang, left - 1)


def _group(spot: Spot, path: str, kind: Any, held: dict[str, Leaf], lang: str) -> Group:
    keys = spot.keys or {}
    start = f"{path}." if path else ""
    shown = [(f"{start}{key}", key) for key in keys if f"{start}{key}" in held]
    for key, one in keys.items():
        shown += [(f"{start}{key}.{lang_}", f"{key}.{lang_}") for lang_ in one.under.keys or ()
                  if _under(kind, key) is Text and f"{start}{key}.{lang_}" in held]  # fmt: skip
    values = tuple(Value(held[at], name, helped(at, lang)) for at, name in shown) if path else ()
    needed = {f.encode_name for f in _keys(kind) if f.required} if _is_part(kind) else set()
    return Group(
        path, _about(kind, lang) if _is_part(kind) else helped(path, lang).says if path else "", values,
        tuple((key, helped(f"{start}{key}", lang).says) for key in _known(kind) if key not in keys),
        tuple(key for key in keys if key not in needed),
        tuple(key for key, one in keys.items() if one.under.keys is None and _shortens(_under(kind, key))),
        names=_free(kind),
    )  # fmt: skip


def _known(kind: Any) -> tuple[str, ...]:
    if _is_part(kind):
        return tuple(f.encode_name for f in _keys(kind))
    return _words(get_args(kind)[0]) if get_origin(kind) is dict else ()


def _shortens(kind: Any) -> bool:
    """Tell whether a single word may stand for a mapping of this kind."""
    short: str = getattr(kind, "short", "")
    return bool(short)


def _free(kind: Any) -> bool:
    """Tell whether the keys here are names of one's own, not words of the language."""
    return kind is dict or (get_origin(kind) is dict and get_origin(get_args(kind)[0]) is not Literal)


def _takes(kind: Any, path: str, key: str) -> bool:
    if _free(kind):
        return fits(f"{path}.{key}", key) and ("." not in key or kind is dict)
    return key in _known(kind)


def _blank(kind: Any) -> str:
    """Write what a new value begins with: what it needs stands there empty, and ``check`` asks for it."""
    if _is_part(kind):
        return _blank_part(kind)
    if kind is Text:
        return '{id: "", en: ""}'
    if kind is tuple or get_origin(kind) is tuple:
        return "[]"
    if kind is dict or get_origin(kind) is dict:
        return "{}"
    known = _words(kind)
    return known[0] if len(known) == 1 or kind is bool else '""'


def _blank_part(kind: Any) -> str:
    if getattr(kind, "short", ""):
        word: str = getattr(kind, "word", "")
        return word or '""'
    told = [f"{f.encode_name}: {_blank(_plain(_hints(kind)[f.name]))}" for f in _keys(kind) if f.required]
    return f"{{{', '.join(told)}}}"
