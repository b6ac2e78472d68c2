"""Room board: every promise with its state and evidence, and how we know it.

The cost is a dozen statements and a pure judgement of each promise: the same with ten people and with ten million.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from tepati.board import say
from tepati.board.facts import Seen, load
from tepati.board.judges import judge
from tepati.board.reveals import kinds, reveals
from tepati.board.tally import MISSING, UNREADABLE
from tepati.board.troubles import overlay
from tepati.board.verdict import STATES, Case, Coverage, Evidence, Grade, Promise, State, Verdict
from tepati.flows.clocks import asked
from tepati.flows.desk import Desk
from tepati.notice.model import Notice
from tepati.notice.promises import promises
from tepati.notice.values import Text
from tepati.registers.counters import LATE, Count
from tepati.registers.observations import DAYS, SEEN
from tepati.store.port import Tx

NO_WORDS: Final = Text("", "")


@dataclass(frozen=True, slots=True)
class Judged:
    """One row: the promise, its state, and what that rests on.

    ``grades`` are all kinds of evidence found, ``grade`` the strongest of them; ``lines`` are indexes of ledger lines;
    ``since``, ``cause`` and ``repair`` speak where the state is broken, gap or due (microseconds; empty else).
    """

    promise: Promise
    state: State
    grades: tuple[Grade, ...]
    coverage: Coverage
    evidence: Evidence
    sentence: Text
    covered: Text
    lines: tuple[int, ...] = ()
    since: int = 0
    cause: Text = NO_WORDS
    repair: Text = NO_WORDS

    @property
    def grade(self) -> Grade | str:
        return next((g for g in ("observed", "enforced", "attested") if g in self.grades), "")


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one clause of the notice (``F1``), of the law (``L``), or of no clause (``""``)."""

    key: str
    rows: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """All rows in the order of the notice's clauses; ``summary`` counts every one of them, hidden or not."""

    rows: tuple[Judged, ...]
    summary: dict[State, int]
    hidden: int
    at: int

    def first(self) -> tuple[Judged, ...]:
        """Return what a reader must know first: broken, then gaps, oldest first."""
        bad = [row for row in self.rows if row.state in {"broken", "gap"}]
        return tuple(sorted(bad, key=lambda row: (STATES.index(row.state), row.since)))

    def groups(self) -> tuple[Group, ...]:
        """Return the rows by clause: the notice's own, then the law's, then the rest; each row once."""
        found: dict[str, list[Judged]] = {}
        for row in self.rows:
            found.setdefault(clause(row.promise), []).append(row)
        return tuple(Group(key, tuple(rows)) for key, rows in sorted(found.items(), key=lambda item: _order(item[0])))

    def hide(self, ids: Iterable[str]) -> "Board":
        """Return the board without these rows; they stay counted."""
        gone = frozenset(ids)
        rows = tuple(row for row in self.rows if row.promise.id not in gone)
        return replace(self, rows=rows, hidden=self.hidden + len(self.rows) - len(rows))


async def board(tx: Tx, notice: Notice, org: str, now: int, *, public: bool = False, desk: Desk | None = None) -> Board:
    """Judge every promise of a notice at one instant (microseconds).

    ``public`` is what strangers see: figures of whole days only, 1 to 9 as "fewer than 10", no single lines.
    The keys of ``desk`` tell looks and cosignatures from rows that SQL wrote; without it none is believed.
    """
    clocked = tuple(kind for kind, case in notice.cases.items() if case.within)
    seen = await load(tx, org, now, public=public, cases=clocked, asked=asked(notice), mac=desk.mac if desk else None)
    cosigned = {one.witness: (one.size, one.at) for one in await desk.log.cosigners(tx)} if desk else {}
    seen = replace(seen, reveals=await reveals(tx, org, kinds(notice)), witnesses=cosigned)
    return judged(notice, made(notice), yesterday(seen) if public else seen, now, public=public)


_MADE: Final[dict[int, tuple[Notice, tuple[Promise, ...]]]] = {}  # the notice is kept beside, so its id stays its own
_KEPT: Final = 64  # notices


def made(notice: Notice) -> tuple[Promise, ...]:
    """Return the promises of a notice, made once: a notice never changes while it runs."""
    if id(notice) not in _MADE:
        if len(_MADE) >= _KEPT:
            _MADE.clear()
        _MADE[id(notice)] = (notice, promises(notice))
    return _MADE[id(notice)][1]


def judged(notice: Notice, made: Iterable[Promise], seen: Seen, now: int, *, public: bool = False) -> Board:
    """Judge promises by what was seen. Pure."""
    rows = [hear(Case(promise, notice, seen, now), public=public) for promise in made]
    rows.sort(key=lambda row: _order(clause(row.promise)))
    summary: dict[State, int] = {state: sum(1 for row in rows if row.state == state) for state in STATES}
    return Board(tuple(rows), summary, 0, now)


def hear(case: Case, *, public: bool = False) -> Judged:
    """Judge one promise and put the verdict into words."""
    verdict = overlay(case, judge(case))
    tz = case.notice.organisation.timezone
    cause, repair = say.trouble(verdict.cause, verdict.repair, verdict.since, tz)
    return Judged(
        promise=case.promise,
        state=verdict.state,
        grades=verdict.grades,
        coverage=verdict.coverage,
        evidence=say.public(verdict.evidence) if public else verdict.evidence,
        sentence=say.sentence(verdict.says, verdict.evidence, tz, public=public),
        covered=say.coverage(verdict.coverage, public=public),
        lines=() if public else verdict.lines,
        since=verdict.since,
        cause=cause,
        repair=repair,
    )


def yesterday(seen: Seen) -> Seen:
    """Return what was seen up to the last midnight (UTC): a figure that moves with one act would tell of one person.

    What was seen from outside, what came late and what hurt the ledger is told at once: bad news does not wait.
    """
    counts = {
        promise: {
            what: count if what.startswith(_AT_ONCE) else _less(count, seen.today.get(promise, {}).get(what))
            for what, count in whats.items()
        }
        for promise, whats in seen.counts.items()
    }
    return replace(seen, counts=counts)


_AT_ONCE: Final = (SEEN, DAYS, LATE, MISSING, UNREADABLE)


def _less(count: Count, today: Count | None) -> Count:
    return Count(count.n - today.n, count.worst) if today else count


_CLAUSE: Final = re.compile(r"([A-Z]+)(\d+)")


def clause(promise: Promise) -> str:
    """Name the group of a promise: its first clause in the notice, else ``L`` for a duty of the law, else ``""``."""
    own = sorted((i for i in promise.ids if not i.startswith("L")), key=_order)
    return own[0] if own else ("L" if promise.ids else "")


def _order(key: str) -> tuple[int, str, int]:
    found = _CLAUSE.fullmatch(key)
    if found:
        return (0, found[1], int(found[2]))
    return (1 if key == "L" else 2, key, 0)


def blind() -> Text:
    """Say what no ledger can see; it stands on every board."""
    return say.sentence("blind", {}, "UTC")


__all__ = ["Board", "Group", "Judged", "Verdict", "blind", "board", "clause", "hear", "judged", "yesterday"]
