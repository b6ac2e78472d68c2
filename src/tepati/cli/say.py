"""Room cli: words of an error for a terminal: what happened and what to do, never a personal value."""

import os
from pathlib import Path

from tepati.errors import BadInput, Refused, TepatiError
from tepati.notice.model import Notice
from tepati.notice.promises import promises
from tepati.notice.words import Words, holes, words


def language() -> str:
    """Choose the language of the terminal: Indonesian where the locale says so, else English."""
    return "id" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).lower().startswith("id") else "en"


def found() -> Path:
    """Name the installation to work on when none is named: the one in ``data``, else the demo's."""
    here = Path("data")
    demo = here / "demo"
    return demo if (demo / "tepati.toml").exists() and not (here / "tepati.toml").exists() else here


def explain(error: TepatiError) -> str:
    """Put an error into words: what happened, the promise that refuses and what it says, and each faulty field."""
    area = words(language(), "errors")
    lines = [f"tepati: {_words(area, error.code, str(error), error)}"]
    if isinstance(error, Refused):
        lines += [f"  {area.say('refused_by')} {error.promise}", *(f"  {said}" for said in notes(error))]
    if isinstance(error, BadInput):
        lines += [f"  {field}: {_words(area, code, code, error)}" for field, code in error.faults.items()]
    return "\n".join(lines)


def notes(error: Refused) -> list[str]:
    """Return what ``cite`` added: the sentence of the promise that refuses."""
    return list(getattr(error, "__notes__", ()))


def cite(refused: Refused, notice: Notice) -> None:
    """Add the sentence of the promise that refuses, or of the nearest above it, where the notice is at hand."""
    said = {path: one.text for one in promises(notice) for path in (*one.ids, one.id)}
    path = refused.promise
    while path and path not in said:
        path = path.rpartition(".")[0]
    if path:
        refused.add_note(said[path].of(language()))


def _words(area: Words, code: str, otherwise: str, error: TepatiError) -> str:
    """Say a code with the error's values; a code without words, or lacking a value, is told as it is."""
    if code not in area or holes(area.entries[code]) - error.values.keys():
        return otherwise
    return area.say(code, **error.values)


def plain(text: str) -> str:
    """Replace what could drive a terminal or turn a line around; typed words are told back, not obeyed."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
