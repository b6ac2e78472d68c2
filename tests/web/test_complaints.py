"""Complaints through the console's pages: closed up first, opened by a press, answered as text, closed."""

import base64
import re

import pytest

from tepati.flows.acts.agree import agree
from tepati.flows.acts.deliver import deliver
from tepati.rules.pictures import stripped
from tests.flows.complaining import complained
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import confirmed, count, guest, lines, person_of
from tests.rules.test_pictures import jpeg
from tests.web.office import ORG, console, form_to, hidden, signed_in, words

LIST, ONE, OPEN = "/konsol/tiket", "/konsol/tiket/nomor", "/konsol/tiket/buka"
PHOTO = "/konsol/tiket/foto"


async def test_a_complaint_is_opened_answered_and_gone_from_the_list(desk, post, clock):  # noqa: F811
    """The page shows nothing before the press; the press is a line; what was typed leaves as text."""
    opened, app = console(desk, clock)
    await guest(opened, post)
    number = await complained(opened, await person_of(opened))
    clerk = await signed_in(opened, app, clock, "service_desk")
    assert number in await clerk.text(LIST)
    shut = (await clerk.get(f"{ONE}/{number}")).text
    assert "Kaca depan" not in shut
    assert await lines(opened, "look", "allowed") == []
    seen = await clerk.press(f"{ONE}/{number}", OPEN)
    assert seen.status_code == 200
    assert "Kaca depan tergores &lt;b&gt;parah&lt;/b&gt;" in seen.text
    assert await lines(opened, "look", "allowed") == ["roles.service_desk"]
    empty = await clerk.press(f"{ONE}/{number}", ONE, text=" ", way="email")
    assert empty.status_code == 422
    post.sent.clear()
    answered = await clerk.press(f"{ONE}/{number}", ONE, text="<img src=x> Maaf,\nkami ganti.", way="email")
    assert answered.status_code == 303
    await deliver(opened, post)
    assert "&lt;img src=x&gt; Maaf," in post.sent[0].html
    assert "<img" not in post.sent[0].html
    assert number not in await clerk.text(LIST)
    assert "tidak dapat dibuka lagi" in words((await clerk.get(f"{ONE}/{number}")).text)
    for page in ("/en/console/tickets", f"/en/console/tickets/number/{number}"):
        assert (await clerk.get(page)).status_code == 200


async def test_a_photo_leaves_as_a_file_only_and_each_time_is_a_line(desk, post, clock):  # noqa: F811
    """Its kind and size are said once the complaint is opened; no page shows it, and another role gets none."""
    opened, app = console(desk, clock)
    await guest(opened, post)
    raw = stripped(jpeg())
    number = await complained(opened, await person_of(opened), photo=base64.b64encode(raw).decode())
    clerk = await signed_in(opened, app, clock, "service_desk")
    shut = await clerk.get(f"{ONE}/{number}")
    assert PHOTO not in shut.text
    seen = await clerk.press(f"{ONE}/{number}", OPEN)
    assert "JPEG, 1 kB" in words(seen.text)
    assert base64.b64encode(raw).decode()[:40] not in seen.text
    assert len(await lines(opened, "look", "allowed")) == 1
    fields = hidden(form_to(seen.text, PHOTO)) | {"how": "file"}
    file = await clerk.client.post(ORG + PHOTO, data=fields)
    assert (file.status_code, file.content) == (200, raw)
    assert file.headers["content-disposition"] == f'attachment; filename="{number}.jpg"'
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"].endswith("sandbox")
    assert file.headers["content-type"] == "application/octet-stream"
    assert len(await lines(opened, "look", "allowed")) == 2
    for forged in ({"field": "complaint.text"}, {"field": "identity.nik"}, {"field": "x"}, {"number": "HC-0000-0000"}):
        assert (await clerk.client.post(ORG + PHOTO, data=fields | forged)).status_code == 404
    other = await signed_in(opened, app, clock, "dispatcher")
    assert (await other.client.post(ORG + PHOTO, data=fields)).status_code in (400, 403)
    assert len(await lines(opened, "look", "allowed")) == 2


async def test_a_photo_is_shown_in_the_answer_to_one_form_and_nowhere_else(desk, post, clock):  # noqa: F811
    """Of the type that its bytes are, under a policy that allows this picture alone; no address of ours serves it."""
    opened, app = console(desk, clock)
    await guest(opened, post)
    raw = stripped(jpeg())
    number = await complained(opened, await person_of(opened), photo=base64.b64encode(raw).decode())
    clerk = await signed_in(opened, app, clock, "service_desk")
    fields = hidden(form_to((await clerk.press(f"{ONE}/{number}", OPEN)).text, PHOTO))
    shown = await clerk.client.post(ORG + PHOTO, data=fields | {"how": "page"})
    assert shown.status_code == 200
    (source,) = re.findall(r'<img class="photo" src="([^"]+)"', shown.text)
    assert source == "data:image/jpeg;base64," + base64.b64encode(raw).decode()
    policy = dict(each.strip().split(" ", 1) for each in shown.headers["content-security-policy"].split(";"))
    assert (policy["img-src"], policy["default-src"], "script-src" in policy) == ("data:", "'none'", False)
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cross-origin-resource-policy"] == "same-origin"
    assert shown.headers["cache-control"] == "no-store"
    assert len(await lines(opened, "look", "allowed")) == 2, "opening the complaint, and looking at the photo"
    assert "data:" not in (await clerk.get(f"{ONE}/{number}")).headers["content-security-policy"]
    assert (await clerk.get(PHOTO)).status_code in {404, 405}
    for wrong in ({}, {"how": "inline"}):
        assert (await clerk.client.post(ORG + PHOTO, data=fields | wrong)).status_code == 400
    assert len(await lines(opened, "look", "allowed")) == 2


@pytest.mark.parametrize("role", ["dispatcher", "editor", "privacy_desk"])
async def test_other_roles_have_no_way_in(desk, post, clock, store, role):  # noqa: F811
    """The list, the page and the forms are refused to whoever answers none; a token of another page opens nothing."""
    opened, app = console(desk, clock)
    await guest(opened, post)
    number = await complained(opened, await person_of(opened))
    other = await signed_in(opened, app, clock, role)
    for path in (LIST, f"{ONE}/{number}"):
        assert (await other.get(path)).status_code == 403
    clerk = await signed_in(opened, app, clock, "service_desk")
    stolen = (await clerk.get(f"{ONE}/{number}")).text.split('name="_token" value="')[2].split('"')[0]
    for staff, token in ((other, stolen), (other, ""), (clerk, "")):
        for action in (ONE, OPEN):
            body = {"_token": token, "number": number, "text": "x", "way": "email"}
            assert (await staff.client.post(ORG + action, data=body)).status_code in (400, 403)
    assert await count(store, "dealing WHERE kind = 'complaint' AND closed IS NULL") == 1
    assert await lines(opened, "look", "allowed") == []
    assert (await clerk.get(f"{ONE}/HC-0000-0000")).status_code == 404


async def test_a_complaint_told_on_the_phone_is_confirmed_by_its_owner(desk, post, clock, store):  # noqa: F811
    """Typed by the desk, with its role in the line; it opens when the letter's link was pressed, as any other."""
    opened, app = console(desk, clock)
    clerk = await signed_in(opened, app, clock, "service_desk")
    typed = {
        "identity.name": "Ratna Dewi", "identity.email": "ratna@contoh.example", "complaint.kind": "complaint",
        "complaint.text": "Kaca <b>tergores</b>", "complaint.booking": "",
    }  # fmt: skip
    page = "/konsol/tiket/catat/complaint"
    wrong = await clerk.press(page, page, channel="phone", **(typed | {"identity.email": "bukan"}))
    assert wrong.status_code == 422
    assert "Kaca &lt;b&gt;tergores" in wrong.text
    for channel in ("site", "fax"):
        assert (await clerk.press(page, page, channel=channel, **typed)).status_code == 403
    extra = await clerk.press(page, page, channel="phone", **typed, **{"identity.nik": "3174010101900001"})
    assert extra.status_code == 403
    done = await clerk.press(page, page, channel="phone", **typed)
    assert done.status_code == 303
    number = done.headers["location"].rpartition("/")[2]
    assert number in await clerk.text(done.headers["location"].removeprefix(ORG))
    assert number not in await clerk.text(LIST), "not before its owner confirms it"
    await deliver(opened, post)
    await agree(opened, post.link("confirm"), frozenset(), "id")
    assert number in await clerk.text(LIST)
    assert "Kaca" in (await clerk.press(f"{ONE}/{number}", OPEN)).text
    other = await signed_in(opened, app, clock, "dispatcher")
    assert (await other.get(page)).status_code == 403
    assert (await clerk.get(f"/konsol/tiket/tercatat/{'%3Cscript%3E'}")).status_code == 404


async def test_who_has_no_address_is_written_down_with_a_number_and_a_clock(desk, post, clock):  # noqa: F811
    """Without the word of staff the address is needed; with it, paper, the clock at once, and no mail as a way."""
    opened, app = console(desk, clock)
    clerk = await signed_in(opened, app, clock, "service_desk")
    typed = {
        "identity.name": "Ratna Dewi", "identity.email": "", "complaint.kind": "complaint",
        "complaint.text": "Kaca tergores", "complaint.booking": "", "complaint.callback": "0812 3456 7890",
    }  # fmt: skip
    page = "/konsol/tiket/catat/complaint"
    assert (await clerk.press(page, page, channel="phone", **typed)).status_code == 422
    done = await clerk.press(page, page, channel="phone", attested="yes", **typed)
    assert done.status_code == 303
    number, paper = done.headers["location"].rpartition("/")[2], await clerk.text(done.headers["location"][len(ORG) :])
    assert number in paper
    assert "Dijawab paling lambat" in paper
    assert "Kaca" not in paper
    assert number in await clerk.text(LIST)
    one = (await clerk.get(f"{ONE}/{number}")).text
    assert 'value="phone"' in one
    assert 'value="email"' not in one
    assert ORG + OPEN not in one, "who wrote it down alone opens nothing by it"
    await confirmed(opened, number)
    assert "81234567890" in (await clerk.press(f"{ONE}/{number}", OPEN)).text
    assert (await clerk.press(f"{ONE}/{number}", ONE, text="Kami ganti.", way="email")).status_code == 422
    answered = await clerk.press(f"{ONE}/{number}", ONE, text="Kami ganti.", way="phone")
    assert answered.status_code == 303
    assert number not in await clerk.text(LIST)
