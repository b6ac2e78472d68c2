"""Everything held has an end: known from the first day, never later than promised, kept only for a named rule."""

from pathlib import Path

import msgspec
import pytest

from tepati.notice.load import load
from tepati.notice.model import AtLeast
from tepati.notice.values import Duration, Moment
from tepati.rules.calendar import local
from tepati.rules.deadlines import after
from tepati.rules.facts import FOREVER, Dealing
from tepati.rules.policy import compile
from tepati.rules.retention import due, ending, holds

NOTICE = load((Path(__file__).parents[2] / "examples" / "home-cleaning" / "notice.yaml").read_bytes()).notice
POLICY = compile(NOTICE)
NOW = 1_796_094_000_000_000
DAY = 86_400_000_000
CASE = "c" * 32
replace = msgspec.structs.replace


def on(instant):
    return local(instant, POLICY.days).date().isoformat()


def changed(category, **keys):
    return compile(
        replace(NOTICE, retention={**NOTICE.retention, category: replace(NOTICE.retention[category], **keys)})
    )


@pytest.mark.parametrize("category", sorted(NOTICE.retention))
@pytest.mark.parametrize("dealing", [None, Dealing("booking", NOW), Dealing("visit", NOW), Dealing("ghost", NOW, NOW)])
def test_an_end_is_always_known(category, dealing):
    end = due(POLICY, category, NOW, dealing)
    assert NOW < end < FOREVER
    assert ending(POLICY, category, NOW, CASE if dealing else "")


def test_a_booking_ends_two_years_after_it_closed_and_four_after_it_began_at_the_latest():
    assert on(due(POLICY, "identity", NOW, None)) == "2030-12-02"
    assert on(due(POLICY, "identity", NOW, Dealing("booking", NOW))) == "2030-12-02"
    assert on(due(POLICY, "identity", NOW, Dealing("booking", NOW, NOW + 10 * DAY))) == "2028-12-12"
    assert on(due(POLICY, "identity", NOW, Dealing("booking", NOW, NOW + 1400 * DAY))) == "2030-12-02"


def test_the_address_ends_90_days_after_the_visit():
    visit = Dealing("visit", NOW, moments={"starts": NOW + DAY, "ends": NOW + DAY})
    assert on(due(POLICY, "location", NOW, visit)) == "2027-03-03"
    assert on(due(POLICY, "location", NOW, Dealing("booking", NOW))) == "2028-12-02"


def test_usage_ends_180_days_after_it_was_recorded():
    assert due(POLICY, "usage", NOW, None) == after(NOW, Duration(180, "day"), POLICY.days)


def test_keys_are_made_for_one_ending():
    """All that ends on one day shares a key; two days, two cases never do."""
    assert ending(POLICY, "usage", NOW, "") == "2027-05-30"
    assert ending(POLICY, "usage", NOW, "") == ending(POLICY, "usage", NOW + DAY // 4, "")
    assert ending(POLICY, "usage", NOW, "") != ending(POLICY, "usage", NOW + DAY, "")
    assert ending(POLICY, "booking", NOW, CASE) == f"case:{CASE}"
    assert ending(POLICY, "staff", NOW, CASE) == "person"


def test_at_least_puts_off_longest_caps_while_waits():
    closed = Dealing("booking", NOW, NOW + DAY)
    longer = changed("booking", at_least=AtLeast(for_=Duration(3, "year"), rule="x"))
    assert on(due(longer, "booking", NOW, closed)) == "2029-12-03"
    capped = changed("booking", at_least=AtLeast(for_=Duration(9, "year"), rule="x"))
    assert on(due(capped, "booking", NOW, closed)) == "2030-12-02"
    waits = changed("booking", while_="booking", from_=Moment("record.created"))
    assert on(due(waits, "booking", NOW, Dealing("booking", NOW))) == "2030-12-02"
    assert on(due(waits, "booking", NOW, closed)) == "2028-12-02"


def test_what_is_not_stored_is_due_at_once():
    assert due(changed("booking", not_stored=True), "booking", NOW, None) == NOW


def test_a_hold_names_its_rule_its_fields_and_what_it_needs():
    (hold,) = holds(POLICY, "identity", NOW)
    assert (hold.rule, hold.fields, on(hold.until)) == ("UU KUP 28(11)", {"identity.name"}, "2036-12-02")
    assert hold.needs == {"identity", "payment"}
    assert holds(POLICY, "location", NOW) == []
