"""Room flows: who is signed in. Staff act with a session of two factors and an undertaking in force, or not at all."""

from dataclasses import dataclass

import msgspec

from tepati.errors import Refused


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in member of staff: their id, the roles the notice gives them, until when their undertaking holds."""

    person: bytes
    roles: tuple[str, ...]
    undertaken: int  # microseconds since 1970 UTC; 0: never signed
    key: str = ""  # the name of the API key, where a program acts for them

    @property
    def first(self) -> str:
        """The first of the roles, "none" for whoever has none here: all their roles act by another door."""
        return next(iter(self.roles), "none")

    def bound(self, at: int) -> None:
        """Check the undertaking (UU PDP Art. 36). Raises Refused when it was not signed or ran out."""
        if self.undertaken <= at:
            raise Refused("undertaking_missing", "accountability.supervision")

    def noted(self, reason: str) -> str:
        """Say in the actor's own opening that a program acted, and by which key."""
        return f"API key {self.key}{': ' if reason else ''}{reason}" if self.key else reason


class Says(msgspec.Struct, frozen=True):
    """What an actor's opening says of what they did; acts write more, which is shown to nobody."""

    at: int = 0
    role: str = ""
    reason: str = ""
    recipient: str = ""
    effect: str = ""
    case: str = ""
