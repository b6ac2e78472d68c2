"""Clocks and ends follow the version that reached a person: no later version worsens what they were promised (W18)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
