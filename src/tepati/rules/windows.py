"""Room rules: when access is open: ``while`` a case is open, or ``from`` one moment ``until`` another. Pure."""

import msgspec

from tepati.notice.model import Notice, Windowed
from tepati.notice.values import Moment
from tepati.rules.calendar import Calendar
from tepati.rules.deadlines import shifted
from tepati.rules.facts import Dealing


class Edge(msgspec.Struct, frozen=True):
    """One side of a window: an event of the window's case, moved. ``planned``: it is foreseen before it comes."""

    event: str
    planned: bool
    moment: Moment


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
    return Edge(event, planned, moment)


def is_open(window: Window, dealing: Dealing, at: int, days: Calendar) -> bool:
    """Say whether a window is open for one dealing at one instant.

    A dealing closed before the window begins never opens it: a visit that was called off shows nobody the address.
    """
    if dealing.kind != window.kind or dealing.opened > at:
        return False
    if window.running:
        return not dealing.closed or at < dealing.closed
    return _begun(window.begins, dealing, at, days) and not _over(window.ends, dealing, at, days)


def _begun(edge: Edge | None, dealing: Dealing, at: int, days: Calendar) -> bool:
    if edge is None:
        return True
    base = _happened(edge, dealing)
    if base is None:
        return False
    start = shifted(base, edge.moment, days)
    called_off = edge.event != "closed" and 0 < dealing.closed <= start
    return start <= at and not called_off


def _over(edge: Edge | None, dealing: Dealing, at: int, days: Calendar) -> bool:
    """An end that was to be planned and was not is over (refuse); one that is recorded when it happens is to come."""
    if edge is None:
        return False
    base = _happened(edge, dealing)
    if base is None:
        return edge.planned
    return shifted(base, edge.moment, days) <= at


def _happened(edge: Edge, dealing: Dealing) -> int | None:
    if edge.event == "opened":
        return dealing.opened
    if edge.event == "closed":
        return dealing.closed or None
    return dealing.moments.get(edge.event)
