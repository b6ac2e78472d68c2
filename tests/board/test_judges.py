"""Judges one by one: what makes a promise kept, due, broken, gap, unproven or unused, and what never can."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tepati.board.facts import Agreement, Log, Running, Seen, Staff, Waiting
from tepati.board.judges import JUDGES, judge, judge_of
from tepati.board.judges.door import PROOF_DAYS
from tepati.board.say import sentence
from tepati.board.tally import LEDGER, MISSING
from tepati.board.troubles import overlay
from tepati.board.verdict import CLEAN, STATES, Case, worse
from tepati.notice.values import Duration
from tepati.registers.counters import DONE, LATE, WHOLE, Count
from tepati.registers.observations import BROKEN, OK, REPAIRED, TAMPERED, Observation
from tests.board.conftest import Made

NOW = 1_800_000_000_000_000
HOUR = 3_600_000_000
DAY = 24 * HOUR


def heard(notice, path, now=NOW, **seen):
    case = Case(Made(path), notice, Seen(**seen), now)
    return overlay(case, judge(case))


def looked(days, at=NOW, **outcomes):
    """Count looks from outside, on so many days, the newest now."""
    return {"seen.ok": Count(days, at), "days.ok": Count(days, at)} | outcomes


# --- the door


@pytest.mark.parametrize("path", ["points.booking", "roles.cleaner", "purposes.orders", "points", "roles", "purposes"])
def test_what_the_door_answered_for_is_kept(notice, path) -> None:
    thing = path if "." in path else f"{path}.{next(iter(getattr(notice, path)))}"
    kept = heard(notice, path, counts={thing: {"look.allowed": Count(12, 40), "look.refused": Count(3, 41)}})
    assert (kept.state, kept.evidence["allowed"], kept.evidence["refused"], kept.lines) == ("kept", 12, 3, (40, 41))
    assert heard(notice, path).state == "unused"


def test_a_section_says_how_much_of_it_was_exercised(notice) -> None:
    verdict = heard(notice, "roles", counts={"roles.cleaner": {"look.allowed": Count(1, 1)}})
    assert str(verdict.coverage) == f"1 of {len(notice.roles)} paths"


def test_a_line_for_a_purpose_is_one_in_the_section(notice) -> None:
    """A use refused by the section itself, for an undeclared purpose, is counted under that purpose already."""
    both = {"purposes": {"look.refused": Count(2, 5)}, "purposes.spying": {"look.refused": Count(2, 5)}}
    assert heard(notice, "purposes", counts=both).evidence["refused"] == 2


def test_data_terms_and_showing_are_exercised_at_their_points(notice) -> None:
    counts = {"points.booking": {"collect.done": Count(4, 9)}}
    for path in ("data.identity", "terms.service", "notice.shown", "cases.booking", "minors", "points.booking.age"):
        assert heard(notice, path, counts=counts).state == "kept", path
    for path in ("data.usage", "data.staff", "cases.visit"):
        assert heard(notice, path, counts=counts).state == "unused", path


def test_a_place_once_stored_finer_than_promised_is_not_called_kept(notice) -> None:
    """An older version promised less; what it let in may lie there until its end."""
    path, held = "data.location.fields.address", notice.data["location"]
    fields = held.fields | {"address": replace(held.fields["address"], type="location", precision=10_000)}
    said = replace(notice, data=notice.data | {"location": replace(held, fields=fields)})
    for finest, state in ((10_000, "kept"), (1_000, "unproven")):
        counts = {path: {f"stored.{finest}": Count(2, NOW), "stored.20000": Count(1, NOW)}}
        judged = heard(said, path, counts=counts)
        assert (judged.state, judged.evidence["finest"], judged.evidence["stored"]) == (state, finest, 3)
    assert heard(said, path).state == "unused"


def test_a_queued_letter_and_a_persons_no_are_no_use(notice) -> None:
    counts = {
        "messages.offer": {"send.queued": Count(30, 1), "send.allowed": Count(20, 2)},
        "consents.offers_by_email": {
            "agree.given": Count(11, 3), "agree.refused_by_person": Count(5, 4), "withdraw.withdrawn": Count(2, 5),
            "send.refused": Count(9, 6),
        },
    }  # fmt: skip
    assert heard(notice, "messages.offer", counts=counts).evidence["allowed"] == 20
    consent = heard(notice, "consents.offers_by_email", counts=counts)
    assert [consent.evidence[k] for k in ("given", "declined", "withdrawn", "refused")] == [11, 5, 2, 9]


# --- what leaves the company


LEAVING = ["recipients", "recipients.payment_provider", "endpoints", "never.sale", "never.payment_elsewhere"]


@given(st.sampled_from(LEAVING), st.integers(0, 10**6), st.integers(0, 10**6))
def test_counts_alone_never_keep_what_leaves(notice, path, allowed, refused) -> None:
    """T10 A4 W1 W7 W12 F5 S8: however many lines, without a live observation it is unproven."""
    counts = {path: {"share.allowed": Count(allowed, 1), "share.refused": Count(refused, 1)}}
    assert heard(notice, path, counts=counts).state == "unproven"


def test_what_leaves_is_kept_after_thirty_watched_days_and_only_while_watched(notice) -> None:
    path = "never.sale"
    assert heard(notice, path, counts={path: looked(PROOF_DAYS - 1)}).state == "unproven"
    kept = heard(notice, path, counts={path: looked(PROOF_DAYS)})
    assert (kept.state, "observed" in kept.grades) == ("kept", True)
    assert heard(notice, path, NOW + 3 * DAY, counts={path: looked(PROOF_DAYS)}).state == "unproven"


def test_sent_mail_is_unproven_until_a_mailbox_was_looked_into(notice) -> None:
    sent = {"send.allowed": Count(5, 5)}
    assert heard(notice, "messages.offer", counts={"messages.offer": sent}).state == "unproven"
    assert heard(notice, "messages.offer", counts={"messages.offer": sent | looked(1)}).state == "kept"
    assert heard(notice, "messages.offer").state == "unused"


def test_no_other_mail_is_kept_when_every_message_sent_was_watched(notice) -> None:
    """A decoy that gets offers says nothing of what is sent with bookings."""
    sent = {"send.allowed": Count(5, 5)}
    half = heard(notice, "messages", counts={"messages.offer": sent | looked(1), "messages.confirmed": sent})
    assert (half.state, str(half.coverage)) == ("unproven", "1 of 2 paths")
    assert heard(notice, "messages", counts={"messages.offer": sent | looked(1)}).state == "kept"


def test_our_own_attempts_do_not_swell_the_refusals(notice) -> None:
    """One synthetic attempt a day is no evidence that anybody else was refused."""
    counts = {"consents.offers_by_email": {"send.refused": Count(2, 3), "watch.refused": Count(30, 9)}}
    for path in ("consents.offers_by_email", "consents"):
        evidence = heard(notice, path, counts=counts).evidence
        assert (evidence["refused"], evidence["attempts"]) == (2, 30)
    assert heard(notice, "never.sale", counts={"never.sale": {"watch.refused": Count(3, 9)}}).evidence["attempts"] == 3


def test_a_booking_and_its_confirmation_are_one(notice) -> None:
    counts = {"points.booking": {"collect.done": Count(14, 3), "confirm.done": Count(13, 8)}}
    assert heard(notice, "points.booking", counts=counts).evidence["allowed"] == 14


# --- clocks


def test_a_clock_runs_is_kept_or_is_broken(notice) -> None:
    path = "rights.access.within"
    assert heard(notice, path).state == "unused"
    assert heard(notice, path, requests={"access": Running(2, 0, NOW + HOUR)}).state == "due"
    late = heard(notice, path, requests={"access": Running(2, 1, NOW - HOUR)})
    assert (late.state, late.cause, late.since) == ("broken", "overdue", NOW - HOUR)
    done = heard(notice, path, counts={path: {DONE: Count(3, 41 * HOUR)}})
    assert (done.state, done.evidence["done"], done.evidence["longest_took"]) == ("kept", 3, 41 * HOUR)
    assert heard(notice, "rights.access", counts={path: {DONE: Count(3, 41 * HOUR)}}).state == "kept"


def test_a_late_answer_is_broken_for_ninety_days(notice) -> None:
    path = "rights.access.within"
    counts = {path: {DONE: Count(3, 79 * HOUR), LATE: Count(1, NOW)}}
    late = heard(notice, path, counts=counts)
    assert (late.state, late.cause, late.repair) == ("broken", "late", "done_late")
    assert heard(notice, path, NOW + CLEAN - 1, counts=counts).state == "broken"
    assert heard(notice, path, NOW + CLEAN, counts=counts).state == "kept"


def test_the_clock_of_an_erasure_runs_until_the_key_is_destroyed(notice) -> None:
    """The person's request is gone with the person; the certificate's clock is not."""
    running = heard(notice, "rights.erasure.within", erasures=Running(1, 0, NOW + DAY))
    assert (running.state, running.evidence["open"]) == ("due", 1)
    late = heard(
        notice, "rights.erasure", erasures=Running(1, 1, NOW - 1), requests={"erasure": Running(2, 0, NOW + DAY)}
    )
    assert (late.state, late.evidence["open"], late.since) == ("broken", 3, NOW - 1)


def test_a_use_that_is_questioned_runs_under_the_clock_of_questions(notice):
    """Nobody forgets it: the board shows the dispute whose end has passed."""
    running = heard(notice, "questions.within", requests={"dispute": Running(1, 0, NOW + DAY)})
    late = heard(notice, "questions.within", requests={"dispute": Running(1, 1, NOW - 1)})
    assert (running.state, late.state) == ("due", "broken")


def test_a_question_that_was_written_in_runs_under_it_too(notice):
    assert heard(notice, "questions.within", asked=Waiting((NOW, NOW), (0, 0))).evidence["open"] == 2
    late = heard(notice, "questions.within", asked=Waiting((NOW - 30 * DAY,), (0,)))
    assert (late.state, late.cause) == ("broken", "overdue")


def test_what_was_promised_when_a_case_opened_is_what_is_judged(notice):
    """A version in force since that is slower puts nothing off, one that is faster breaks nothing."""
    early = heard(notice, "questions.within", asked=Waiting((NOW - DAY, NOW - DAY), (NOW - HOUR, NOW + DAY)))
    assert (early.state, early.evidence["open"], early.evidence["overdue"]) == ("broken", 2, 1)
    assert early.since == NOW - HOUR
    long = heard(notice, "questions.within", asked=Waiting((NOW - 30 * DAY,), (NOW + HOUR,)))
    assert (long.state, long.evidence["next_at"]) == ("due", NOW + HOUR)


def test_erasures_done_are_served(notice) -> None:
    counts = {WHOLE: {"erase.erased": Count(4, 77), "request.received": Count(9, 80)}}
    verdict = heard(notice, "rights.erasure", counts=counts)
    assert (verdict.state, verdict.evidence["done"], verdict.lines) == ("kept", 4, (77,))


def test_what_is_promised_at_a_rhythm_breaks_when_it_stops(notice) -> None:
    """security.audit: every 30 days."""
    path = "security.audit"
    assert heard(notice, path).state == "unused"
    assert heard(notice, path, counts={path: looked(1, NOW - 29 * DAY)}).state == "kept"
    assert heard(notice, path, counts={path: looked(1, NOW - 34 * DAY)}).state == "broken"


# --- what is held


def test_retention(notice) -> None:
    held = {"last_end": NOW + DAY, "counts": {"points.booking": {"collect.done": Count(1, 1)}}}
    assert heard(notice, "retention").state == "unused"
    assert heard(notice, "retention", **held).state == "kept"
    assert heard(notice, "retention", endless=1, **held).state == "gap"
    late = heard(notice, "retention", overdue={"location": 3}, **held)
    assert (late.state, str(late.coverage)) == (
        "broken",
        f"{len(notice.retention) - 1} of {len(notice.retention)} categories",
    )
    assert heard(notice, "retention.location", overdue={"location": 3}, **held).state == "broken"
    assert heard(notice, "retention.identity", overdue={"location": 3}, **held).state == "kept"
    assert heard(notice, "retention.complaint", **held).state == "unused", "no complaint was ever taken"
    swept = {"retention.location": {"end.ended": Count(6, 8)}}
    assert heard(notice, "retention", counts=swept).evidence["ended"] == 6


def test_sealing_at_rest_is_unproven_without_a_byte_scan(notice) -> None:
    assert heard(notice, "security.storage").state == "unproven"
    assert heard(notice, "security.storage", counts={"security.storage": looked(1)}).state == "kept"


def test_the_ledger(notice) -> None:
    path = "accountability.ledger"
    log = Log(size=9, at=NOW, tallied=9)
    assert heard(notice, path).state == "unused"
    assert heard(notice, path, log=log).state == "unproven", "nothing but a witness stops a full rewrite"
    assert heard(notice, path, log=log, witnesses={"w": (9, NOW)}).state == "kept"
    hurt = heard(notice, path, log=log, counts={LEDGER: {MISSING: Count(1, NOW)}}, witnesses={"w": (9, NOW)})
    assert (hurt.state, hurt.cause) == ("gap", "ledger_hurt")
    stuck = heard(notice, path, log=Log(9, NOW, 3, NOW - HOUR, 9))
    assert (stuck.state, stuck.cause) == ("broken", "ledger_waits")


# --- people and papers


def test_undertakings(notice) -> None:
    path = "accountability.supervision"
    assert heard(notice, path).state == "unused"
    kept = heard(notice, path, staff=Staff(3, 2, NOW + 30 * DAY))
    assert (kept.state, str(kept.coverage), kept.grades) == ("kept", "2 of 3 people", ("enforced", "attested"))
    assert heard(notice, path, staff=Staff(3, 3, NOW - 1)).state == "broken"


def test_agreements(notice) -> None:
    path = "recipients.mailer.agreement"
    assert heard(notice, path).state == "unproven"
    assert heard(notice, path, agreements={"mailer": Agreement(NOW - DAY, 0, "x")}).state == "kept"
    assert heard(notice, path, agreements={"mailer": Agreement(NOW - DAY, NOW - 1, "x")}).state == "broken"


def test_a_hold_is_attested_by_whom_and_when(notice) -> None:
    verdict = heard(notice, "retention.identity.hold")
    assert (verdict.state, verdict.grades, verdict.evidence["by"]) == ("kept", ("attested",), "direktur")


def test_a_hold_counts_what_it_kept_and_the_life_counts_that_apart(notice) -> None:
    """What is kept for another law did not end; it is no fault, and it is told."""
    counts = {
        "retention.payment": {"end.ended": Count(3, 7)},
        "retention.payment.hold": {"end.held": Count(2, 9)},
    }
    hold = heard(notice, "retention.payment.hold", counts=counts)
    assert (hold.state, hold.says, hold.evidence["held"], hold.lines) == ("kept", "hold", 2, (9,))
    assert hold.grades == ("enforced", "attested")
    for path in ("retention.payment", "retention"):
        life = heard(notice, path, counts=counts)
        assert (life.state, life.evidence["ended"], life.evidence["held"]) == ("kept", 3, 2)
    late = heard(notice, "retention.payment", counts=counts, overdue={"payment": 1})
    assert late.state == "broken", "a hold that is over and not destroyed is an end that passed"


def test_decoys_need_all_four_kinds_and_a_watch(notice) -> None:
    path = "security.decoys"
    four = dict.fromkeys(["order_only", "unticked", "withdrawn", "unshared"], 1)
    assert heard(notice, path, decoys=four).state == "unused"
    assert heard(notice, path, decoys=four, counts={path: looked(1)}).state == "kept"
    assert heard(notice, path, decoys={"unticked": 9}, counts={path: looked(1)}).state == "unproven"
    assert heard(notice, path, NOW + 2 * DAY, decoys=four, counts={path: looked(1)}).state == "broken"


# --- troubles


def seen_at(outcome, at, detail="what_was_seen", path="points.booking"):
    return Observation(path, at, outcome, detail)


FINE = {"points.booking": {"collect.done": Count(1, 1)}}


@pytest.mark.parametrize(("outcome", "state"), [(BROKEN, "broken"), (TAMPERED, "gap"), ("undeclared", "gap")])
def test_trouble_stays_until_ninety_clean_days_after_its_repair(notice, outcome, state) -> None:
    bad = seen_at(outcome, NOW - 500 * DAY)
    unmended = heard(notice, "points.booking", counts=FINE, troubles=(bad,))
    assert (unmended.state, unmended.since, unmended.repair) == (state, bad.at, ""), "time alone mends nothing"
    mended = (bad, seen_at(REPAIRED, NOW, "two_paths"))
    repaired = heard(notice, "points.booking", NOW + CLEAN - 1, counts=FINE, troubles=mended)
    assert (repaired.state, repaired.cause, repaired.repair) == (state, "what_was_seen", "two_paths")
    assert heard(notice, "points.booking", NOW + CLEAN, counts=FINE, troubles=mended).state == "kept"


def test_trouble_after_the_repair_is_new_trouble(notice) -> None:
    again = (seen_at(REPAIRED, NOW - 200 * DAY), seen_at(BROKEN, NOW - DAY))
    assert heard(notice, "points.booking", counts=FINE, troubles=again).state == "broken"


def test_trouble_is_found_in_the_sums_when_newer_ones_have_pushed_it_out(notice) -> None:
    """A thousand alarms at one promise cannot hide an old one at another."""
    counts = {"points.booking": {"collect.done": Count(1, 1), f"seen.{TAMPERED}": Count(1, NOW - 99 * DAY)}}
    assert heard(notice, "points.booking", counts=counts).state == "gap"


def test_trouble_elsewhere_is_not_trouble_here(notice) -> None:
    here = heard(notice, "points.booking", counts=FINE, troubles=(seen_at(BROKEN, NOW, path="points.complaint"),))
    assert here.state == "kept"


states = st.sampled_from(STATES)


@given(states, states, states)
def test_states_are_a_lattice(a, b, c) -> None:
    """The worse of states does not depend on the order in which they are heard."""
    assert worse(a, b) == worse(b, a)
    assert worse(a, worse(b, c)) == worse(worse(a, b), c)
    assert worse(a, a) == a
    assert worse(a, "kept") == a


@given(st.sampled_from([BROKEN, TAMPERED]), st.integers(1, 400))
def test_no_verdict_hides_trouble(notice, outcome, days) -> None:
    for path in ("points.booking", "rights.access", "security.storage", "never.sale", "statistics"):
        verdict = heard(notice, path, troubles=(seen_at(outcome, NOW - days * DAY, path=path),))
        assert verdict.state == ("broken" if outcome == BROKEN else "gap")


def test_no_judge_is_out_of_reach() -> None:
    """No pattern stands behind a wider one that takes everything it could judge."""
    for i, (pattern, _) in enumerate(JUDGES):
        sample = pattern.replace("*", "x")
        assert [p for p, _ in JUDGES[:i] if fnmatchcase(sample, p)] == [], pattern


def test_a_path_nobody_knows_is_never_kept_by_default(notice) -> None:
    assert judge_of("something.new")
    assert heard(notice, "something.new").state == "unused"


def test_ok_looks_do_not_keep_a_promise_nobody_exercised(notice) -> None:
    assert heard(notice, "roles.cleaner", counts={"roles.cleaner": {f"seen.{OK}": Count(3, NOW)}}).state == "unused"


# --- a pilot


def test_what_is_only_observed_is_never_kept(notice) -> None:
    """Under ``enforce: observe`` the board says *observed*, and how often the door would have refused."""
    pilot = replace(
        notice, purposes=notice.purposes | {"orders": replace(notice.purposes["orders"], enforce="observe")}
    )
    counts = {
        "purposes.orders": {"look.allowed": Count(7, 1), "look.observed": Count(2, 2)},
        "roles.dispatcher": {"look.allowed": Count(7, 1)},
        "purposes.service": {"look.allowed": Count(3, 3)},
    }
    for path in ("purposes.orders", "purposes", "roles.dispatcher"):
        verdict = heard(pilot, path, counts=counts)
        assert (verdict.state, verdict.says, verdict.grades) == ("unproven", "piloted", ("observed",)), path
        assert heard(notice, path, counts=counts).state == "kept"
    assert heard(pilot, "purposes.orders", counts=counts).evidence["would"] == 2
    assert heard(pilot, "purposes.service", counts=counts).state == "kept"
    assert heard(pilot, "purposes.orders").state == "unused"
    assert "2 would have been refused" in sentence("piloted", {"allowed": 7, "would": 2}, "Asia/Jakarta").en


def test_what_is_to_be_renewed_is_judged_by_its_newest_paper(notice) -> None:
    """``agreement.renew`` and an assessment's ``every``: broken from the day they ran out, though nobody set an end."""
    path = "recipients.mailer.agreement"
    yearly = replace(notice.recipients["mailer"].agreement, renew=Duration(1, "year"))
    mailer = replace(notice.recipients["mailer"], agreement=yearly)
    renewed = replace(notice, recipients={**notice.recipients, "mailer": mailer})
    assert heard(renewed, path, agreements={"mailer": Agreement(NOW - 300 * DAY, 0, "x")}).state == "kept"
    late = heard(renewed, path, agreements={"mailer": Agreement(NOW - 400 * DAY, 0, "x")})
    assert (late.state, late.cause) == ("broken", "paper_over")
    path = "accountability.impact_assessments.payments"  # of 20 July 2026, half a year ago
    rule = notice.accountability
    for months, state in ((12, "kept"), (3, "broken")):
        again = replace(rule.impact_assessments["payments"], every=Duration(months, "month"))
        kept = replace(rule, impact_assessments={"payments": again})
        assert heard(replace(notice, accountability=kept), path).state == state


def test_a_witness_that_the_notice_names_is_the_one_that_counts(notice) -> None:
    """Another witness than the named one leaves the ledger unproven."""
    rule = replace(notice.accountability, ledger=replace(notice.accountability.ledger, witness="saksi.example"))
    log = Log(size=9, tallied=9, at=NOW)
    for name, state in (("saksi.example", "kept"), ("lain.example", "unproven")):
        found = heard(
            replace(notice, accountability=rule), "accountability.ledger", log=log, witnesses={name: (9, NOW)}
        )
        assert found.state == state
