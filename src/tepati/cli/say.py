"""Room cli: words of an error for a terminal: what happened and what to do, never a personal value."""

import os

from tepati.errors import BadInput, Refused, TepatiError
from tepati.notice.words import words


def language() -> str:
    """Choose the language of the terminal: Indonesian where the locale says so, else English."""
    return "id" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).lower().startswith("id") else "en"


def explain(error: TepatiError) -> str:
    """Put an error into words."""
    area = words(language(), "errors")
    lines = [f"tepati: {area.either(error.code, str(error), **error.values)}"]
    if isinstance(error, Refused):
        lines.append(f"  {area.either('refused_by', 'promise:', promise=error.promise)} {error.promise}")
    if isinstance(error, BadInput):
        lines += [f"  {field}: {area.either(code, code)}" for field, code in error.faults.items()]
    return "\n".join(lines)
