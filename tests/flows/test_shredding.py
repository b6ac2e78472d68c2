"""What was destroyed leaves SQLite's log within a round; a reader that holds the log is waited for."""

from pathlib import Path

import pytest

from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.withdraw import take_back
from tepati.flows.tick import tick
from tepati.registers import duties
from tests.flows.inside import known
from tests.flows.people import count, guest, hired, person_of

OPEN = "duty WHERE kind = 'cut' AND state = 'open'"


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """Give a store of SQLite: PostgreSQL recycles its log by itself."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def log(store, tmp_path: Path) -> Path:
    """Name SQLite's log."""
    return tmp_path / "store.db-wal"


async def erased(desk, post, clock) -> bytes:
    """Erase somebody; return a blob of theirs."""
    number, staff = await guest(desk, post), await hired(desk, "privacy_desk")
    person = await person_of(desk)
    row = await desk.store.read(lambda tx: tx.one("SELECT blob FROM sealed WHERE person = $1", person))
    await request(desk, staff, Ask(number, "counter", "in_person"))
    await tick(desk, post)
    clock.forward(hours=1)
    return bytes(row[0])


async def test_after_an_erasure_the_log_holds_nothing(desk, post, clock, log):
    blob = await erased(desk, post, clock)
    assert blob in log.read_bytes()
    await tick(desk, post)  # erases, and owes the cut
    clock.forward(seconds=2)
    await tick(desk, post)
    assert await count(desk.store, OPEN) == 0
    assert blob not in log.read_bytes() + log.with_name("store.db").read_bytes()


async def test_a_reader_makes_it_wait_and_it_is_tried_again(desk, post, clock, log):
    """The duty stays open, and no failure is counted: it is somebody else's reading that must end."""
    blob = await erased(desk, post, clock)
    reading = desk.store.scan("SELECT person FROM state", batch=1)
    await anext(reading)
    await tick(desk, post)
    clock.forward(seconds=2)
    await tick(desk, post)
    assert await count(desk.store, OPEN) == 1
    assert blob in log.read_bytes()
    assert await desk.store.read(lambda tx: duties.alarming(tx, desk.org, clock() + 1, 1)) == []
    await reading.aclose()
    clock.forward(seconds=11)
    await tick(desk, post)
    assert await count(desk.store, OPEN) == 0
    assert blob not in log.read_bytes()


async def test_many_ends_owe_one_cut(desk, post, clock, log):
    """A sweep of many people, and a withdrawal that erases, leave one duty."""
    await guest(desk, post)
    await take_back(desk, await known(desk, post, clock), "offers_by_email")
    for n in range(3):
        await guest(desk, post, 5 + n, identity__email=f"tamu{n}@contoh.example")
    clock.forward(days=5 * 366)
    await tick(desk, post)
    assert await count(desk.store, "duty WHERE kind = 'cut'") <= 2
    clock.forward(seconds=11)
    await tick(desk, post)
    assert await count(desk.store, OPEN) == 0
