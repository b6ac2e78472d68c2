"""Clocks and ends follow the version that reached a person: no later version worsens what they were promised (W18)."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tepati.notice.load import load
from tepati.notice.values import Duration
from tepati.rules import promised, retention
from tepati.rules.facts import Dealing
from tepati.rules.policy import compile
from tepati.rules.succession import compiled
from tests.rules import worlds as w
from tests.rules.test_retention import CASE, DAY, NOTICE, NOW
from tests.rules.test_succession import numbered

replace = msgspec.structs.replace
lengths = st.builds(Duration, st.integers(1, 400), st.sampled_from(["hour", "day", "working_day", "month"]))
maybe = st.none() | lengths
CATEGORIES = sorted(NOTICE.retention)


@st.composite
def versions(draw, most=3):
    """Versions of the notice that differ in how long they keep, what they hold, and how fast they answer."""
    count = draw(st.integers(2, most))
    return [_version(draw, n) for n in range(1, count + 1)]


def _version(draw, n):
    kept = {category: _life(draw, life) for category, life in NOTICE.retention.items()}
    rights = {name: replace(right, within=draw(maybe)) for name, right in NOTICE.rights.items()}
    questions = replace(NOTICE.questions, within=draw(lengths)) if NOTICE.questions and draw(st.booleans()) else None
    return replace(numbered(NOTICE, n), retention=kept, rights=rights, questions=questions)


def _life(draw, life):
    changed = replace(life, for_=draw(lengths), longest=draw(lengths))
    if life.hold is None or not draw(st.booleans()):
        return replace(changed, hold=None)
    fields = frozenset(sorted(life.hold.fields)[: draw(st.integers(1, len(life.hold.fields)))])
    return replace(changed, hold=replace(life.hold, fields=fields, for_=draw(lengths)))


@pytest.mark.promise("W18")
@w.many
@given(versions(), st.sampled_from(CATEGORIES), st.integers(0, 3), st.sampled_from(["booking", "visit", ""]))
def test_whom_no_version_reached_it_keeps_nothing_longer(chain, category, closed, kind):
    """Told the first: the end is none later than that of any version since; told the newest, it is the newest's."""
    dealing = Dealing(kind, NOW, NOW + closed * DAY if closed else 0) if kind else None
    policy, each = compiled(chain), [compile(one) for one in chain]
    alone = [retention.due(one, category, NOW, dealing) for one in each]
    assert retention.due(policy, category, NOW, dealing, 1) == min(alone)
    assert retention.due(policy, category, NOW, dealing, len(chain)) == alone[-1]
    several = [dealing] if dealing else []
    spoken = [retention.last(one, category, NOW, several) for one in each]
    assert retention.last(policy, category, NOW, several, 1) == min(spoken)
    day = retention.ending(policy, category, NOW, CASE if kind else "", 1)
    assert (
        day == "person"
        or day.startswith("case:")
        or day
        <= min(
            retention.ending(one, category, NOW, "")
            for one in each
            if retention.ending(one, category, NOW, "") != "person"
        )
    )


@w.many
@given(versions(), st.sampled_from(CATEGORIES))
def test_nor_does_it_hold_more_or_longer(chain, category):
    """What other law keeps of somebody is what every version since the one they were told keeps."""
    alone = [retention.holds(compile(one), category, NOW) for one in chain]
    found = retention.holds(compiled(chain), category, NOW, 1)
    assert bool(found) == all(alone)
    for hold in found:
        for older in alone:
            assert hold.until <= older[0].until
            assert hold.fields <= older[0].fields
            assert hold.needs >= older[0].needs


@pytest.mark.promise("W18")
@w.many
@given(versions(), st.sampled_from([f"rights.{name}.within" for name in sorted(NOTICE.rights)]))
def test_whom_it_did_not_reach_a_right_is_no_slower(chain, path):
    """A right that got slower is answered as fast as before; one that got faster is so at once, for everybody."""
    alone = [promised.by(compile(one), path, NOW, 1) for one in chain]
    assert promised.by(compiled(chain), path, NOW, 1) == min(alone)
    assert promised.by(compiled(chain), path, NOW, len(chain)) == alone[-1]
    assert all(alone)


def test_a_question_that_is_promised_no_longer_keeps_its_clock_for_whom_that_did_not_reach():
    second = replace(numbered(NOTICE, 2), questions=None)
    policy = compiled([NOTICE, second])
    assert promised.by(policy, "questions.within", NOW, 2) == 0
    assert promised.by(policy, "questions.within", NOW, 1) == promised.by(compile(NOTICE), "questions.within", NOW, 1)


BARBER = (Path(__file__).parents[1] / "notice/drafts/barber.yaml").read_text("utf-8")
HELD = ", hold: {rule: UU KUP 28(11), fields: [customer.name], reading: x, for: 5 years, by: x, on: 2026-11-01}"


def barber(version, *changes):
    """The barber's notice, whose case has a time, with changes."""
    source = BARBER.replace("idle: 2 days", "idle: 2 days, within: 3 days").replace("version: 1", f"version: {version}")
    for old, new in (("longest: 3 years", f"longest: 3 years{HELD}"), *changes):
        assert old in source, old
        source = source.replace(old, new)
    found = load(source.encode())
    assert found.declared, [str(one) for one in found.findings]
    return found.declared


@pytest.mark.promise("W18")
def test_a_new_name_makes_nothing_longer_nor_slower_for_whom_it_did_not_reach():
    """Category and case are called otherwise and longer: the former name's promise counts until somebody is told."""
    first = barber(1)
    second = barber(
        2, ("retention.customer]", "retention.client]"), ("[customer", "[client"),
        ("  customer: {class: general,", "  client: {was: customer, class: general,"),
        ("{customer: {from: haircut.closed, for: 1 year", "{client: {from: haircut.closed, for: 2 years"),
        ("longest: 3 years", "longest: 6 years"), ("for: 5 years", "for: 9 years"),
        ("haircut: {of:", "cut: {was: haircut, of:"), ("haircut.", "cut."), ("opens: haircut", "opens: cut"),
        ("within: 3 days", "within: 9 days"),
    )  # fmt: skip
    third = replace(second, notice=replace(second.notice, version=3))  # the name is as old as it is
    third = replace(third, data={"client": replace(third.data["client"], was="")}, cases={
        "cut": replace(third.cases["cut"], was="")})  # fmt: skip
    closed, open_ = Dealing("cut", NOW, NOW + DAY), Dealing("cut", NOW, 0)
    policy = compiled([first, second, third])
    for dealing in (closed, open_, None):
        then = dealing and replace(dealing, kind="haircut")
        assert retention.due(policy, "client", NOW, dealing, 1) == retention.due(compile(first), "customer", NOW, then)
        assert retention.due(policy, "client", NOW, dealing, 3) == retention.due(compile(third), "client", NOW, dealing)
    assert retention.due(policy, "client", NOW, closed, 1) < retention.due(policy, "client", NOW, closed, 2)
    assert retention.last(policy, "client", NOW, [closed], 1) == retention.due(policy, "client", NOW, closed, 1)
    (hold,), (longer,) = (retention.holds(policy, "client", NOW, told) for told in (1, 3))
    assert hold.until == retention.holds(compile(first), "customer", NOW)[0].until < longer.until
    assert (hold.fields, hold.needs) == (frozenset({"client.name"}), longer.needs)
    before = promised.by(compile(first), "cases.haircut.within", NOW, 3)
    assert promised.by(policy, "cases.cut.within", NOW, 1) == before
    assert promised.by(policy, "cases.cut.within", NOW, 3) == promised.by(compile(third), "cases.cut.within", NOW, 3)
    assert promised.by(policy, "cases.cut.within", NOW, 3) > before
