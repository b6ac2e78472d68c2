"""What ends takes its own case with it and leaves every other: a suspicion outlives the parts of whom it is about."""

from tepati.flows.acts.sweep import _without
from tepati.registers.records import Due
from tepati.rules.facts import Dealing, Facts, Row

ORDER, SUSPICION, VISIT, REQUEST, STAYS = (bytes([n]) * 16 for n in range(5))


def test_the_end_of_an_order_does_not_end_a_suspicion() -> None:
    """Neither the suspicion nor the request is a record's; the visit is part of the order and goes with it."""
    facts = Facts(
        "merchant",
        rows={
            ORDER.hex(): Row("account", 1, True, ends={"order": 5}),
            STAYS.hex(): Row("account", 1, True, ends={"x": 9}),
        },
        dealings={
            ORDER.hex(): Dealing("order", 1), STAYS.hex(): Dealing("order", 1), SUSPICION.hex(): Dealing("fraud", 2),
            VISIT.hex(): Dealing("visit", 2, part=ORDER.hex()), REQUEST.hex(): Dealing("request", 3),
        },
    )  # fmt: skip
    left = _without(facts, [Due(b"", ORDER, "order", "")])
    assert set(left.rows) == {STAYS.hex()}
    assert set(left.dealings) == {STAYS.hex(), SUSPICION.hex(), REQUEST.hex()}
