"""What is announced is asked: the acts that come most often send no statement in vain (PostgreSQL)."""

import msgspec
import pytest

from bench.tap import TapStore
from tepati.flows.acts.collect import collect
from tepati.flows.acts.collect_many import collect_many
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.withdraw import withdraw
from tepati.flows.links import mint
from tests.flows.conftest import booking
from tests.flows.people import guest, hired, person_of


@pytest.fixture
def tapped(desk):
    if desk.store.engine == "sqlite":
        pytest.skip("no way there and back to save")
    object.__setattr__(desk, "store", TapStore(desk.store))  # the desk is frozen; this one is listened to
    return desk


def _asked(desk) -> list[str]:
    """Give what was sent, without the words that begin."""
    return [sql for method, sql, _ in desk.store.trace if method not in {"begin", "bare"}]


async def test_a_look_asks_for_keys_values_and_decoys_at_once(tapped, post):
    number, staff = await guest(tapped, post), await hired(tapped, "dispatcher")
    await look(tapped, staff, Wish(number, "orders", frozenset({"identity.name"})))
    tapped.store.trace = []
    await look(tapped, staff, Wish(number, "orders", frozenset({"identity.name"})))
    sent = _asked(tapped)
    assert len(sent) == 4, sent  # the dealing, the state, what is opened, what is written
    assert sent[2].count("ARRAY(") == 3


async def test_a_withdrawal_is_a_look_up_a_question_and_a_write(tapped, post):
    await guest(tapped, post)
    person = await person_of(tapped)
    token = await tapped.write(lambda s: _link(s, person))
    tapped.store.trace = []
    await withdraw(tapped, token, "id")
    assert [sql.split(" ")[0] for sql in _asked(tapped)] == ["SELECT", "SELECT", "WITH"]


async def _link(sheet, person):
    line = await sheet.line("promotion", promise="consents.offers_by_email", purpose="offers")
    return await mint(sheet, person, "stop", "offers_by_email", sheet.at + 10**12, line)


async def test_a_new_person_is_a_question_and_a_write(tapped, post):
    await collect(tapped, booking(tapped, 1))  # makes the first epoch
    tapped.store.trace = []
    await collect(tapped, booking(tapped, 2, identity__email="other@contoh.example"))
    assert [sql.split(" ")[0] for sql in _asked(tapped)] == ["SELECT", "WITH"]


def _to_come(desk, n: int):
    """Fill in a booking of an hour to come, each of another hour."""
    day, slot = ("2026-11-25", "2026-11-26")[n // 3 % 2], ("s1030", "s1330", "s1600")[n % 3]
    form = booking(desk, n, identity__email=f"o{n}@contoh.example", booking__date=day, booking__slot=slot)
    return msgspec.structs.replace(form, holds=True)


async def test_who_holds_an_hour_has_its_places_counted_along(tapped, post):
    await collect(tapped, booking(tapped, 9))  # makes the first epoch
    tapped.store.trace = []
    await collect(tapped, _to_come(tapped, 1))
    sent = _asked(tapped)
    assert [sql.split(" ")[0] for sql in sent] == ["SELECT", "INSERT", "WITH"], sent
    assert "FROM staff" in sent[0]


async def test_a_batch_counts_the_places_of_an_hour_once(tapped, post):
    await collect(tapped, booking(tapped, 9))
    tapped.store.trace = []
    await collect_many(tapped, [_to_come(tapped, n) for n in range(1, 6)])
    sent = _asked(tapped)
    assert sum("FROM staff" in sql for sql in sent) == 1
    assert sum(sql.startswith("INSERT INTO ident") and "DO NOTHING" in sql for sql in sent) == 5
