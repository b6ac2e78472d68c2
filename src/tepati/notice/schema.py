"""Room notice: the language as JSON Schema 2020-12, made from ``model``. References between things are the loader's."""

import datetime as dt
import tomllib
import types
import typing
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from tepati.notice import model
from tepati.notice.model import Notice
from tepati.notice.spelling import spelled
from tepati.notice.values import Duration, Form, Moment, Rate, Telling, Text, Word
from tepati.notice.words import words

_DURATION = r"^\d+([x×]\d+)? (minute|hour|day|working day|week|month|year)s?$"
_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number", "exclusiveMinimum": 0},
    dt.date: {"type": "string", "format": "date"},
    Duration: {"type": "string", "pattern": _DURATION, "examples": ["14 days", "3x24 hours", "5 working days"]},
    Moment: {
        "type": "string",
        "pattern": r"^[a-z0-9_]+\.[a-z0-9_]+( [+-] .+)?( at \d\d:\d\d)?$",
        "examples": ["booking.closed", "visit.starts - 1 day at 18:00"],
    },
    Rate: {"type": "string", "pattern": r"^\d+ per (minute|hour|day|week|month|year)$", "examples": ["2 per month"]},
    # YAML 1.1 readers take yes and no for truths, YAML 1.2 readers for texts: an editor may see either.
    bool: {"enum": ["yes", "no", True, False]},
    Text: {
        "type": "object",
        "properties": {"id": {"type": "string"}, "en": {"type": "string"}},
        "required": ["id", "en"],
        "additionalProperties": False,
    },
}
_LISTS = frozenset({"fields", "countries"})


def schema(lang: str = "en") -> dict[str, Any]:
    """Give the schema of a whole declaration; what it means is told in one language."""
    defs: dict[str, Any] = {}
    root = _object(Notice, defs)
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tepati privacy declaration",
        **root,
        "$defs": dict(sorted(defs.items())),
    }
    return made if lang == "en" else _retold(made, lang)


def _retold(made: dict[str, Any], lang: str) -> dict[str, Any]:
    """Say what everything means in another language."""
    for name, part in (("Notice", made), *made["$defs"].items()):
        cls = Telling if name == "Telling" else getattr(model, name)
        keyed = next(one for one in part.get("anyOf", [part]) if "properties" in one)
        keyed["description"] = keyed["markdownDescription"] = meanings(lang)[name]["about_"]
        for key, told in keyed["properties"].items():
            said = meaning(cls, key, lang)
            default = f"`{told['default']}`" if "default" in told else ""
            more = f". {words(lang, 'console').say('draft.default', default=default)}" if default else ""
            told |= {"description": said, "markdownDescription": f"{said}{more}"}
    return made


def _any(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin is typing.Annotated:
        return _marked(hint.__origin__, hint.__metadata__[0], defs)
    if origin in (Union, types.UnionType):
        return _union(hint, defs)
    if origin is Literal:
        return {"enum": [word for word in get_args(hint) if word]}
    if origin is tuple:
        return {"type": "array", "items": _any(get_args(hint)[0], defs), "uniqueItems": True}
    if origin is dict:
        return _named(hint, defs)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if hint.__name__ not in defs:
        defs[hint.__name__] = {}  # a place held while its own parts are made
        defs[hint.__name__] = _short(hint, _object(hint, defs), defs)
    return {"$ref": f"#/$defs/{hint.__name__}"}


def _union(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    if len(kinds) == 1:
        return _any(kinds[0], defs)
    return {"enum": [word for kind in kinds for word in get_args(kind) if word]}


def _marked(inner: Any, mark: Any, defs: dict[str, Any]) -> dict[str, Any]:
    if isinstance(mark, Word):
        return {"anyOf": [{"const": mark.word}, _any(inner, defs)]}
    if not isinstance(mark, Form):
        return {"type": "string"}
    if mark.name == "spoken":
        return {"anyOf": [{"type": "string"}, _SIMPLE[Text]]}
    if mark.name in _LISTS:
        return {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    if mark.name in ("ages", "how"):
        return {"type": ["object", "string"]} if mark.name == "how" else {"type": "object"}
    return {"type": ["string", "array"]} if mark.name == "weekdays" else {"type": "string"}


def _named(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    key, value = get_args(hint)
    names: dict[str, Any] = {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
    if get_origin(key) is Literal:
        names = {"enum": list(get_args(key))}
    return {"type": "object", "propertyNames": names, "additionalProperties": _any(value, defs)}


def _object(cls: Any, defs: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = [field for field in msgspec.structs.fields(cls) if field.name not in getattr(cls, "hidden", ())]
    made: dict[str, Any] = {
        "type": "object",
        "properties": {f.encode_name: _explained(cls, f, _any(hints[f.name], defs)) for f in fields},
        "additionalProperties": False,
    }
    required = [field.encode_name for field in fields if field.required]
    made["description"] = cls.__doc__.strip().replace("``", "")
    made["markdownDescription"] = _markdown(cls)
    return {**made, "required": required} if required else made


@cache
def meanings(lang: str = "en") -> dict[str, dict[str, Any]]:
    """Read what every key means, by the part it stands in; ``promises_`` and ``example_`` speak of the part itself."""
    name = "keys.toml" if lang == "en" else f"keys_{lang}.toml"
    return tomllib.loads(files("tepati.notice").joinpath(name).read_text("utf-8"))


def meaning(cls: Any, key: str, lang: str = "en") -> str:
    """Say what a key of a part means, in English where the other language lacks it."""
    told = (meanings(each).get(part.__name__, {}).get(key, "") for each in (lang, "en") for part in cls.__mro__)
    return next((one for one in told if one), "")


def _explained(cls: Any, field: msgspec.structs.FieldInfo, made: dict[str, Any]) -> dict[str, Any]:
    """Add to a key what editors show beside it: its meaning, and what holds where it is left out."""
    said, default = meaning(cls, field.encode_name), default_of(field)
    told = f"{said} Default: `{default}`." if default else said
    return {**made, "description": said, "markdownDescription": told, **({"default": default} if default else {})}


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """Spell what holds where a key is left out; "" where nothing does, or what cannot be written in a word."""
    value = field.default
    if value in (msgspec.NODEFAULT, None, "", (), frozenset()) or field.encode_name == "working_days":
        return ""
    return "" if isinstance(value, msgspec.Struct) and not isinstance(value, Duration) else spelled(value)


def _markdown(cls: Any) -> str:
    """Say what a part is, which promises it gives rise to, and how it looks."""
    about = meanings().get(cls.__name__, {})
    told = [cls.__doc__.strip().replace("``", "`")]
    if about.get("promises_"):
        told.append(f"Promises: {', '.join(f'`{kind}`' for kind in about['promises_'])}.")
    if about.get("example_"):
        told.append(f"```yaml\n{about['example_']}\n```")
    return "\n\n".join(told)


def _short(cls: Any, made: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    word, key = getattr(cls, "word", ""), getattr(cls, "short", "")
    if not key:
        return made
    bare = {"enum": ["yes", True]} if word == "yes" else {"const": word}
    if not word:
        bare = _any(typing.get_type_hints(cls, include_extras=True)[key], defs)
    return {"anyOf": [bare, made]}
