"""Room notice: sentences of a notice that contradict each other, side by side, and the reading in force. Pure."""

import msgspec

from tepati.notice.model import Notice
from tepati.notice.promises import sentences


class Contradiction(msgspec.Struct, frozen=True, order=True):
    """Two clauses set against each other; ``governs`` is the one whose reading is better for the person."""

    one: str
    other: str
    governs: str


def contradictions(notice: Notice) -> tuple[Contradiction, ...]:
    """List the pairs the file itself declares, each once; the order of the file does not matter."""
    pairs = {
        frozenset({name, other}): min(n for n, o in ((name, other), (other, name)) if o in notice.clauses[n].against)
        for name, clause in notice.clauses.items()
        for other in clause.against
        if other in notice.clauses and other != name
    }
    found = ((one, *(pair - {one})) for pair, one in pairs.items())
    return tuple(sorted(Contradiction(one, other, _better(notice, one, other)) for one, other in found))


def said(notice: Notice, clause: str, lang: str) -> str:
    """Give what a clause says: its information, or the sentences of the first promises that keep it."""
    one = notice.clauses[clause]
    if one.information:
        return one.information.of(lang)
    first = one.kept_by[:_QUOTED]
    told = sentences(notice, first, lang)
    return " ".join(told[path] for path in first if path in told)


_QUOTED = 3


def _better(notice: Notice, name: str, other: str) -> str:
    """Choose the clause that forbids more; of equal ones, the one that is set against the other."""
    vows = {c: sum(path.startswith("never.") for path in notice.clauses[c].kept_by) for c in (name, other)}
    return other if vows[other] > vows[name] else name
