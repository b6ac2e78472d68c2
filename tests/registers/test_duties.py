"""Duties: none is lost, none is done twice, none is hidden, whoever is killed and whenever."""

import asyncio
from dataclasses import replace

import pytest

from tepati.errors import Conflict
from tepati.registers import duties
from tepati.registers.backoff import FIRST, LONGEST, pause
from tepati.registers.duties import Alarm, Duty
from tepati.store.port import Store, Tx
from tests.conftest import Clock, Seeded
from tests.registers.calls import then

ORG, LEASE = "a", 60_000_000


async def _some(store: Store, random: Seeded, clock: Clock, n: int, kind: str = "erase") -> list[Duty]:
    made = [Duty(random(16), random(16), kind, clock.at + i, f"about {i}", ledger_id=random(16)) for i in range(n)]

    async def work(tx: Tx) -> None:
        for duty in made:
            await duties.add(tx, ORG, duty, duty.ledger_id)

    await store.write(work)
    return made


async def _claim(store: Store, clock: Clock, limit: int = 100, org: str = ORG) -> list[Duty]:
    return await store.write(lambda tx: duties.claim(tx, org, clock.at, limit, LEASE))


async def test_what_is_due_is_claimed_oldest_first(store: Store, random: Seeded, clock: Clock) -> None:
    """A duty comes when it is due, not before, the oldest first, of its own organisation only."""
    made = await _some(store, random, clock, 5)
    clock.at += 2
    assert await _claim(store, clock, org="b") == []
    first = await _claim(store, clock, limit=2)
    assert first == [replace(duty, attempts=1, taken=clock.at + LEASE) for duty in made[:2]]
    assert [duty.duty for duty in await _claim(store, clock)] == [made[2].duty]
    assert await _claim(store, clock) == []
    assert await store.read(lambda tx: duties.waiting(tx, ORG)) == 5
    assert await store.read(lambda tx: duties.oldest_due(tx, ORG)) == made[0].due


async def test_a_duty_lives_and_dies_with_its_cause(store: Store, random: Seeded, clock: Clock) -> None:
    """The duty stands in the transaction of the act: if the act fails there is no duty."""

    async def work(tx: Tx) -> None:
        await duties.add(tx, ORG, Duty(random(16), random(16), "erase", clock.at), random(16))
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(work)
    assert await store.read(lambda tx: duties.waiting(tx, ORG)) == 0
    assert await store.read(lambda tx: duties.oldest_due(tx, ORG)) is None


async def test_a_killed_worker_s_duty_comes_back(store: Store, random: Seeded, clock: Clock) -> None:
    """Who took a duty and died holds it for the lease only; its lateness stays what it was."""
    (made,) = await _some(store, random, clock, 1)
    await _claim(store, clock)
    clock.at += LEASE - 1
    assert await _claim(store, clock) == []
    clock.at += 1
    (again,) = await _claim(store, clock)
    assert (again.duty, again.due, again.attempts) == (made.duty, made.due, 2)


async def test_done_once_and_never_twice(store: Store, random: Seeded, clock: Clock) -> None:
    """Of two workers who both believe they hold a duty, one effect stays and the other rolls back."""
    (made,) = await _some(store, random, clock, 1)
    (slow,) = await _claim(store, clock)
    clock.at += LEASE
    (quick,) = await _claim(store, clock)

    async def perform(duty: Duty, mark: bytes) -> None:
        async def work(tx: Tx) -> None:
            await tx.run("INSERT INTO severed (ledger_id, org, at, openings) VALUES ($1, 'a', 0, 0)", mark)
            await duties.done(tx, duty)

        await store.write(work)

    await perform(quick, b"q" * 16)
    with pytest.raises(Conflict, match="duty_done"):
        await perform(slow, b"s" * 16)
    assert await store.read(lambda tx: tx.all("SELECT ledger_id FROM severed")) == [(b"q" * 16,)]
    assert await store.read(lambda tx: duties.waiting(tx, ORG)) == 0
    assert await store.read(lambda tx: duties.of(tx, made.person)) == []


async def test_a_failed_duty_waits_longer_each_time_and_is_told(store: Store, random: Seeded, clock: Clock) -> None:
    """Tried again after half a minute, a minute, two ... an hour; told from the third; never given up."""
    (made,) = await _some(store, random, clock, 1)
    waits, told = [], []
    for _ in range(15):
        (mine,) = await _claim(store, clock)
        told.append(await store.write(then(duties.failed, mine, clock.at)))
        wait = pause(mine.attempts, mine.duty)
        clock.at += wait - 1
        assert await _claim(store, clock) == []
        clock.at += 1
        waits.append(wait)
    assert told == [False, False] + [True] * 13
    assert waits == sorted(waits)
    assert waits[0] >= FIRST * 3 // 4
    assert LONGEST * 3 // 4 <= waits[-1] <= LONGEST * 5 // 4
    alarm = await store.read(lambda tx: duties.alarming(tx, ORG, clock.at, duties.ESCALATE))
    assert alarm == [Alarm("erase", 1, 15, made.due)]
    assert await store.read(lambda tx: duties.alarming(tx, ORG, clock.at, 16)) == []


async def test_a_duty_that_waits_for_something_did_not_fail(store: Store, random: Seeded, clock: Clock) -> None:
    """Put back without a mark: waiting is not failing, and alarms nobody."""
    await _some(store, random, clock, 1)
    for _ in range(5):
        (mine,) = await _claim(store, clock)
        assert mine.attempts == 1
        until = clock.at + 1000
        await store.write(then(duties.later, mine, until))
        assert await _claim(store, clock) == []
        clock.at = until
    assert await store.read(lambda tx: duties.alarming(tx, ORG, clock.at, 1)) == []


async def test_a_late_failure_does_not_take_the_duty_from_its_new_holder(
    store: Store, random: Seeded, clock: Clock
) -> None:
    """A worker that wakes after its lease changes nothing for the one who has the duty now."""
    await _some(store, random, clock, 1)
    (slow,) = await _claim(store, clock)
    clock.at += LEASE
    (quick,) = await _claim(store, clock)
    await store.write(lambda tx: duties.failed(tx, slow, clock.at))
    await store.write(lambda tx: duties.later(tx, slow, 0))
    assert await _claim(store, clock) == []
    await store.write(lambda tx: duties.done(tx, quick))


async def test_many_workers_share_and_never_overlap(store: Store, random: Seeded, clock: Clock) -> None:
    """Eight at once take every duty once: together all, no two the same."""
    made = await _some(store, random, clock, 60)
    clock.at += 60
    taken: list[bytes] = []

    async def worker() -> None:
        empty = 0
        while empty < 3:
            mine = await _claim(store, clock, limit=7)
            empty = 0 if mine else empty + 1
            taken.extend(duty.duty for duty in mine)
            await asyncio.sleep(0)

    await asyncio.gather(*(worker() for _ in range(8)))
    assert sorted(taken) == sorted(duty.duty for duty in made)


async def test_duties_whose_cause_is_gone_are_dropped(store: Store, random: Seeded, clock: Clock) -> None:
    """A cancelled request takes its duty along, and no other."""
    (made,) = await _some(store, random, clock, 1)
    (other,) = await _some(store, random, clock, 1)
    assert await store.write(lambda tx: duties.drop(tx, made.person, "tell")) == 0
    assert await store.write(lambda tx: duties.drop(tx, made.person, "erase")) == 1
    assert [duty.duty for duty in await store.read(lambda tx: duties.of(tx, other.person))] == [other.duty]


async def test_done_duties_are_swept(store: Store, random: Seeded, clock: Clock) -> None:
    """What is done is forgotten after a while; what is open never is."""
    await _some(store, random, clock, 4)
    clock.at += 10
    for mine in (await _claim(store, clock))[:3]:
        await store.write(then(duties.done, mine))
    assert await store.write(lambda tx: duties.sweep(tx, ORG, clock.at, 2)) == 2
    assert await store.write(lambda tx: duties.sweep(tx, ORG, clock.at, 2)) == 1
    assert await store.write(lambda tx: duties.sweep(tx, ORG, clock.at, 2)) == 0
    assert await store.read(lambda tx: duties.waiting(tx, ORG)) == 1


def test_the_wait_never_leaves_its_bounds() -> None:
    """However often a duty failed, and whatever its id, the wait is between 22 seconds and 75 minutes."""
    for attempts in (0, 1, 2, 5, 8, 50, 10_000):
        for last in (0, 127, 255):
            assert FIRST * 3 // 4 <= pause(attempts, bytes([last])) <= LONGEST * 5 // 4
