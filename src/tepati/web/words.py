"""Room web: how a page says a key of the wording files."""

import re
from typing import Protocol


class Say(Protocol):
    """``say("book.title", name=...)`` in the language of the page."""

    def __call__(self, key: str, /, **values: str | int) -> str: ...


_FORMAL = re.compile(r"(^|[.?] |\n)?\bAnda\b")


def addressed(sentence: str, lang: str, form: str) -> str:
    """Say an Indonesian sentence with ``kamu`` where an organisation speaks so (``organisation.form_of_address``)."""
    if lang != "id" or form == "Anda":
        return sentence
    return _FORMAL.sub(lambda m: f"{m[1]}Kamu" if m[1] is not None else form, sentence)
