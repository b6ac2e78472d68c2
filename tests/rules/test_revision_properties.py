"""What ``diff`` says of two versions holds at the door: a use that opens is never told as a narrowing."""

from hypothesis import given

from tepati.notice.changes import changes
from tepati.notice.revision import revision
from tepati.rules.policy import compile
from tests.rules import worlds as w
from tests.rules.test_decide_properties import answer, asked, narrowed


@w.many
@given(w.seeds)
def test_what_the_door_opens_is_told_as_a_widening(seed):
    """Between any two notices, for any person and question."""
    notice, facts, use, dice = asked(seed)
    other = w.notice(dice)
    permit = answer(compile(other), use, facts)
    before = answer(compile(notice), use, facts)
    if permit and not (before and permit.fields <= before.fields and permit.records <= before.records):
        assert revision(notice, other).material


@w.many
@given(w.seeds)
def test_one_step_narrower_widens_nothing(seed):
    dice = w.Dice(seed)
    notice = w.notice(dice)
    tight = narrowed(dice, notice)
    found = revision(notice, tight)
    assert not found.material
    assert not found.again
    assert bool(found.changes) == (tight != notice)


@w.many
@given(w.seeds)
def test_the_way_back_is_the_other_way(seed):
    dice = w.Dice(seed)
    notice = w.notice(dice)
    tight = narrowed(dice, notice)
    assert all(change.way != "narrower" for change in changes(tight, notice))
    assert changes(notice, notice) == ()
