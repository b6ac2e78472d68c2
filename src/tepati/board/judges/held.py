"""Room board: what is held and for how long, how it is sealed, and the ledger itself."""

from tepati.board.tally import LEDGER, MISSING, UNREADABLE
from tepati.board.verdict import DAY, Case, Coverage, Evidence, Grade, Verdict, under, used
from tepati.notice.values import Duration
from tepati.registers.observations import OK

LAG = 5 * 60_000_000  # a line that waits longer than this (microseconds) means: the sequencer is dead
ROLL = 2 * DAY  # epoch keys change daily: two days without is a stopped clock


def life(case: Case) -> Verdict:
    """Judge retention: no record without an end, none held past it; the sweep's acts are the links."""
    seen = case.seen
    late = {c: n for c, n in seen.overdue.items() if not case.name or c == case.name}
    paths = under(seen, case.path)
    ended = used(seen, tuple(p for p in paths if not p.endswith(".hold")))
    held = used(seen, tuple(p for p in paths if p.endswith(".hold")))
    figures: Evidence = {
        "overdue": sum(late.values()), "endless": seen.endless, "ended": ended.allowed, "last_at": seen.last_end,
        "observed": case.times(OK), "held": held.allowed,
    }  # fmt: skip
    categories = (case.name,) if case.name else tuple(case.notice.retention)
    coverage = Coverage(len(categories) - len(late), len(categories), "categories")
    grades: tuple[Grade, ...] = ("enforced", "observed") if case.fresh() else ("enforced",)
    says = "life_one" if case.name else "life"
    if late:
        return Verdict("broken", says, grades, coverage, figures, ended.lines, case.now - DAY, "past_end")
    if seen.endless:
        return Verdict("gap", says, grades, coverage, figures, ended.lines, cause="without_end")
    if not ended.allowed and not held.allowed and not _holds(case):
        return Verdict("unused", "nothing_held", ("enforced",), coverage._replace(n=0), figures)
    return Verdict("kept", says, grades, coverage, figures, ended.lines)


def _holds(case: Case) -> bool:
    """Say whether anything is held: of this category, what came in at a point that collects it."""
    if not case.name:
        return bool(case.seen.last_end)
    points = case.notice.points
    through = [n for n, point in points.items() if any(f.startswith(f"{case.name}.") for f in point.collects)]
    return bool(case.seen.last_end and used(case.seen, tuple(f"points.{n}" for n in through)).allowed)


def storage(case: Case) -> Verdict:
    """Judge sealing at rest: every field is sealed by construction; kept only while a byte scan says so."""
    audit = case.notice.security.audit
    scanned = case.fresh(audit.every if audit else None)
    systems = 1 + len(case.notice.systems)
    figures = case.looks() | {"rolled_at": case.seen.epoch}
    covered = Coverage(1 if scanned else 0, systems, "systems")
    if scanned:
        return Verdict("kept", "storage", ("enforced", "observed"), covered, figures)
    return Verdict("unproven", "unwatched", ("enforced",), covered, figures)


def ledger(case: Case) -> Verdict:
    """Judge the ledger: every index has its line, nothing waits, an outside witness signed; and its limits are told."""
    log = case.seen.log
    missing, unreadable = case.seen.count(LEDGER, MISSING), case.seen.count(LEDGER, UNREADABLE)
    named = case.notice.accountability.ledger.witness  # where the notice names one, no other stands for it
    cosigned = {name: at for name, (_, at) in case.seen.witnesses.items() if name == named or not named}
    witnessed = max(cosigned.values(), default=0)
    figures: Evidence = {
        "log_lines": log.size, "missing": missing.n, "unreadable": unreadable.n, "waiting": log.pending,
        "head_at": log.at, "witnesses": len(cosigned), "witnessed_at": witnessed,
    }  # fmt: skip
    grades: tuple[Grade, ...] = ("enforced", "observed") if witnessed else ("enforced",)
    coverage = Coverage(min(log.tallied, log.size), log.size, "lines")
    if missing.n or unreadable.n:
        since = max(missing.worst, unreadable.worst)
        return Verdict("gap", "ledger", grades, coverage, figures, since=since, cause="ledger_hurt")
    if log.oldest and log.oldest + LAG < case.now:
        return Verdict("broken", "ledger", grades, coverage, figures, since=log.oldest, cause="ledger_waits")
    if not log.size:
        return Verdict("unused", "unused", ("enforced",), coverage, figures)
    state = "kept" if witnessed else "unproven"  # nothing but a witness stops a full rewrite
    return Verdict(state, "ledger", grades, coverage, figures)  # type: ignore[arg-type]


def proofs(case: Case) -> Verdict:
    """Judge how long proofs are kept: nothing of the log went missing since it began."""
    log = case.seen.log
    missing = case.seen.count(LEDGER, MISSING).n
    figures: Evidence = {"log_lines": log.size, "missing": missing}
    state = "gap" if missing else "kept" if log.size else "unused"
    cause = "ledger_hurt" if missing else ""
    says = "kept_lines" if log.size else "unused"
    return Verdict(state, says, ("enforced",), Coverage(1 if log.size else 0, 1), figures, cause=cause)  # type: ignore[arg-type]


def backups(case: Case) -> Verdict:
    """Judge backups: one younger than the declared life was seen, and read back."""
    kept = case.notice.security.backups
    fresh = case.fresh(Duration(max(1, kept.keep.count // 2), kept.keep.unit) if kept else None)
    covered = Coverage(1 if fresh else 0, 1, "checks")
    figures = case.looks()
    return Verdict("kept" if fresh else "unproven", "seen" if fresh else "unwatched", ("observed",), covered, figures)
