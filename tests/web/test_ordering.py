"""F2: a booking told on the phone: typed in by who may, its hour held; and what a full hour says to the dispatcher."""

import re

import msgspec
import pytest

from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.tick import tick
from tests.flows.conftest import booking, desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, hired
from tests.flows.test_visits import local
from tests.web.office import ORG, console, signed_in, words

NEW = "/konsol/pesanan/catat"
CALL = {
    "channel": "phone", "identity.name": "Ratna Dewi", "identity.email": "ratna@contoh.example",
    "identity.phone": "0812 3456 7890", "identity.age": "18_or_over", "location.address": "Jalan Kenanga 7, Depok",
    "booking.service": "routine", "booking.date": "2026-11-25", "booking.slot": "s1330", "booking.method": "cash",
    "booking.wish": "", "terms": "1",
}  # fmt: skip
OTHER = {"identity.email": "lain@contoh.example", "identity.name": "Bima"}


@pytest.fixture
def world(desk, clock):  # noqa: F811
    return console(desk, clock)


async def test_a_call_becomes_a_booking_whose_hour_is_held(world, post, clock, store):  # noqa: F811
    """Typed at the desk, confirmed by the caller; the next caller is told that the hour is full, and which are not."""
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    assert f"{ORG}{NEW}" in (await clerk.get("/konsol/pesanan")).text
    taken = await clerk.press(NEW, NEW, **CALL)
    assert taken.status_code == 303, words(taken.text)[:600]
    shown = words((await clerk.client.get(taken.headers["location"])).text)
    assert "Pesanan tercatat" in shown
    full = await clerk.press(NEW, NEW, **(CALL | OTHER))
    assert full.status_code == 422
    said = words(full.text)
    assert "Rabu, 25 November 2026 pukul 16.00 WIB" in said
    assert "Kamis, 26 November 2026 pukul 08.00 WIB" in said
    assert 'value="lain@contoh.example"' in full.text
    assert await count(store, "record WHERE point = 'booking'") == 1
    await deliver(opened, post)
    done = await agree(opened, post.link("confirm"), frozenset(), "id")
    assert done.number in shown
    assert f"{ORG}/konsol/pesanan/{done.number}" in (await clerk.get("/konsol/pesanan")).text


async def test_what_is_missing_is_named_and_nothing_is_kept(world, clock, store):
    """No name, no terms heard, a guardian needed: each is said on the page; another day shows its hours."""
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    answer = await clerk.press(NEW, NEW, **(CALL | {"identity.name": ""}))
    assert (answer.status_code, 'href="#identity-name"' in answer.text) == (422, True)
    without = {name: value for name, value in CALL.items() if name != "terms"}
    assert (await clerk.press(NEW, NEW, **without)).status_code == 422
    assert (await clerk.press(NEW, NEW, **(CALL | {"identity.age": "under_18"}))).status_code == 422
    assert (await clerk.press(NEW, NEW, **(CALL | {"channel": "site"}))).status_code == 422
    assert (await clerk.press(NEW, NEW, **(CALL | {"lain.lain": "x"}))).status_code == 403
    shown = await clerk.press(NEW, NEW, **(CALL | {"booking.date": "2026-11-27", "_show": "hours"}))
    assert "Jumat, 27 November 2026" in words(shown.text)
    assert await count(store, "record WHERE point = 'booking'") == 0


async def test_a_caller_without_an_address_takes_a_number_home(world, post, clock, store):  # noqa: F811
    """The box says who attests, the paper names nobody; its number brings an erasure with a certificate."""
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    bare = CALL | {"identity.email": ""}
    missing = await clerk.press(NEW, NEW, **bare)
    assert (missing.status_code, 'href="#identity-email"' in missing.text) == (422, True)
    taken = await clerk.press(NEW, NEW, **bare, attested="yes")
    assert taken.status_code == 303, words(taken.text)[:600]
    paper = words((await clerk.client.get(taken.headers["location"])).text)
    number = taken.headers["location"].rpartition("/")[2]
    assert number in paper
    assert "Simpan nomor ini" in paper
    assert "Ratna" not in paper
    assert number in (await clerk.get("/konsol/pesanan")).text
    desk_clerk = await signed_in(opened, app, clock, "privacy_desk")
    record = "/konsol/permohonan/catat"
    told = await desk_clerk.press(f"{record}/erasure", record, number=number, channel="counter", proof="in_person")
    assert told.status_code == 303, words(told.text)[:600]
    sheet = (await desk_clerk.client.get(told.headers["location"])).text
    where = re.search(r"/certificate/id/[0-9a-f]{48}", sheet)
    assert where, words(sheet)
    again = await clerk.client.get(told.headers["location"])
    assert again.status_code in {403, 404}, "the paper is of the session that took the request"
    await tick(opened, post)
    assert await count(store, "person WHERE population = 'customer'") == 0
    assert "/k/" not in " ".join(mail.text for mail in post.sent)


async def test_an_address_proves_itself_even_if_the_box_is_ticked(world, post, clock, store):  # noqa: F811
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    assert (await clerk.press(NEW, NEW, **CALL, attested="yes")).status_code == 303
    assert await count(store, "dealing") == 0
    assert await count(store, "link WHERE kind = 'booking'") == 1


async def test_who_may_not_type_bookings_in_finds_no_form(world, clock):
    opened, app = world
    clerk = await signed_in(opened, app, clock, "privacy_desk")
    assert (await clerk.get(NEW)).status_code == 403


async def test_a_full_hour_is_refused_at_the_visit_too_unless_said_so(world, post, clock):  # noqa: F811
    """Moved to a full hour: nothing moves, the free ones are buttons, and the dispatcher may keep to it knowingly."""
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    one = msgspec.structs.replace(booking(opened, 1), holds=True)
    number = (await collect(opened, one)).number
    await deliver(opened, post)
    await agree(opened, post.link("confirm"), frozenset(), "id")
    taken = booking(opened, 2, identity__email="lain@contoh.example", booking__slot="s1600")
    await collect(opened, msgspec.structs.replace(taken, holds=True))
    page = f"/konsol/pesanan/{number}"
    moved = {"do": "schedule", "date": "2026-11-25"}
    full = await clerk.press(page, page, **moved, slot="s1600")
    assert full.status_code == 422
    assert "Jam itu penuh" in words(full.text)
    assert 'name="date" value="2026-11-26"><input type="hidden" name="slot" value="s0800"' in full.text
    assert "Belum dijadwalkan" in await clerk.text(page)
    assert (await clerk.press(page, page, **moved, slot="s1600", beyond="yes")).status_code == 303
    assert "25 November 2026 pukul 16.00 WIB" in await clerk.text(page)


async def test_a_cleaners_new_link_is_one_press_and_the_page_says_when(world, post, clock):  # noqa: F811
    """The booking says when the link in force left and whether it was opened; a new one ends it."""
    from tepati.flows.acts.arrive import arrive, knock

    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher", "planner")
    cleaner = await hired(opened, "cleaner")
    number = (await collect(opened, booking(opened))).number
    await deliver(opened, post)
    await agree(opened, post.link("confirm"), frozenset(), "id")
    page = f"/konsol/pesanan/{number}"
    await clerk.press(page, page, do="schedule", date="2026-11-25", slot="s1330")
    await clerk.press(page, page, do="assign", cleaner=cleaner.person.hex())
    await deliver(opened, post)
    first = post.link("visit")
    assert "belum dibuka" in await clerk.text(page)
    clock.at = local(24, 18)
    await arrive(opened, first, "a phone")
    clerk = await signed_in_again(opened, app, clock)
    assert "dibuka di ponselnya" in await clerk.text(page)
    again = await clerk.press(page, page, do="assign", cleaner=cleaner.person.hex())
    assert again.status_code == 303
    await deliver(opened, post)
    second = post.link("visit")
    assert second != first
    assert "belum dibuka" in await clerk.text(page)
    assert (await knock(opened, second, "")).state == "ready"
    with pytest.raises(Exception, match="no_such_link"):
        await knock(opened, first, "a phone")


async def signed_in_again(opened, app, clock):
    """Sign another dispatcher in: sessions of the morning are over."""
    return await signed_in(opened, app, clock, "dispatcher")
