"""Room board: what was seen to go wrong stays on the board until 90 days have passed cleanly since its repair."""

from dataclasses import replace

from tepati.board.verdict import CLEAN, Case, Verdict, worse
from tepati.registers.observations import BROKEN, REPAIRED, TAMPERED, UNDECLARED, Observation


def overlay(case: Case, verdict: Verdict) -> Verdict:
    """Return the verdict with the troubles of this promise laid over it: good news and time alone hide none."""
    mended = _newest(case, (REPAIRED,))
    for outcome in (BROKEN, TAMPERED, UNDECLARED):
        bad = _newest(case, (outcome,))
        if bad is None or _over(case, bad, mended):
            continue
        verdict = _marked(verdict, outcome, bad, mended)
    return verdict


def unmended(case: Case) -> Observation | None:
    """Return the newest trouble written down that no repair came after."""
    mended, bad = _newest(case, (REPAIRED,)), _newest(case, (BROKEN, TAMPERED, UNDECLARED))
    return bad if bad and not (mended and mended.at >= bad.at) else None


def _marked(verdict: Verdict, outcome: str, bad: Observation, mended: Observation | None) -> Verdict:
    state = worse(verdict.state, "broken" if outcome == BROKEN else "gap")
    if state == verdict.state and verdict.cause:
        return verdict
    repair = mended.detail or REPAIRED if mended and mended.at >= bad.at else ""
    return replace(verdict, state=state, since=bad.at, cause=bad.detail or outcome, repair=repair)


def _over(case: Case, bad: Observation, mended: Observation | None) -> bool:
    """A trouble is over 90 days after a repair that came after it; without a repair it never is."""
    return mended is not None and mended.at >= bad.at and mended.at + CLEAN <= case.now


def _newest(case: Case, outcomes: tuple[str, ...]) -> Observation | None:
    """Return the newest look with such an outcome: from the register, else from the sums."""
    found = [s for s in case.seen.troubles if s.promise == case.path and s.outcome in outcomes]
    summed = [Observation(case.path, at, o, "") for o in outcomes if (at := case.newest(o))]
    return max(found + summed, key=lambda seen: (seen.at, seen.detail), default=None)
