"""One form sent again: pressed twice it is one; changed in between it is neither lost nor taken for the first."""

import asyncio

import pytest

from tepati.errors import Conflict
from tepati.flows.acts.collect import collect
from tepati.flows.acts.collect_many import collect_many
from tepati.flows.desk import Desk
from tepati.store.port import Store
from tests.attacks.demonstration import TYPED, Demonstration
from tests.attacks.world import cell
from tests.flows.conftest import booking


async def test_the_same_form_with_other_words_is_told_and_nothing_is_lost(desk: Desk, store: Store) -> None:
    """Back, another day, send: c15t and we answered the first number and forgot the second day."""
    first = await collect(desk, booking(desk, 1))
    assert await collect(desk, booking(desk, 1)) == first
    for change in (
        {"booking__date": "2026-11-26"},
        {"location__address": "Jalan Lain 9, Depok"},
        {"booking__wish": "x"},
    ):
        with pytest.raises(Conflict) as told:
            await collect(desk, booking(desk, 1, **change))
        assert told.value.code == "form_sent"
    assert await cell(store, "SELECT count(*) FROM record WHERE point = 'booking'") == 1
    assert await collect(desk, booking(desk, 2, booking__date="2026-11-26")) != first


async def test_one_key_for_two_different_calls_at_once_takes_one(desk: Desk, store: Store) -> None:
    """An API's client that reuses its key: one is taken, the other is told, whichever came first."""
    sent = [booking(desk, 1), booking(desk, 1, location__address="Jalan Lain 9, Depok")]
    ends = await asyncio.gather(*(collect(desk, form) for form in sent), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Collected", "Conflict"]
    assert await cell(store, "SELECT count(*) FROM record WHERE point = 'booking'") == 1


async def test_one_key_for_two_people_makes_two_records(desk: Desk, store: Store) -> None:
    """A typing error in the address is mended and sent again: its owner gets the letter, the first is not proven."""
    first = await collect(desk, booking(desk, 1))
    second = await collect(desk, booking(desk, 1, identity__email="ratna.dewi@contoh.example"))
    assert first != second
    assert await cell(store, "SELECT count(*) FROM record WHERE point = 'booking'") == 2


async def test_a_batch_sent_again_with_other_words_is_not_taken_for_the_first(desk: Desk, store: Store) -> None:
    await collect_many(desk, [booking(desk, 1), booking(desk, 2, identity__email="lain@contoh.example")])
    with pytest.raises(Conflict):
        await collect_many(desk, [booking(desk, 1, booking__wish="Ada kucing"), booking(desk, 3)])
    assert await cell(store, "SELECT count(*) FROM record WHERE point = 'booking'") == 2


def test_the_page_says_so_and_keeps_what_was_typed(demo: Demonstration) -> None:
    form = demo.form()
    first = demo.book(form, identity__email="kembali@contoh.example")
    changed = {**TYPED, **form, "identity.email": "kembali@contoh.example", "booking.wish": "Ada kucing"}
    told = demo.post("/home-cleaning/pesan", changed)
    assert told.status == 409
    assert "sudah terkirim" in told.text
    assert "Ada kucing" in told.text
    again = demo.form() | {name: form[name] for name in ("booking.date", "booking.slot")}
    assert demo.book(again, identity__email="kembali@contoh.example", booking__wish="Ada kucing").number != first.number
