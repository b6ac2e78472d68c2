"""Room web: what a browser chose about optional cookies: kept in a cookie of its own, in words anybody can read.

``<minute>~language~-display``: chosen in that minute since 1970 UTC, yes to ``language``, no to ``display``. It needs
no signature: it is the browser's own word about itself. An explicit choice goes before the signal of the browser
(Global Privacy Control), and the signal before nothing: without either no optional cookie is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tepati.notice.model import Notice

MINUTE = 60_000_000  # microseconds
NEVER = 0
Answer = Literal["all", "none", "some"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen: the names said yes to, those said no to, and when (microseconds; 0: not yet)."""

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    made: int = NEVER

    @property
    def written(self) -> str:
        """Write it as the cookie keeps it."""
        return "~".join([str(self.made // MINUTE), *sorted(self.yes), *(f"-{name}" for name in sorted(self.no))])

    @property
    def answer(self) -> Answer:
        """Call it by one word, for counting."""
        return "some" if self.yes and self.no else "all" if self.yes else "none"


def optional(notice: Notice) -> tuple[str, ...]:
    """Name the cookies that wait for a choice."""
    return tuple(name for name, cookie in notice.cookies.set.items() if cookie.class_ != "necessary")


def chosen(notice: Notice, kept: Mapping[str, bool], at: int) -> Choice:
    """Make a choice from a yes or no to each optional cookie; what was not answered is a no."""
    names = optional(notice)
    yes = frozenset(name for name in names if kept.get(name))
    return Choice(yes, frozenset(names) - yes, at)


def read(notice: Notice, kept: str, now: int) -> Choice:
    """Read a choice; one that is too old, from the future or unreadable is none. Undeclared names do not count."""
    minute, *names = kept.split("~")
    made = int(minute) * MINUTE if minute.isascii() and minute.isdecimal() and len(minute) < 12 else NEVER
    again = notice.cookies.choice.again.rough_seconds() * 1_000_000
    if not made or not made <= now < made + again:
        return Choice()
    known = frozenset(optional(notice))
    no = frozenset(name[1:] for name in names if name.startswith("-")) & known
    return Choice((frozenset(names) & known) - no, no, made)


def waits(notice: Notice, choice: Choice, *, signal: bool) -> bool:
    """Say whether to ask: an optional cookie that was not answered, and no signal that answers for it."""
    left = frozenset(optional(notice)) - choice.yes - choice.no
    return bool(left) and not signal


def signalled(values: Iterable[str]) -> bool:
    """Say whether the browser sends Global Privacy Control: a header of exactly ``1`` (W3C GPC section 3.2)."""
    return "1" in list(values)
