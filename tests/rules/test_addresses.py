"""Where an address stands in several fields, each purpose uses the one that it may, and a proven one first."""

from pathlib import Path

import pytest

from tepati.notice.load import load
from tepati.rules.facts import FOREVER, Facts, Row
from tepati.rules.policy import Policy
from tepati.rules.policy import compile as compiled

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def policy() -> Policy:
    return compiled(load((EXAMPLES / "online-store" / "notice.yaml").read_bytes(), "shop").sound())


def row(point: str, category: str, *, joined: bool = True) -> Row:
    return Row(point, 1, joined=joined, ends={category: FOREVER})


def person(**rows: Row) -> Facts:
    return Facts("customer", joined=True, told=1, rows=rows)


def test_a_purpose_uses_the_address_of_its_own_records(policy: Policy) -> None:
    """T8: an order's address is for news about that order, a subscriber's for the newsletter."""
    both = person(a=row("order", "buyer"), b=row("newsletter", "subscriber"))
    assert policy.address_of(both, "order_news") == "buyer.email"
    assert policy.address_of(both, "newsletter") == "subscriber.email"
    assert policy.address_for("newsletter") == "subscriber.email"


def test_a_proven_address_comes_first_and_a_named_record_before_it(policy: Policy) -> None:
    mixed = person(a=row("order", "buyer", joined=False), b=row("newsletter", "subscriber"))
    assert policy.address_of(mixed) == "subscriber.email"
    assert policy.address_of(mixed, "proof", "a") == "buyer.email"
    assert policy.held(mixed, proven=True) == ("subscriber.email",)


def test_what_has_ended_is_no_address_any_more(policy: Policy) -> None:
    over = Row("order", 1, joined=True, ends={"order": FOREVER})
    assert policy.held(person(a=over)) == ()
    kept = Row("order", 1, joined=True, ends={"buyer": FOREVER}, held={"buyer": FOREVER})
    assert policy.held(person(a=kept)) == ()


def test_two_populations_are_two_people() -> None:
    """A14: the merchant and the merchant's buyer stay apart, though one address may be both."""
    tills = compiled(load((EXAMPLES / "point-of-sale" / "notice.yaml").read_bytes(), "tills").sound())
    assert tills.alike["merchant.email"] != tills.alike["buyer.email"]
    assert "buyer.email" not in tills.addresses
