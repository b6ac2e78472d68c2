"""Room notice: the words of every area in both languages, read from ``wording/<lang>/<area>.toml``.

``{name}`` is the only placeholder, filled as text and never as code; escaping belongs to whoever renders. Beside it,
``{name:line|lines}`` gives the first word where the value is 1, else the second: English needs it, Indonesian does not.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from tepati.errors import Misconfigured
from tepati.notice.speech import addressed

_HOLE = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([^|{}]+)\|([^|{}]+))?\}")


class Words(msgspec.Struct, frozen=True):
    """The sentences of one area in one language; keys are dotted paths into the file."""

    lang: str
    area: str
    entries: Mapping[str, str]

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def say(self, key: str, /, **values: str | int) -> str:
        """Give the sentence of ``key``, placeholders filled. Raise Misconfigured where a key or value is missing."""
        try:
            sentence = self.entries[key]
            return _HOLE.sub(lambda hole: _fill(hole, values), sentence) if "{" in sentence else sentence
        except KeyError as missing:
            where = f"{self.lang}/{self.area}.toml"
            raise Misconfigured("wording_missing", file=where, key=key, lacking=str(missing.args[0])) from None

    def either(self, key: str, otherwise: str, /, **values: str | int) -> str:
        """Give the sentence of ``key``, or ``otherwise`` where the file has none."""
        return self.say(key, **values) if key in self.entries else otherwise


@cache
def words(lang: str, area: str, form: str = "") -> Words:
    """Load an area (``notice``, ``errors``, ``site`` ...) in ``id`` or ``en``, once. Raise Misconfigured.

    ``form`` is a notice's form of address; what is filled in later is never touched by it.
    """
    path = files("tepati.notice").joinpath("wording", lang, f"{area}.toml")
    if not path.is_file():
        raise Misconfigured("wording_missing", file=f"{lang}/{area}.toml", key="", lacking="")
    found = _flat(tomllib.loads(path.read_text("utf-8")))
    return Words(lang, area, {key: addressed(said, lang, form) for key, said in found})


def holes(sentence: str) -> frozenset[str]:
    """Name the placeholders of a sentence."""
    return frozenset(hole[1] for hole in _HOLE.finditer(sentence))


def _fill(hole: re.Match[str], values: Mapping[str, str | int]) -> str:
    said = str(values[hole[1]])
    return said if hole[2] is None else hole[2] if said == "1" else hole[3]


def _flat(table: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, Mapping):
            yield from _flat(value, path)
        else:
            yield path, str(value)
