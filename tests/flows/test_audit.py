"""The nightly audit: every missing opening was told by a line, whatever ended it."""

import asyncio

from tepati.board.recount import recount
from tepati.board.tally import tally
from tepati.flows.acts.audit import audit
from tepati.flows.acts.collect import collect
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.lapse import lapse
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.prune import prune
from tepati.flows.tick import tick
from tepati.ledger.prune import state
from tepati.ledger.reconcile import openings
from tepati.registers import observations
from tests.flows.conftest import booking
from tests.flows.people import count, guest, hired, lines


def strange(found):
    """Leave out the fixture's paper, which has no line."""
    return [one for one in found if one.at != "agreement"]


async def test_a_booking_nobody_confirmed_ends_and_the_openings_add_up(desk, post, clock):
    await collect(desk, booking(desk))
    await tick(desk, post)
    clock.forward(days=4)
    await tick(desk, post)
    assert await lines(desk, "end", "ended")
    assert strange(await audit(desk)) == []


async def test_an_erasure_and_its_line_add_up(desk, post, clock):
    number = await guest(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "counter", "in_person"))
    await tick(desk, post)
    clock.forward(hours=1)
    await tick(desk, post)
    assert await lines(desk, "erase", "erased")
    assert strange(await audit(desk)) == []
    seen = (await desk.read(lambda sheet: observations.of(sheet.tx, desk.org, desk.mac, "accountability.ledger", 1)))[0]
    there = await count(desk.store, "opening")
    kept = await openings(desk.store, desk.log)
    assert seen.detail.endswith(f"openings {kept.written}: {there} there, {kept.written - there} told as deleted")
    assert kept.told == kept.severed > 0


async def test_an_opening_deleted_by_sql_is_missed(desk, post):
    """One opening of two, gone without a line: nobody told so."""
    number, staff = await guest(desk, post), await hired(desk, "dispatcher")
    await look(desk, staff, Wish(number, "orders", frozenset({"identity.name"})))
    assert strange(await audit(desk)) == []
    await desk.store.write(lambda tx: tx.run("DELETE FROM opening WHERE party = 'actor'"))
    assert [one.kind for one in strange(await audit(desk))] == ["openings_differ"]


async def test_openings_end_with_their_term_and_their_lines_stay(desk, post, clock):
    """The actor's opening ends after the security term, the person's with the ledger's; lines and proofs hold on."""
    number, staff = await guest(desk, post), await hired(desk, "dispatcher")
    await look(desk, staff, Wish(number, "orders", frozenset({"identity.name"})))
    actors = await count(desk.store, "opening WHERE party = 'actor'")
    assert await lapse(desk) == 0
    clock.forward(days=365 * 5 + 35)
    assert await lapse(desk) == actors
    assert await count(desk.store, "opening WHERE party = 'actor'") == 0
    assert await count(desk.store, "opening WHERE party = 'person'") > 0
    assert await lapse(desk) == 0
    clock.forward(days=365 * 5 + 35)
    assert await lapse(desk) > 0
    assert await count(desk.store, "opening WHERE party = 'person'") == 0
    assert len(await lines(desk, "look", "allowed")) == 1
    assert strange(await audit(desk)) == []


async def test_the_ledger_is_pruned_when_its_declared_time_is_over(desk, post, clock):
    """Ten years on, openings first, then whole bundles of lines; the log tells, and everything agrees."""

    async def enter():
        while await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now())):
            pass
        while await desk.store.write(lambda tx: tally(tx, desk.org, desk.now())):
            pass

    number, staff = await guest(desk, post), await hired(desk, "dispatcher")
    for _ in range(20):
        await asyncio.gather(
            *(look(desk, staff, Wish(number, "orders", frozenset({"identity.name"}))) for _ in range(15))
        )
    await enter()
    assert await prune(desk) == 0
    clock.forward(days=365 * 10 + 40)
    await enter()
    assert await prune(desk) == 0
    assert (await desk.store.read(lambda tx: state(tx, desk.org))).asked == 0, "openings are still kept"
    await lapse(desk)
    assert await prune(desk) == 0
    await enter()
    assert await prune(desk) == 256
    assert (await desk.store.read(lambda tx: state(tx, desk.org))).size == 256
    assert strange(await audit(desk)) == []
    assert await recount(desk.store, desk.org) == []
    await desk.store.write(lambda tx: tx.run("UPDATE counter SET n = n + 1 WHERE promise = '' AND what = 'look.allowed'"
                                             " AND day = 0"))  # fmt: skip
    assert await recount(desk.store, desk.org)
