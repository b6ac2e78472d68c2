"""The mailed link: opening it changes nothing, its button acts once, each consent is answered by itself."""

import pytest

from tepati.web.ports import Preview
from tests.web.fake import HOUR, NOW
from tests.web.forms import hidden

SHOW = "/home-cleaning/k/link-1"
ACT = "/home-cleaning/k"


@pytest.fixture
def linked(world):
    world.org.links["link-1"] = Preview("booking", "HC-1", ("offers_by_email",), NOW + 48 * HOUR)
    world.org.links["link-2"] = Preview("erasure", "HC-2", (), NOW + 24 * HOUR)
    world.org.links["link-3"] = Preview("stop", "HC-3", (), NOW + 24 * HOUR)
    world.org.links["link-4"] = Preview("cancel", "HC-4", (), NOW + 24 * HOUR)
    return world


async def test_a_scanner_that_fetches_the_link_changes_nothing(linked):
    async with linked.client() as client:
        for _ in range(5):
            assert (await client.get(SHOW)).status_code == 200
            assert (await client.head(SHOW)).status_code == 200
    assert not linked.org.used


async def test_the_page_leaks_its_address_to_nobody(linked):
    async with linked.client() as client:
        page = await client.get(SHOW)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert 'name="robots" content="noindex"' in page.text
    assert "https://" not in page.text


@pytest.mark.parametrize(("answer", "given"), [("yes", ("offers_by_email",)), ("no", ())])
async def test_the_button_acts_and_each_consent_is_answered_by_itself(linked, answer, given):
    async with linked.client() as client:
        form = hidden((await client.get(SHOW)).text) | {"asks.offers_by_email": answer}
        done = await client.post(ACT, data=form)
        page = await client.get(done.headers["location"])
    assert done.status_code == 303
    assert "HC-1" in page.text
    assert ("Berlaku" in page.text) == bool(given)
    assert "link-1" not in done.headers["location"]


async def test_neither_answer_is_chosen_before(linked):
    async with linked.client() as client:
        page = (await client.get(SHOW)).text
    assert 'value="yes" required' in page
    assert 'value="no" required' in page
    assert "checked" not in page


async def test_no_answer_to_a_consent_is_no_consent_and_no_act(linked):
    async with linked.client() as client:
        form = hidden((await client.get(SHOW)).text)
        unanswered = await client.post(ACT, data=form)
        strange = await client.post(ACT, data=form | {"asks.offers_by_email": "maybe"})
    assert (unanswered.status_code, strange.status_code) == (422, 422)
    assert not linked.org.used


async def test_a_link_works_once(linked):
    async with linked.client() as client:
        form = hidden((await client.get(SHOW)).text) | {"asks.offers_by_email": "yes"}
        assert (await client.post(ACT, data=form)).status_code == 303
        again = await client.post(ACT, data=form)
        shown = await client.get(SHOW)
    assert (again.status_code, shown.status_code) == (410, 410)
    assert "sudah dipakai" in shown.text


async def test_a_consent_that_was_not_ticked_cannot_be_slipped_in(linked):
    async with linked.client() as client:
        form = hidden((await client.get(SHOW)).text) | {"asks.offers_by_email": "no", "asks.offers_by_whatsapp": "yes"}
        answer = await client.post(ACT, data=form)
    assert answer.status_code == 403
    assert not linked.org.used


async def test_the_button_needs_its_page(linked):
    async with linked.client() as client:
        page = hidden((await client.get(SHOW)).text) | {"asks.offers_by_email": "yes"}
        for form in ({"link": "link-1"}, page | {"_token": "A" * 100}):
            assert (await client.post(ACT, data=form)).status_code == 400
        cross = await client.post(ACT, data=page, headers={"sec-fetch-site": "cross-site"})
    assert cross.status_code == 403
    assert not linked.org.used


@pytest.mark.parametrize("token", ["x", "link-9", "%22%3E%3Cscript%3E", "." * 300])
async def test_a_made_up_link_is_404_and_repeats_nothing(linked, token):
    async with linked.client() as client:
        answer = await client.get(f"/home-cleaning/k/{token}")
    assert answer.status_code == 404
    assert "<script" not in answer.text


async def test_an_erasure_says_its_consequences_and_leads_to_the_certificate(linked):
    async with linked.client() as client:
        page = await client.get("/home-cleaning/k/link-2")
        done = await client.post(ACT, data=hidden(page.text))
        certificate = await client.get(done.headers["location"])
    assert "tidak dapat dibatalkan" in page.text
    assert 'class="stop"' in page.text
    assert done.headers["location"] == "/home-cleaning/c/cap-1"
    assert "SP-2610-0001" in certificate.text
    assert certificate.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "word"), [("/s/link-3", "Berhenti menerima promo"), ("/k/link-4", "Batalkan penghapusan")]
)
async def test_ways_out_are_a_press_away(linked, path, word):
    async with linked.client() as client:
        page = await client.get(f"/home-cleaning{path}")
        done = await client.post(ACT, data=hidden(page.text))
        after = await client.get(done.headers["location"])
    assert word in page.text
    assert after.status_code == 200


async def test_a_made_up_certificate_is_404(linked):
    async with linked.client() as client:
        assert (await client.get("/home-cleaning/c/cap-2")).status_code == 404


async def test_the_mail_programs_own_button_stops_a_promotion(linked):
    """RFC 8058: one POST, no page before it, and it works for a way out only."""
    async with linked.client() as client:
        body = {"List-Unsubscribe": "One-Click"}
        assert (await client.post("/home-cleaning/k/link-1", data=body)).status_code == 404
        assert (await client.post("/home-cleaning/k/link-3", data={"x": "y"})).status_code == 400
        assert not linked.org.used
        done = await client.post("/home-cleaning/k/link-3", data=body)
    assert done.status_code == 200
    assert linked.org.used == {"link-3"}


async def test_either_kind_of_form_stops_a_promotion_from_anywhere(linked):
    """RFC 8058 section 3.2: multipart/form-data or urlencoded, without cookies; a webmail's page is another site."""
    async with linked.client() as client:
        away = {"sec-fetch-site": "cross-site", "origin": "https://mail.example"}
        for files in ({"List-Unsubscribe": (None, "No")}, {"List-Unsubscribe": ("One-Click", b"One-Click")}):
            assert (await client.post("/home-cleaning/k/link-3", files=files, headers=away)).status_code == 400
        assert not linked.org.used
        done = await client.post(
            "/home-cleaning/k/link-3", files={"List-Unsubscribe": (None, "One-Click")}, headers=away
        )
    assert done.status_code == 200
    assert linked.org.used == {"link-3"}
