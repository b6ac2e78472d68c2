"""A change reaches people one by one: what widens opens nothing for whom it did not reach (A8, S7, W18)."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from tepati.notice.load import load
from tepati.notice.vocabulary import BUILT_IN_PURPOSES
from tepati.rules.policy import compile
from tepati.rules.succession import compiled, succeed
from tests.rules import worlds as w
from tests.rules.test_decide_properties import answer, narrowed
from tests.rules.test_decide_properties import asked as anything

replace = msgspec.structs.replace
NOTICE = Path(__file__).parents[2] / "examples/home-cleaning/notice.yaml"


def numbered(notice, version):
    """The same notice as another version of it."""
    return replace(notice, notice=replace(notice.notice, version=version))


def within(permit, *others):
    """Whether a permit gives no more than each of others."""
    return permit is None or all(o and permit.fields <= o.fields and permit.records <= o.records for o in others)


def asked(seed):
    """A question that is not the person's own, which is answered whatever they were told."""
    notice, facts, use, dice = anything(seed)
    own = use.purpose in BUILT_IN_PURPOSES and use.role in ("person", "system")
    return notice, facts, replace(use, purpose=min(notice.purposes)) if own else use, dice


@pytest.mark.promise("A8")
@pytest.mark.promise("W18")
@w.many
@given(w.seeds)
def test_a_new_version_opens_nothing_for_whom_it_did_not_reach(seed):
    """Told the first version: what the second allows them is what the first allowed them as well, and never more."""
    notice, facts, use, dice = asked(seed)
    other = numbered(w.notice(dice), 2)
    facts = replace(facts, told=1)
    old, new = compile(notice), compile(other)
    policy = succeed(old, notice, other)
    told = replace(facts, told=2, agreed=dict.fromkeys(facts.consents, 2))
    permit = answer(policy, use, facts)
    assert within(permit, answer(new, use, told), answer(old, use, facts))
    assert within(answer(new, use, told), answer(policy, use, told))
    assert within(answer(policy, use, told), answer(new, use, told))


@w.many
@given(w.seeds)
def test_nor_does_a_third(seed):
    """Every version since the one they were told must allow it: what was closed meanwhile is not open by that."""
    notice, facts, use, dice = asked(seed)
    second, third = numbered(w.notice(dice), 2), numbered(w.notice(dice), 3)
    permit = answer(compiled([notice, second, third]), use, replace(facts, told=1))
    told = replace(facts, told=3, agreed=dict.fromkeys(facts.consents, 3))
    each = [compile(one) for one in (notice, second, third)]
    assert within(permit, *(answer(policy, use, told) for policy in each))


@w.many
@given(w.seeds)
def test_what_narrows_holds_for_everybody_at_once(seed):
    """Told or not: nobody is served by what a new version closed, and everybody by what it left."""
    notice, facts, use, dice = asked(seed)
    tight = numbered(narrowed(dice, notice), 2)
    policy, facts = succeed(compile(notice), notice, tight), replace(facts, told=1)
    assert within(answer(policy, use, facts), answer(compile(tight), use, facts))
    assert within(answer(compile(tight), use, facts), answer(policy, use, facts))


@pytest.mark.promise("S7")
@w.many
@given(w.seeds)
def test_a_yes_covers_what_its_question_stood_for(seed):
    """Told of the new version is not asked again: an older yes opens no field, channel or recipient it did not name."""
    notice, facts, use, dice = asked(seed)
    other = numbered(w.notice(dice), 2)
    policy, facts = succeed(compile(notice), notice, other), replace(facts, told=2)
    again = policy.aims[use.purpose].renewed if use.purpose in policy.aims else {}
    left = {q: until for q, until in facts.consents.items() if q not in again}
    if again and not answer(policy, use, replace(facts, consents=left)):
        assert within(answer(policy, use, facts), answer(compile(notice), use, facts))


def addressed(version, *categories):
    """A notice in which some categories hold an address that identifies customers, in this order."""
    base = NOTICE.read_text("utf-8").replace("version: 1\n", f"version: {version}\n", 1)
    notice = load(base.encode()).sound()
    held = notice.data["identity"]
    new = dict.fromkeys(categories, held)
    return replace(notice, data=new | {k: v for k, v in notice.data.items() if k not in new and k != "identity"})


def test_an_address_field_keeps_the_index_in_which_its_values_stand():
    """A field that a later version puts before it, or takes away, leaves everybody where they are found."""
    first, second, third = addressed(1, "identity"), addressed(2, "entry", "identity"), addressed(3, "entry", "news")
    policy = compiled([first, second])
    assert {policy.alike[path] for path in ("entry.email", "identity.email")} == {"identity.email"}
    policy = compiled([first, second, third])
    assert {policy.alike[path] for path in ("entry.email", "news.email")} == {"identity.email"}
