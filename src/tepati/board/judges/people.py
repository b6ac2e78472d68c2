"""Room board: promises that rest on named people and papers: undertakings, agreements, holds, assessments, officers."""

import datetime as dt
from dataclasses import replace

from tepati.board.verdict import Case, Coverage, Evidence, Verdict, length, used
from tepati.notice.model import Recipient
from tepati.notice.values import Text
from tepati.registers.observations import ATTESTED


def undertaking(case: Case) -> Verdict:
    """Judge confidentiality: the door opens nothing before the signature, so who has not signed has no access."""
    staff, ends = case.seen.staff, case.seen.staff.until
    figures: Evidence = {"active": staff.active, "signed": staff.signed, "next_at": ends}
    coverage = Coverage(staff.signed, staff.active, "people")
    if not staff.signed:
        return Verdict("unused", "unused", ("attested",), coverage, figures)
    if ends < case.now:
        return Verdict("broken", "undertaking", ("attested",), coverage, figures, since=ends, cause="undertaking_over")
    return Verdict("kept", "undertaking", ("enforced", "attested"), coverage, figures)


def agreement(case: Case) -> Verdict:
    """Judge one recipient's agreement: attested by the paper in the register, refused at the relay without it."""
    found = case.seen.agreements.get(case.name)
    until = _renewed(case, found.since, found.until) if found else 0
    figures: Evidence = {"since_at": found.since if found else 0, "next_at": until}
    if found is None:
        return Verdict("unproven", "no_paper", (), Coverage(0, 1, "agreements"), figures)
    if until and until < case.now:
        return Verdict("broken", "paper", ("attested",), Coverage(0, 1, "agreements"), figures, (), until, "paper_over")
    return Verdict("kept", "paper", ("enforced", "attested"), Coverage(1, 1, "agreements"), figures)


def _renewed(case: Case, since: int, until: int) -> int:
    """Give the end of a paper: its own, or sooner where the notice promises that it is renewed; 0: none."""
    recipient = case.notice.recipients.get(case.name)
    renew = recipient.agreement.renew if recipient and recipient.agreement else None
    ends = [end for end in (until, since + length(renew) if renew else 0) if end]
    return min(ends, default=0)


def transfer(case: Case) -> Verdict:
    """Judge a transfer abroad: the step of Art. 56 rests on a document somebody assessed on a date."""
    recipient: Recipient | None = case.notice.recipients.get(case.name)
    step = recipient.transfer if recipient else None
    return _attested(case, "", step.assessed if step else None)


def hold(case: Case) -> Verdict:
    """Judge a hold: a recorded decision with its reading of the law, by a named function, on a date.

    Its occasions are the ends at which it kept something: sealed anew, so that the door opens it for its rule alone.
    """
    found = case.notice.retention[case.name].hold
    verdict = _attested(case, _both(found.by), found.on) if found else _attested(case, "", None)
    held = used(case.seen, (case.path,), "end")
    if verdict.state != "kept" or not held.allowed:
        return verdict
    figures: Evidence = {**verdict.evidence, "held": held.allowed}
    return replace(verdict, says="hold", grades=("enforced", "attested"), evidence=figures, lines=held.lines)


def assessment(case: Case) -> Verdict:
    """Judge an impact assessment (UU PDP Art. 34): who, when, with which result."""
    made = case.notice.accountability.impact_assessments
    *_, name = case.path.split(".")
    found = made.get(name) or max(made.values(), key=lambda one: one.on, default=None)
    verdict = _attested(case, _both(found.by), found.on) if found else _attested(case, "", None)
    if found and found.every:
        verdict = _again(case, verdict, length(found.every))
    return verdict if name in made else replace(verdict, coverage=Coverage(len(made), len(made), "statements"))


def _again(case: Case, verdict: Verdict, every: int) -> Verdict:
    """Judge a statement that was to be made again after so long (microseconds)."""
    over = int(verdict.evidence["signed_at"]) + every
    verdict = replace(verdict, evidence={**verdict.evidence, "next_at": over})
    return replace(verdict, state="broken", since=over, cause="not_repeated") if over < case.now else verdict


def officer(case: Case) -> Verdict:
    """Judge the officer: somebody is named, or the reason why none is due stands in the notice."""
    found = case.notice.accountability.officer
    figures: Evidence = {"by": found.name if found else ""}
    if found is None or not (found.name or found.because):
        return Verdict("unproven", "nobody_named", (), Coverage(0, 1, "people"), figures)
    if not found.name and found.because:
        figures |= {"because_id": found.because.id, "because_en": found.because.en}
    says = "officer" if found.name else "officer_not_due"
    return Verdict("kept", says, ("attested",), Coverage(1, 1, "people"), figures)


def second_look(case: Case) -> Verdict:
    """Judge the second look: the ledger counts what was drawn, the register what waits; a missing row is found."""
    drawn, doubted = (case.seen.count(case.path, f"recheck.{word}").n for word in ("drawn", "not_in_order"))
    rows = case.seen.rechecks
    figures: Evidence = {"done": rows.drawn - rows.open, "doubted": doubted, "open": rows.open,
                         "overdue": rows.overdue, "next_at": rows.due}  # fmt: skip
    if not rows.drawn and not drawn:
        return Verdict("unused", "unused", evidence=figures)
    coverage = Coverage(rows.drawn - rows.open, max(rows.drawn, drawn), "looks")
    verdict = Verdict("due" if rows.open else "kept", "second_look", ("enforced", "attested"), coverage, figures)
    if rows.drawn < drawn:
        return replace(verdict, state="gap", cause="recheck_gone")
    if rows.overdue:
        return replace(verdict, state="broken", since=rows.due, cause="recheck_late")
    return verdict


def _both(said: Text) -> str:
    return said.id if said.id == said.en else f"{said.id} / {said.en}"


def _attested(case: Case, by: str, on: dt.date | None) -> Verdict:
    at = int(dt.datetime(on.year, on.month, on.day, tzinfo=dt.UTC).timestamp()) * 1_000_000 if on else 0
    at = max(at, case.newest(ATTESTED))
    figures: Evidence = {"by": by, "signed_at": at}
    if not at:
        return Verdict("unproven", "nobody_named", (), Coverage(0, 1, "statements"), figures)
    return Verdict("kept", "attested", ("attested",), Coverage(1, 1, "statements"), figures)
