"""Room flows: what a line's opening tells one party: facts about a use, never a value of a field."""

from collections.abc import Mapping
from dataclasses import dataclass

Says = Mapping[str, str | int | list[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What one party's opening of a line says: whose it is, and the facts (never a value of a field)."""

    person: bytes
    party: str  # "person" or "actor"
    says: Says
    due: int
