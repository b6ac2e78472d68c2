"""Room board: promises with a clock: rights and their ends, cases with a promised time, what is done at a rhythm."""

from dataclasses import replace
from typing import Final

from tepati.board.facts import Running, Waiting
from tepati.board.verdict import CLEAN, Case, Coverage, Evidence, Grade, State, Verdict, length, used
from tepati.notice.values import Duration
from tepati.registers.counters import DONE, LATE, WHOLE, Count
from tepati.registers.observations import ATTESTED, OK
from tepati.rules.calendar import calendar
from tepati.rules.deadlines import after

# Which acts serve a right: their ledger lines are the links behind its numbers.
_SERVED: Final[dict[str, tuple[str, ...]]] = {
    "access": ("show", "export"), "correction": ("correct",), "completion": ("correct",), "erasure": ("erase",),
    "restriction": ("restrict",), "withdrawal": ("withdraw",), "objection": ("object",), "portability": ("export",),
}  # fmt: skip


def clock(case: Case) -> Verdict:
    """Judge a right or a promised time: what was asked, the longest it took, what still runs, what came late."""
    running = _running(case)
    done, late = _ended(case, DONE), _ended(case, LATE)
    acts = [used(case.seen, (WHOLE,), verb) for verb in _verbs(case)]
    served = max(done.n, sum(act.allowed for act in acts))
    figures: Evidence = {
        "done": served, "longest_took": done.worst, "late": late.n, "open": running.open, "overdue": running.overdue,
        "next_at": running.due,
    }  # fmt: skip
    lines = tuple(sorted({idx for act in acts for idx in act.lines}))
    state, since, cause = _state(case.now, running, late, served)
    systems = 1 + len(case.notice.systems)
    covered = Coverage(0 if state == "unused" else 1, systems, "systems")
    says = "unused" if state == "unused" else "clock" if done.worst else "clock_plain"
    return Verdict(
        state, says, ("enforced",), covered, figures, lines, since, cause, "done_late" if cause == "late" else ""
    )


# In which ways assistance is counted: those the language knows, and what suited else.
WAYS: Final[tuple[str, ...]] = ("large_print", "plain_language", "helper", "sign_language", "braille", "audio", "other")


def assistance(case: Case) -> Verdict:
    """Judge assistance: a right with a clock, and in which ways people were served; never who, nor why they asked."""
    heard = clock(case)
    ways: Evidence = {way: case.seen.count("rights.assistance", f"way.{way}").n for way in WAYS}
    says = "unused" if heard.state == "unused" else "assistance"
    return replace(heard, says=says, evidence=heard.evidence | ways)


def _state(now: int, running: Running, late: Count, served: int) -> tuple[State, int, str]:
    if running.overdue:
        return "broken", running.due, "overdue"
    if late.n and late.worst + CLEAN > now:
        return "broken", late.worst, "late"
    if running.open:
        return "due", 0, ""
    return ("kept" if served else "unused"), 0, ""


def _running(case: Case) -> Running:
    section = case.path.split(".")[0]
    if section == "cases":
        return _answered(case)
    if section == "minors":
        return case.seen.guardians
    kinds = case.seen.requests if section == "rights" else case.seen.duties
    found = kinds.get(case.name or section, Running())
    if section == "questions":  # a use that its person does not recognise is a question too, with this clock
        disputed = case.seen.requests.get("dispute", Running())
        return _both(_both(found, disputed), _waiting(case, case.seen.asked, _promised(case)))
    return _both(found, case.seen.erasures) if case.path.startswith("rights.erasure") else found


def _answered(case: Case) -> Running:
    """Say how many cases of a kind wait, and how many are past the time that was promised for them."""
    within = case.notice.cases[case.name].within if case.name in case.notice.cases else None
    return _waiting(case, case.seen.cases.get(case.name, Waiting()), within)


def _promised(case: Case) -> Duration | None:
    return case.notice.questions.within if case.notice.questions else None


def _waiting(case: Case, found: Waiting, within: Duration | None) -> Running:
    """Count what waits by what was promised when it opened: a later version moves no clock that runs."""
    days = calendar(case.notice)
    dues = [
        due or (after(opened, within, days) if within else 0)
        for opened, due in zip(found.opened, found.due, strict=True)
    ]
    first = min((due for due in dues if due), default=0)
    return Running(len(dues), sum(0 < due < case.now for due in dues), first)


def _both(one: Running, other: Running) -> Running:
    due = [running.due for running in (one, other) if running.open]
    return Running(one.open + other.open, one.overdue + other.overdue, min(due, default=0))


def _verbs(case: Case) -> tuple[str, ...]:
    return _SERVED.get(case.name, ()) if case.path.startswith("rights.") else ()


def _ended(case: Case, what: str) -> Count:
    """A right and its clock speak of the same requests, whichever of the two paths the act counted under."""
    stem = case.path.removesuffix(".within")
    return max((case.seen.count(path, what) for path in (stem, f"{stem}.within")), key=lambda count: count.n)


def again(case: Case) -> Verdict:
    """Judge what is promised at a rhythm: kept while the newest is younger than it, broken when it is overdue."""
    every = _every(case)
    newest = max(case.newest(OK), case.newest(ATTESTED))
    grades: tuple[Grade, ...] = ("attested",) if case.newest(ATTESTED) > case.newest(OK) else ("observed",)
    figures: Evidence = case.looks() | {"next_at": (newest + length(every)) if newest and every else 0}
    if not newest:
        return Verdict("unused", "unused", ("observed",), Coverage(0, 1, "checks"), figures)
    if every and newest + length(every) + _grace(every) < case.now:
        late = newest + length(every)
        return Verdict("broken", "again", grades, Coverage(0, 1, "checks"), figures, since=late, cause="not_repeated")
    return Verdict("kept", "again", grades, Coverage(1, 1, "checks"), figures)


def _grace(every: Duration) -> int:
    """A daily watch runs at some hour of each day: a tenth of the rhythm may pass before it counts as missed."""
    return length(every) // 10


def _every(case: Case) -> Duration | None:
    """Return the rhythm the notice declares at this path, whatever it is called there."""
    thing: object = case.notice
    for key in case.path.split("."):
        thing = thing.get(key) if isinstance(thing, dict) else getattr(thing, key, None)
    for name in ("every", "attested", "probe"):
        found = getattr(thing, name, None)
        if isinstance(found, Duration):
            return found
    return thing if isinstance(thing, Duration) else None
