"""Room rules: when access is open: ``while`` a case is open, or ``from`` one moment ``until`` another. Pure."""

from collections.abc import Callable
from functools import lru_cache

import msgspec

from tepati.notice.model import Notice, Windowed
from tepati.notice.values import Moment
from tepati.rules.calendar import calendar
from tepati.rules.deadlines import shifted
from tepati.rules.facts import FOREVER, Dealing


class Window(msgspec.Struct, frozen=True):
    """A condition on one dealing of ``kind``. A window over two cases at once has the kind "" and never opens.

    ``inside`` says whether an instant lies between its edges, for a dealing of its kind that was opened by then.
    """

    kind: str
    running: bool  # the dealing must be open
    inside: Callable[[Dealing, int], bool]


def window(thing: Windowed, notice: Notice) -> Window | None:
    """Read the window of a point, role or recipient; None where it is open always."""
    edges = [moment.event.rpartition(".") for moment in (thing.from_, thing.until) if moment is not None]
    kinds = {case for case, _, _ in edges} | ({thing.while_} if thing.while_ else set())
    if not kinds:
        return None
    kind = kinds.pop() if len(kinds) == 1 else ""
    return Window(kind, bool(thing.while_), _inside(thing, notice))


_OWN = {"opened", "closed"}


def _event(moment: Moment | None) -> str:
    return moment.event.rpartition(".")[2] if moment is not None else ""


def _inside(thing: Windowed, notice: Notice) -> Callable[[Dealing, int], bool]:
    """Make the function that says whether an instant lies between a window's edges.

    A dealing closed before the window begins never opens it: a visit that was called off shows nobody the address.
    """
    begins, ends, span = _event(thing.from_), _event(thing.until), _span(thing, notice)
    own, closing = not _OWN.isdisjoint({begins, ends}), begins == "closed"

    def inside(dealing: Dealing, at: int) -> bool:
        moments, closed = _with_own(dealing) if own else dealing.moments, dealing.closed
        start, end = span(moments.get(begins), moments.get(ends))
        return start <= at < end and (not 0 < closed <= start or closing)

    return inside


def _span(thing: Windowed, notice: Notice) -> Callable[[int | None, int | None], tuple[int, int]]:
    """Make the function that moves a window's edges.

    A beginning that has not come is never; an end that was to be planned and was not is over (refuse), one that is
    recorded when it happens is to come.
    """
    days, begins, ends = calendar(notice), thing.from_, thing.until
    case, _, event = ends.event.rpartition(".") if ends is not None else ("", "", "")
    declared = notice.cases.get(case)
    planned = declared is not None and declared.moments.get(event) == "planned"

    @lru_cache(1024)  # by the instants alone: a tenth of a decision
    def span(begun: int | None, ended: int | None) -> tuple[int, int]:
        start = -FOREVER if begins is None else FOREVER if begun is None else shifted(begun, begins, days)
        if ends is None or ended is None:
            return start, -FOREVER if planned else FOREVER
        return start, shifted(ended, ends, days)

    return span


def is_open(window: Window, dealing: Dealing, at: int) -> bool:
    """Say whether a window is open for one dealing at one instant."""
    if dealing.kind != window.kind or dealing.opened > at:
        return False
    if window.running:
        return not dealing.closed or at < dealing.closed
    return window.inside(dealing, at)


def _with_own(dealing: Dealing) -> dict[str, int]:
    """Give the moments of a dealing with those that every dealing has, so far as they have come."""
    closed = {"closed": dealing.closed} if dealing.closed else {}
    return {**dealing.moments, "opened": dealing.opened, **closed}
