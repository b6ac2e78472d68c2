"""Room board: what a judge finds broken by itself is written down, so that its repair does not make it forgotten.

A request that is overdue, an end that passed: the registers show it only while it lasts. Written as an observation it
stays on the board until 90 days after it was over. A watch calls this at least as often as the promises have clocks.
"""

from dataclasses import dataclass

from tepati.board.board import made
from tepati.board.examination import Check, Look, looks
from tepati.board.facts import Seen, load
from tepati.board.judges import judge
from tepati.board.troubles import unmended
from tepati.board.verdict import Case, Promise
from tepati.flows.desk import Desk, Sheet
from tepati.notice.model import Notice
from tepati.notice.promises import paths
from tepati.registers import observations
from tepati.registers.observations import BROKEN, REPAIRED, UNDECLARED, Observation

OVER = "cause_over"  # the detail of a repair that was seen, not told
# What judges find in registers as it is now; what outside looks found is mended only by somebody who says how.
FOUND = frozenset({
    "overdue", "past_end", "without_end", "ledger_waits", "not_repeated", "undertaking_over", "paper_over",
    "unpublished",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """Something to write down of one promise: that it is broken or has a gap, or that this is over."""

    promise: str
    outcome: str
    detail: str


def changes(notice: Notice, promises: tuple[Promise, ...], seen: Seen, now: int) -> list[Change]:
    """Compare what is found now with what is written down. Pure; empty when both agree."""
    found = (_change(Case(promise, notice, seen, now)) for promise in promises)
    return [change for change in found if change is not None]


def _change(case: Case) -> Change | None:
    live, written = judge(case), unmended(case)
    if live.state in {"broken", "gap"} and live.cause in FOUND:
        outcome = BROKEN if live.state == "broken" else UNDECLARED
        return None if written else Change(case.path, outcome, live.cause)
    if written and written.detail in FOUND:
        return Change(case.path, REPAIRED, OVER)
    return None


async def remember(desk: Desk) -> list[Change]:
    """Write down what changed since the last time, each with its line; return it, for whoever is called."""
    now = desk.now()
    seen = await desk.read(lambda sheet: load(sheet.tx, desk.org, now, mac=desk.mac))
    found = changes(desk.notice, made(desk.notice), seen, now)
    if found:
        await desk.write(lambda sheet: _write(sheet, found))
    return found


async def examined(desk: Desk, checks: list[Check]) -> int:
    """Write down what doctor saw from outside, as looks at the promises it speaks of; return how many."""
    return await noted(desk, looks(checks))


async def noted(desk: Desk, seen: list[Look]) -> int:
    """Write down looks from outside at promises that the notice makes; return how many."""
    known = paths(desk.notice)
    found = [Change(*look) for look in seen if look[0] in known]
    if found:
        await desk.write(lambda sheet: _write(sheet, found))
    return len(found)


async def _write(sheet: Sheet, found: list[Change]) -> None:
    for change in found:
        line = await sheet.line("audit", promise=change.promise, purpose="proof", answer=change.outcome)
        seen = Observation(change.promise, sheet.at, change.outcome, change.detail)
        await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)
