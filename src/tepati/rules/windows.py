"""Room rules: when access is open: ``while`` a case is open, or ``from`` one moment ``until`` another. Pure."""

import msgspec

from tepati.notice.model import Notice, Windowed
from tepati.notice.values import Moment
from tepati.rules.calendar import Calendar
from tepati.rules.deadlines import fixed, shifted
from tepati.rules.facts import Dealing


class Edge(msgspec.Struct, frozen=True):
    """One side of a window: an event of the window's case, moved. ``planned``: it is foreseen before it comes.

    ``own``: the event is one that every dealing has, its opening or its closing. ``shift`` is how far it is moved, in
    microseconds, where that is so much on every day; None where the calendar says it.
    """

    event: str
    own: bool
    planned: bool
    moment: Moment
    shift: int | None


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
    return Edge(event, event in {"opened", "closed"}, planned, moment, fixed(moment))


def is_open(window: Window, dealing: Dealing, at: int, days: Calendar) -> bool:
    """Say whether a window is open for one dealing at one instant."""
    if dealing.kind != window.kind or dealing.opened > at:
        return False
    if window.running:
        return not dealing.closed or at < dealing.closed
    return inside(window, dealing, at, days)


def inside(window: Window, dealing: Dealing, at: int, days: Calendar) -> bool:
    """Say whether ``at`` lies between the edges of a window over a dealing of its kind that was opened by then.

    A dealing closed before the window begins never opens it: a visit that was called off shows nobody the address.
    An end that was to be planned and was not is over (refuse); one that is recorded when it happens is to come.
    """
    begins, ends = window.begins, window.ends
    if begins is not None:
        start = _instant(begins, dealing, days)
        if start is None or start > at or (0 < dealing.closed <= start and begins.event != "closed"):
            return False
    if ends is None:
        return True
    end = _instant(ends, dealing, days)
    return at < end if end is not None else not ends.planned


def _instant(edge: Edge, dealing: Dealing, days: Calendar) -> int | None:
    """Give the instant of an edge; None where its event has not come."""
    base = _own(edge, dealing) if edge.own else dealing.moments.get(edge.event)
    if base is None:
        return None
    return base + edge.shift if edge.shift is not None else shifted(base, edge.moment, days)


def _own(edge: Edge, dealing: Dealing) -> int | None:
    return dealing.opened if edge.event == "opened" else dealing.closed or None
