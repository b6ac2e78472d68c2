"""What broke is not forgotten when it is mended, and is written down once however often the watch runs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.board.board import judged
from tepati.board.examination import Check, looks
from tepati.board.facts import Running, Seen
from tepati.board.remember import OVER, Change, changes, examined, remember
from tepati.board.verdict import CLEAN
from tepati.registers.observations import BROKEN, REPAIRED, Observation
from tests.board.conftest import Made
from tests.board.test_story import confirmed, told
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures

NOW = 1_800_000_000_000_000
DAY = 86_400_000_000
MADE = (Made("rights.access.within"), Made("retention"), Made("points.booking"))


def after(seen, found, at):
    """Write the changes down as ``remember`` does."""
    new = tuple(Observation(c.promise, at, c.outcome, c.detail) for c in found)
    return replace(seen, troubles=seen.troubles + new)


def test_overdue_then_done_stays_for_ninety_days(notice) -> None:
    late = Seen(requests={"access": Running(1, 1, NOW - 1)})
    found = changes(notice, MADE, late, NOW)
    assert found == [Change("rights.access.within", BROKEN, "overdue")]
    late = after(late, found, NOW)
    assert changes(notice, MADE, late, NOW + 1) == [], "once"
    done = replace(late, requests={})
    found = changes(notice, MADE, done, NOW + DAY)
    assert found == [Change("rights.access.within", REPAIRED, OVER)]
    done = after(done, found, NOW + DAY)
    assert changes(notice, MADE, done, NOW + 2 * DAY) == []
    row = judged(notice, MADE[:1], done, NOW + DAY + CLEAN - 1).rows[0]
    assert (row.state, bool(row.repair.id)) == ("broken", True)
    assert judged(notice, MADE[:1], done, NOW + DAY + CLEAN).rows[0].state == "unused"


def test_what_was_seen_outside_is_not_mended_by_silence(notice) -> None:
    """Only somebody who says how ends what a decoy found."""
    seen = Seen(troubles=(Observation("points.booking", NOW - DAY, BROKEN, "mail that should not come"),))
    assert changes(notice, MADE, seen, NOW) == []


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_each_breach_and_each_repair_is_written_once(notice, days) -> None:
    """Over any course of days, entries alternate: broken, repaired, broken ..."""
    seen, written = Seen(), []
    for i, bad in enumerate(days):
        at = NOW + i * DAY
        seen = replace(seen, overdue={"location": 1} if bad else {}, last_end=at)
        found = changes(notice, MADE, seen, at)
        seen = after(seen, found, at)
        written += [c.outcome for c in found]
    flips = [b for i, b in enumerate(days) if b != (days[i - 1] if i else False)]
    assert written == [BROKEN if bad else REPAIRED for bad in flips]


async def test_what_doctor_saw_is_a_look_from_outside(desk, post) -> None:  # noqa: F811
    checks = [Check("endpoint", "ok", {}, "mail_relay"), Check("relay_tls", "fail", {}, "x"), Check("dumps", "fail")]
    assert await examined(desk, checks) == 3
    rows = await told(desk)
    assert rows["endpoints.mail_relay"].evidence["watched_days"] == 1
    assert rows["endpoints"].evidence["observed"] == 1
    assert rows["security.transport"].state == "broken"


def test_one_undeclared_endpoint_is_a_gap_in_the_whole_list() -> None:
    found = looks([Check("endpoint", "ok", {}, "mail_relay"), Check("endpoint", "fail", {}, "database")])
    assert ("endpoints", "undeclared", "endpoint") in found


@pytest.mark.promise("F6")
async def test_an_end_that_passed_is_written_into_the_ledger(desk, post) -> None:  # noqa: F811
    """Nobody sweeps: the board says so, the watch writes it down, a second watch adds nothing."""
    await confirmed(desk, post)
    desk.now.forward(days=5 * 365)
    assert {c.promise for c in await remember(desk)} >= {"retention", "retention.identity", "retention.location"}
    assert await remember(desk) == []
    rows = await told(desk)
    assert rows["retention"].state == "broken"
    assert rows["retention"].evidence["ended"] == 0, "the watch's own line is no act of the sweep"


def test_a_sealed_relay_alone_does_not_prove_transport() -> None:
    assert looks([Check("relay_tls", "ok", {}, "x")]) == []
