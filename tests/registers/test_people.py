"""What is known of a person without their values: who they are, what they sent, what runs for them, what they asked."""

from dataclasses import replace

import msgspec
import pytest

from tepati.errors import Conflict
from tepati.registers import dealings, people, records, requests
from tepati.registers.dealings import Dealing
from tepati.registers.records import Due, Record
from tepati.registers.requests import Request
from tepati.store.port import Store, Tx, Value
from tests.conftest import Clock, Seeded
from tests.registers.calls import then

LINE = b"l" * 16
DIGEST = b"d" * 32


def _record(random: Seeded, clock: Clock) -> Record:
    return Record(random(16), "booking", "site", DIGEST, joined=False, created=clock.at)


def _dealing(person: bytes, random: Seeded, clock: Clock) -> Dealing:
    return Dealing(
        person, random(16), "booking", "HC-4K7Q-X2MB", random(16), clock.at, 0, {"visit": clock.at + 9}, b"",
    )  # fmt: skip


async def test_a_person_is_of_one_organisation(store: Store, random: Seeded, clock: Clock) -> None:
    """Written as provisional, moved on by their own organisation only; another one knows nobody of that id."""
    person = random(16)
    await store.write(then(people.add, "a", person, "customer", clock.at, LINE))
    assert await store.read(then(people.get, "b", person)) is None
    assert await store.read(then(people.get, "a", random(16))) is None
    await store.write(then(people.set_status, "b", person, "joined"))
    assert (await store.read(then(people.get, "a", person))) == people.Person(
        person, "customer", "provisional", clock.at
    )
    await store.write(then(people.set_status, "a", person, "joined"))
    assert (await store.read(then(people.get, "a", person))).status == "joined"
    assert [await store.read(then(people.count, org)) for org in ("a", "b")] == [1, 0]
    with pytest.raises(Conflict, match="store_exists"):
        await store.write(then(people.add, "b", person, "customer", clock.at, LINE))


async def test_a_record_is_read_as_written_by_its_own_person(store: Store, random: Seeded, clock: Clock) -> None:
    """Somebody else's id joins nothing, drops nothing and lists nothing."""
    person, other = random(16), random(16)
    first = _record(random, clock)
    second = msgspec.structs.replace(_record(random, clock), created=clock.at + 1)
    for one in (second, first):
        await store.write(then(records.add, "a", person, one, LINE))
    assert await store.read(then(records.of_person, person)) == [first, second]
    assert await store.read(then(records.of_person, other)) == []
    await store.write(then(records.join, other, first.record))
    await store.write(then(records.drop, other, first.record))
    assert await store.read(then(records.of_person, person)) == [first, second]
    await store.write(then(records.join, person, first.record))
    await store.write(then(records.drop, person, second.record))
    assert await store.read(then(records.of_person, person)) == [msgspec.structs.replace(first, joined=True)]


async def _sealed(tx: Tx, org: str, person: bytes, record: bytes, part: tuple[str, int]) -> None:
    key: Value = record[::-1]
    await tx.run(
        "INSERT INTO epoch (org, epoch, state, since) VALUES ($1, 1, 'current', 0) ON CONFLICT (org, epoch) DO NOTHING",
        org,
    )
    await tx.run(
        "INSERT INTO dek (person, key, org, category, ending, epoch, wrapped) VALUES ($1, $2, $3, $4, 'person', 1, $5)"
        " ON CONFLICT (person, key) DO NOTHING",
        person, key, org, part[0], b"w",
    )  # fmt: skip
    await tx.run(
        "INSERT INTO sealed (person, record, category, org, key, version, due, blob, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8)",
        person, record, part[0], org, key, part[1], b"s", LINE,
    )  # fmt: skip


async def test_what_is_over_is_listed_longest_overdue_first(store: Store, random: Seeded, clock: Clock) -> None:
    """Parts past their end, of this organisation only, at most as many as asked; moving the end takes one off."""
    person, old, new = random(16), random(16), random(16)
    for org, record, part in (
        ("a", new, ("identity", clock.at)), ("a", old, ("location", clock.at - 5)),
        ("a", old, ("identity", clock.at + 1)), ("b", random(16), ("identity", 1)),
    ):  # fmt: skip
        await store.write(then(_sealed, org, person, record, part))
    found = await store.read(then(records.due, "a", clock.at, 10))
    assert found == [Due(person, old, "location", "person"), Due(person, new, "identity", "person")]
    assert await store.read(then(records.due, "a", clock.at, 1)) == found[:1]
    assert await store.read(then(records.categories, person, old)) == ["identity", "location"]
    assert await store.read(then(records.categories, random(16), old)) == []
    await store.write(then(records.set_due, person, old, "location", clock.at + 1))
    assert await store.read(then(records.due, "a", clock.at, 10)) == found[1:]


async def test_a_dealing_is_found_by_its_number_in_its_own_organisation(
    store: Store, random: Seeded, clock: Clock
) -> None:
    """What people say on the phone leads to one dealing here, and to none elsewhere."""
    person = random(16)
    made = _dealing(person, random, clock)
    await store.write(then(dealings.add, "a", made, LINE))
    assert await store.read(then(dealings.numbered, "a", made.number)) == [made]
    assert await store.read(then(dealings.numbered, "b", made.number)) == []
    assert await store.read(then(dealings.numbered, "a", "' OR 1=1 --")) == []
    assert await store.read(then(dealings.get, person, made.dealing)) == made
    assert await store.read(then(dealings.get, random(16), made.dealing)) is None
    assert await store.read(then(dealings.of_person, person)) == [made]


async def test_a_dealing_is_closed_once(store: Store, random: Seeded, clock: Clock) -> None:
    """The first close stands; another person's id closes, assigns and drops nothing."""
    person, staff = random(16), random(16)
    made = _dealing(person, random, clock)
    await store.write(then(dealings.add, "a", made, LINE))
    for verb in (then(dealings.close, staff, made.dealing, 5), then(dealings.drop, staff, made.dealing),
                 then(dealings.plan, staff, made.dealing, {}, staff)):  # fmt: skip
        await store.write(verb)
    assert await store.read(then(dealings.get, person, made.dealing)) == made
    assert await store.read(then(dealings.open_of, "a", "booking", 5)) == [made]
    assert await store.read(then(dealings.open_of, "a", "booking", 5, (made.opened, made.dealing))) == []
    assert await store.read(then(dealings.open_of, "b", "booking", 5)) == []
    assert await store.read(then(dealings.open_count, "a", "booking")) == 1
    for at in (clock.at + 2, clock.at + 3):
        await store.write(then(dealings.close, person, made.dealing, at))
    await store.write(then(dealings.plan, person, made.dealing, {"starts": 7}, staff))
    closed = replace(made, closed=clock.at + 2, moments={"starts": 7}, assigned=staff)
    assert await store.read(then(dealings.of_person, person)) == [closed]
    assert await store.read(then(dealings.open_of, "a", "booking", 5)) == []
    assert [each.dealing for each in await store.read(then(dealings.closed_of, "a", "booking", 5))] == [made.dealing]
    await store.write(then(dealings.drop, person, made.dealing))
    assert await store.read(then(dealings.get, person, made.dealing)) is None


async def test_a_requests_clock_runs_until_it_is_done(store: Store, random: Seeded, clock: Clock) -> None:
    """A running request is found by its kind; somebody else's id neither reads nor ends it."""
    person, other = random(16), random(16)
    asked = Request(
        person, random(16), "erasure", "email", "HC-1", clock.at, clock.at + 9, "waiting", 0,
    )  # fmt: skip
    await store.write(then(requests.add, "a", asked, LINE))
    assert await store.read(then(requests.get, other, asked.request)) is None
    assert await store.read(then(requests.open_of, other, "erasure")) is None
    assert await store.read(then(requests.open_of, person, "access")) is None
    await store.write(then(requests.set_state, other, asked.request, "done", 5))
    assert await store.read(then(requests.open_of, person, "erasure")) == asked
    await store.write(then(requests.set_state, person, asked.request, "working"))
    assert (await store.read(then(requests.open_of, person, "erasure"))).state == "working"
    await store.write(then(requests.set_state, person, asked.request, "done", clock.at + 5))
    assert await store.read(then(requests.open_of, person, "erasure")) is None
    assert await store.read(then(requests.get, person, asked.request)) == replace(
        asked, state="done", done=clock.at + 5
    )


async def test_requests_are_listed_by_person_by_deadline_and_by_number(
    store: Store, random: Seeded, clock: Clock
) -> None:
    """The queue holds what runs, the next to end first; a person's list holds all of theirs and nobody else's."""
    person, other = random(16), random(16)
    late = Request(person, random(16), "correction", "phone", "HC-1", clock.at, clock.at + 9, "waiting", 0, "identity")
    soon = Request(other, random(16), "dispute", "site", "HC-2", clock.at + 1, clock.at + 5, "working", 0, "ab" * 16)
    over = Request(person, random(16), "access", "site", "HC-3", clock.at + 2, clock.at + 8, "done", clock.at + 3)
    for one in (late, soon, over):
        await store.write(then(requests.add, "a", one, LINE))
    assert await store.read(then(requests.open_in, "a", 9)) == [soon, late]
    assert await store.read(then(requests.open_in, "a", 1)) == [soon]
    assert await store.read(then(requests.open_in, "b", 9)) == []
    assert await store.read(then(requests.of_person, person)) == [over, late]
    assert await store.read(then(requests.numbered, "a", "HC-2")) == [soon]
    assert await store.read(then(requests.numbered, "b", "HC-2")) == []
    assert await store.read(then(requests.latest, other, "dispute", "ab" * 16)) == soon
    assert await store.read(then(requests.latest, person, "dispute", "ab" * 16)) is None
