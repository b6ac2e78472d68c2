"""Room ports: the official texts of laws that an operator read, beside the configuration: ``laws.toml``.

Of the text only name, date and SHA-256 are kept, and which rules were found in it, each under its article.
"""

import hashlib
import re
import tomllib
from pathlib import Path

import msgspec

from tepati.errors import Misconfigured
from tepati.notice.law.pack import LAWS, Official, pack

FILE = "laws.toml"
_HASH = re.compile("[0-9a-f]{64}")


def read(folder: Path) -> tuple[Official, ...]:
    """Read what was recorded; nothing where no file is. Raises Misconfigured naming the file and what is wrong."""
    path = folder / FILE
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        found = [_official(name, said) for name, said in raw.items()]
    except FileNotFoundError:
        return ()
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError, AttributeError, ValueError) as fault:
        raise Misconfigured("bad_configuration", file=str(path), what=str(fault)) from None
    return tuple(sorted(found, key=lambda one: one.law))


def _official(name: str, said: dict[str, object]) -> Official:
    rules = said.get("rules")
    listed = sorted(rules.items()) if isinstance(rules, dict) else rules
    found = msgspec.convert({**said, "law": name, "rules": listed}, Official)
    if name not in LAWS or not _HASH.fullmatch(found.sha256):
        raise ValueError(f"[{name}]: no rule pack, or no SHA-256")
    if unknown := dict(found.rules).keys() - {one.path for one in pack(name).ceiling}:
        raise ValueError(f"[{name}]: {', '.join(sorted(unknown))}")
    return found


def hashed(text: Path) -> str:
    """Give the SHA-256 of a file in hex; "" where it is empty. Raises OSError."""
    with text.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if file.seek(0, 2) and not file.seek(0) else ""


def write(folder: Path, laws: tuple[Official, ...]) -> None:
    """Write all records whole or not at all, changeable by the owner alone."""
    new = folder / f"{FILE}.new"
    new.touch(mode=0o600)
    new.write_text("\n".join(map(_table, laws)), "utf-8")
    new.replace(folder / FILE)


def _table(one: Official) -> str:
    keys = {"name": one.name, "date": str(one.date), "sha256": one.sha256, "recorded": str(one.recorded)}
    rules = [f"{_quoted(path)} = {_quoted(article)}" for path, article in one.rules]
    lines = [f"[{one.law}]", *(f"{key} = {_quoted(said)}" for key, said in keys.items()), f"[{one.law}.rules]", *rules]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()  # a JSON string is one of TOML
