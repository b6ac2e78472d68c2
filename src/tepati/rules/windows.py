"""Room rules: when access is open: ``while`` a case is open, or ``from`` one moment ``until`` another. Pure."""

from collections.abc import Callable
from functools import lru_cache

import msgspec

from tepati.notice.model import Notice, Windowed
from tepati.notice.values import Moment
from tepati.rules.calendar import calendar
from tepati.rules.deadlines import fixed, shifted
from tepati.rules.facts import Dealing


class Edge(msgspec.Struct, frozen=True):
    """One side of a window: an event of the window's case, moved. ``planned``: it is foreseen before it comes.

    ``own``: the event is one that every dealing has, its opening or its closing. ``shift`` is how far it is moved, in
    microseconds, where that is so much on every day; None where the calendar says it, by ``moved``.
    """

    event: str
    own: bool
    planned: bool
    shift: int | None
    moved: Callable[[int], int]


class Window(msgspec.Struct, frozen=True):
    """A condition on one dealing of ``kind``. A window over two cases at once has the kind "" and never opens."""

    kind: str
    running: bool  # the dealing must be open
    begins: Edge | None
    ends: Edge | None


def window(thing: Windowed, notice: Notice) -> Window | None:
    """Read the window of a point, role or recipient; None where it is open always."""
    edges = [moment.event.rpartition(".") for moment in (thing.from_, thing.until) if moment is not None]
    kinds = {case for case, _, _ in edges} | ({thing.while_} if thing.while_ else set())
    if not kinds:
        return None
    kind = kinds.pop() if len(kinds) == 1 else ""
    return Window(kind, bool(thing.while_), _edge(thing.from_, notice), _edge(thing.until, notice))


def _edge(moment: Moment | None, notice: Notice) -> Edge | None:
    if moment is None:
        return None
    case, _, event = moment.event.rpartition(".")
    declared = notice.cases.get(case)
    planned = declared is not None and declared.moments.get(event) == "planned"
    days = calendar(notice)
    moved = lru_cache(1024)(lambda base: shifted(base, moment, days))  # by the instant alone: a tenth of a decision
    return Edge(event, event in {"opened", "closed"}, planned, fixed(moment), moved)


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
    An end that was to be planned and was not is over (refuse); one that is recorded when it happens is to come.
    """
    begins, ends, moments = window.begins, window.ends, dealing.moments
    if begins is not None:
        base = _own(begins, dealing) if begins.own else moments.get(begins.event)
        if base is None:
            return False
        start = base + begins.shift if begins.shift is not None else begins.moved(base)
        if start > at or (0 < dealing.closed <= start and begins.event != "closed"):
            return False
    if ends is None:
        return True
    base = _own(ends, dealing) if ends.own else moments.get(ends.event)
    if base is None:
        return not ends.planned
    return at < (base + ends.shift if ends.shift is not None else ends.moved(base))


def _own(edge: Edge, dealing: Dealing) -> int | None:
    """Give the instant of an event that every dealing has; None where it has not come."""
    return dealing.opened if edge.event == "opened" else dealing.closed or None
