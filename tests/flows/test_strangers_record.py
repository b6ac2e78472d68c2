"""A record that a stranger made under somebody's address ends alone: it shares no key with what the person gave."""

import dataclasses

from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.sweep import sweep
from tepati.flows.desk import Desk
from tepati.notice.load import load
from tepati.rules.policy import compile as compiled
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import NOTICE, Post, booking

ENDS = b"booking: {from: booking.closed, for: 2 years, then: destroy, longest: 4 years}"


def dated(desk: Desk) -> Desk:
    """Let booking data end by the day it was made: then all of one day share a unit of ending."""
    source = NOTICE.read_bytes()
    assert ENDS in source
    loaded = load(source.replace(ENDS, b"booking: {from: record.created, for: 2 years, then: destroy}"))
    notice = loaded.sound()
    return dataclasses.replace(desk, notice=notice, digest=loaded.digest, policy=compiled(notice))


async def test_what_a_stranger_did_not_confirm_takes_nothing_of_the_person_along(
    desk: Desk, post: Post, clock: Clock, store: Store
) -> None:
    """Book with somebody's address on the day they booked, do not confirm, wait two days: theirs is still there."""
    door = dated(desk)
    await collect(door, booking(door))
    await deliver(door, post)
    await agree(door, post.link("confirm"), frozenset(), "id")
    await collect(door, booking(door, 2, identity__name="Orang Lain"))
    sql = "SELECT count(*) FROM sealed WHERE category = 'booking'"
    assert await store.read(lambda tx: tx.one(sql)) == (2,)
    clock.forward(hours=48, seconds=1)
    await sweep(door)
    assert await store.read(lambda tx: tx.one(sql)) == (1,)
