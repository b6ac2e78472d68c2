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

    ``begins`` and ``ends`` name the events of its edges ("" where it has none); ``span`` moves their instants, None
    where one has not come, to those between which it is open. ``own``: an edge is what every dealing has, its opening
    or its closing.
    """

    kind: str
    running: bool  # the dealing must be open
    begins: str
    ends: str
    own: bool
    span: Callable[[int | None, int | None], tuple[int, int]]


def window(thing: Windowed, notice: Notice) -> Window | None:
    """Read the window of a point, role or recipient; None where it is open always."""
    edges = [moment.event.rpartition(".") for moment in (thing.from_, thing.until) if moment is not None]
    kinds = {case for case, _, _ in edges} | ({thing.while_} if thing.while_ else set())
    if not kinds:
        return None
    kind = kinds.pop() if len(kinds) == 1 else ""
    begins, ends = _event(thing.from_), _event(thing.until)
    return Window(kind, bool(thing.while_), begins, ends, not _OWN.isdisjoint({begins, ends}), _span(thing, notice))


_OWN = {"opened", "closed"}


def _event(moment: Moment | None) -> str:
    return moment.event.rpartition(".")[2] if moment is not None else ""


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
    return inside(window, dealing, at)


def inside(window: Window, dealing: Dealing, at: int) -> bool:
    """Say whether ``at`` lies between the edges of a window over a dealing of its kind that was opened by then.

    A dealing closed before the window begins never opens it: a visit that was called off shows nobody the address.
    """
    moments = _with_own(dealing) if window.own else dealing.moments
    start, end = window.span(moments.get(window.begins), moments.get(window.ends))
    return start <= at < end and (not 0 < dealing.closed <= start or window.begins == "closed")


def _with_own(dealing: Dealing) -> dict[str, int]:
    """Give the moments of a dealing with those that every dealing has, so far as they have come."""
    closed = {"closed": dealing.closed} if dealing.closed else {}
    return {**dealing.moments, "opened": dealing.opened, **closed}
