"""Room web: how a page says a key of the wording files."""

from typing import Protocol


class Say(Protocol):
    """``say("book.title", name=...)`` in the language of the page."""

    def __call__(self, key: str, /, **values: str | int) -> str: ...
