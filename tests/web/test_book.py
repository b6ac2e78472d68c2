"""The booking page: what is asked, what is kept, what is refused, and that nothing happens twice."""

import asyncio
import base64
import re
from html import unescape

import pytest
from msgspec.structs import replace

from tepati.errors import Conflict, Refused, Unavailable
from tests.web.fake import NOW
from tests.web.forms import BOOK, TYPED, filled, hidden

EN = "/home-cleaning/en/book"


async def test_a_booking_is_taken_once_and_answered_on_a_page_of_its_own(world):
    async with world.client() as client:
        form = await filled(client)
        answer = await client.post(BOOK, data=form)
        assert answer.status_code == 303
        page = await client.get(answer.headers["location"])
        again = await client.post(BOOK, data=form)
        other = await client.get(again.headers["location"])
    assert "FC-2610-0001" in page.text
    assert "FC-2610-0001" in other.text
    assert len(world.org.forms) == 1
    assert world.org.forms[0]["identity.name"] == ["Ratna Wulandari"]
    assert world.org.shown == [world.org.digest]


async def test_sixteen_presses_at_once_are_one_booking(world):
    async with world.client() as client:
        form = await filled(client)
        answers = await asyncio.gather(*(client.post(BOOK, data=form) for _ in range(16)))
    assert {answer.status_code for answer in answers} == {303}
    assert len(world.org.forms) == 1


async def test_nothing_typed_stands_in_an_address(world):
    async with world.client() as client:
        location = (await client.post(BOOK, data=await filled(client))).headers["location"]
    carried = location.rpartition("/")[2]
    plain = base64.urlsafe_b64decode(carried + "=" * (-len(carried) % 4))
    assert not [value for value in TYPED.values() if value in location or value.encode() in plain]


@pytest.mark.parametrize("path", [BOOK, EN])
async def test_the_promotion_box_is_unticked_and_apart(world, path):
    """F10 L3: agreeing is a box of its own that nobody ticked before."""
    async with world.client() as client:
        page = (await client.get(path)).text
    boxes = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert len(boxes) == 1
    assert 'name="asks.offers_by_email"' in boxes[0]
    assert "checked" not in boxes[0]
    assert "required" not in boxes[0]


async def test_only_declared_fields_have_inputs(world):
    async with world.client() as client:
        page = (await client.get(BOOK)).text
    names = set(re.findall(r'name="([^"]+)"', page)) - {
        "viewport",
        "referrer",
        "theme-color",
        "_token",
        "_show",
        "press",
        "back",
    }
    assert names == set(world.org.notice.points["booking"].collects) | {"asks.offers_by_email", "terms"}


async def test_an_undeclared_field_is_refused_by_name_citing_the_promise(world):
    async with world.client() as client:
        answer = await client.post(BOOK, data=await filled(client, **{"identity.nik": "3174010101900001"}))
    assert answer.status_code == 403
    assert "identity.nik" in answer.text
    assert "points.booking" in answer.text
    assert "3174010101900001" not in answer.text
    assert not world.org.forms
    assert world.org.strays == ["booking"]  # T1: the board counts it, as the door counts those of the API


@pytest.mark.promise("W18")
async def test_a_form_opened_before_a_version_dropped_a_field_is_shown_again_without_it(world):
    """Nothing is taken half, nothing typed is lost: the page of the new version stands filled, and is taken."""
    point = world.org.notice.points["booking"]
    async with world.client() as client:
        form = await filled(client, **{"booking.wish": "lewat pintu samping"})
        booking = replace(point, collects=point.collects - {"booking.wish"})
        world.org.notice = replace(world.org.notice, points={**world.org.notice.points, "booking": booking})
        told = (line for line in world.org.site.decode().replace(', "booking.wish"]', "]").splitlines())
        world.org.site = "\n".join(line for line in told if not line.startswith('"booking.wish"')).encode()
        world.org.digest = b"2" * 32
        answer = await client.post(BOOK, data=form)
        assert answer.status_code == 409
        assert not world.org.forms
        assert 'name="booking.wish"' not in answer.text
        assert 'value="Ratna Wulandari"' in answer.text
        kept = {name: value for name, value in form.items() if name != "booking.wish"}
        taken = await client.post(BOOK, data=kept | {"_token": hidden(answer.text)["_token"]})
    assert taken.status_code == 303
    assert "booking.wish" not in world.org.forms[0]
    assert not world.org.strays


async def test_a_strange_name_is_refused_but_not_repeated(world):
    async with world.client() as client:
        answer = await client.post(BOOK, data=await filled(client, **{"<b>Ratna W.": "1"}))
    assert answer.status_code == 403
    assert "Ratna W." not in answer.text


async def test_faults_are_told_above_linked_and_beside_and_the_typed_stays(world):
    async with world.client() as client:
        form = await filled(client, **{"identity.email": 'ratna"><i>', "asks.offers_by_email": "yes"})
        form.pop("booking.slot")
        answer = await client.post(BOOK, data=form)
    page = answer.text
    assert answer.status_code == 422
    assert 'role="alert"' in page
    assert 'tabindex="-1"' in page
    for ident in ("identity-email", "booking-slot"):
        assert f'<a href="#{ident}">' in page
        assert f'id="{ident}"' in page
        assert re.search(rf'aria-describedby="[^"]*{ident}-wrong', page)
    assert 'value="ratna&#34;&gt;&lt;i&gt;"' in page
    assert "Ratna Wulandari" in page
    assert re.search(r'name="asks.offers_by_email" value="yes" checked', page)
    assert re.search(r'value="18_or_over" checked', page)
    assert not world.org.forms
    assert "Jam kunjungan: pilih salah satu" in page
    assert "<title>Perlu diperbaiki" in page


async def test_a_corrected_form_is_taken(world):
    async with world.client() as client:
        form = await filled(client, **{"identity.email": "ratna"})
        first = await client.post(BOOK, data=form)
        second = await client.post(BOOK, data=form | hidden(first.text) | {"identity.email": "ratna@contoh.example"})
    assert (first.status_code, second.status_code) == (422, 303)


async def test_hours_of_another_day_are_shown_without_script_and_without_loss(world):
    async with world.client() as client:
        form = await filled(client, **{"booking.date": "2026-10-07", "_show": "hours", "identity.name": "Ra"})
        form.pop("location.address")
        page = await client.post(BOOK, data=form)
        sunday = await client.post(BOOK, data=form | {"booking.date": "2026-10-04"})
    assert page.status_code == 200
    assert "Rabu, 7 Oktober 2026 (WIB)" in page.text
    assert 'value="Ra"' in page.text
    assert 'role="alert"' not in page.text
    assert "Tidak ada kunjungan pada Minggu, 4 Oktober 2026" in sunday.text
    assert not world.org.forms


async def test_a_full_hour_cannot_be_chosen(world):
    async with world.client() as client:
        page = (await client.get(BOOK)).text
        taken = await client.post(BOOK, data=await filled(client, **{"booking.slot": "s1030"}))
    assert re.search(r'value="s1030"[^>]* disabled', page)
    assert taken.status_code == 409
    assert "baru saja terisi" in taken.text


@pytest.mark.parametrize("day", ["2020-01-01", "2999-01-01", "x", "", "2026-13-45", "9" * 100])
async def test_a_strange_day_in_the_address_shows_a_day_that_can_be_booked(world, day):
    async with world.client() as client:
        page = await client.get(BOOK, params={"day": day})
    assert page.status_code == 200
    assert re.search(r'name="booking.date"[^>]*value="2026-1[01]-\d\d"', page.text)


async def test_a_form_without_token_of_another_organisation_or_another_page_is_refused(world):
    from tepati.web import tokens

    key, digest = world.config.key, world.org.digest
    bad = {
        "none": "",
        "other organisation": tokens.issue(key, "other", "book", digest, NOW, b"f" * 16),
        "other page": tokens.issue(key, "home-cleaning", "confirm", digest, NOW, b"f" * 16),
        "other key": tokens.issue(b"x" * 32, "home-cleaning", "book", digest, NOW, b"f" * 16),
        "later": tokens.issue(key, "home-cleaning", "book", digest, NOW, b"f" * 16) + "A",
    }
    async with world.client() as client:
        for token in bad.values():
            answer = await client.post(BOOK, data=await filled(client, _token=token))
            assert answer.status_code == 400
            assert "Ratna" not in answer.text
    assert not world.org.forms


async def test_an_old_form_is_shown_again_with_what_was_typed(world):
    async with world.client() as client:
        form = await filled(client)
        world.clock.at += 13 * 3_600_000_000
        old = await client.post(BOOK, data=form)
        fresh = await client.post(BOOK, data=form | hidden(old.text))
    assert old.status_code == 409
    assert "Ratna Wulandari" in old.text
    assert fresh.status_code == 303


async def test_a_notice_that_changed_meanwhile_is_read_again_first(world):
    """F10: the version a person was shown is the version that is recorded."""
    async with world.client() as client:
        form = await filled(client)
        world.org.digest = b"2" * 32
        stale = await client.post(BOOK, data=form)
        fresh = await client.post(BOOK, data=form | hidden(stale.text))
    assert stale.status_code == 409
    assert "berganti versi" in stale.text
    assert fresh.status_code == 303
    assert world.org.shown == [b"2" * 32]


@pytest.mark.parametrize(
    ("error", "status"),
    [(Unavailable("busy"), 503), (Conflict("state_version"), 409), (Refused("x", "points.booking.age"), 403)],
)
async def test_what_cannot_be_done_is_said_and_nothing_typed_is_lost(world, error, status):
    async with world.client() as client:
        form = await filled(client)

        async def book(*_):
            raise error

        world.org.book = book
        answer = await client.post(BOOK, data=form)
    assert answer.status_code == status
    assert "Ratna Wulandari" in answer.text
    assert (answer.headers.get("retry-after") == "30") == (status == 503)


async def test_the_whole_store_away_is_503_with_a_page(world):
    world.org.broken = Unavailable("busy")
    async with world.client() as client:
        answers = [await client.get(path) for path in ("/health", "/home-cleaning/janji")]
        form = await client.get(BOOK)
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"30"}
    assert form.status_code == 200


async def test_health_says_when_no_worker_lives(world):
    """Work that nobody took up for half a minute: a monitor sees it at its next look."""
    async with world.client() as client:
        assert (await client.get("/health")).status_code == 200
        world.org.late = 31_000_000
        answer = await client.get("/health")
    assert (answer.status_code, answer.text) == (503, "work waits, no worker\n")


async def test_a_fault_of_ours_tells_nothing(world):
    world.org.broken = RuntimeError("secret inside")
    async with world.client() as client:
        answer = await client.get(BOOK)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_known_and_unknown_addresses_get_the_same_answer(world):
    async with world.client() as client:
        pages = []
        for _ in range(2):
            location = (await client.post(BOOK, data=await filled(client))).headers["location"]
            page = (await client.get(location)).text
            pages.append(re.sub(r"FC-2610-\d{4}|(?<=/)[A-Za-z0-9_-]{40,}", "", page))
    assert pages[0] == pages[1]


async def test_an_answer_page_cannot_be_made_up_or_kept_for_long(world):
    async with world.client() as client:
        location = (await client.post(BOOK, data=await filled(client))).headers["location"]
        forged = location[:-2] + ("AA" if location[-2:] != "AA" else "BB")
        assert (await client.get(forged)).status_code == 404
        assert (await client.get("/home-cleaning/pesan/diterima/" + "A" * 80)).status_code == 404
        world.clock.at += 61 * 60_000_000
        assert (await client.get(location)).status_code == 410


async def test_the_journey_of_the_data_is_drawn_from_the_notice(world):
    async with world.client() as client:
        page = unescape((await client.get(BOOK)).text)
        english = unescape((await client.get(EN)).text)
    for said in (
        "Penjadwal dapat melihat",
        "PT Bayar Contoh menerima",
        "sekali pakai",
        "dimusnahkan",
        "90 hari",
        "2 tahun",
    ):
        assert said in page
    for said in ("PT Bayar Contoh receives: name", "by a one-time link", "destroyed", "90 days", "2 years"):
        assert said in english


async def test_an_offer_is_chosen_by_its_link_and_a_strange_one_by_nothing(world):
    async with world.client() as client:
        chosen = (await client.get(BOOK, params={"offer": "sofa"})).text
        strange = (await client.get(BOOK, params={"offer": '"><script>'})).text
    assert re.search(r'value="sofa" checked', chosen)
    assert "<script" not in strange


async def test_too_long_a_value_is_a_fault_of_its_field(world):
    async with world.client() as client:
        answer = await client.post(BOOK, data=await filled(client, **{"identity.name": "x" * 200}))
    assert answer.status_code == 422
    assert "terlalu panjang" in answer.text
