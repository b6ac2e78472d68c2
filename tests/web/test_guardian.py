"""A child orders at the hosting company: their guardian answers by link, and staff hear them on the telephone."""

import re

import pytest

from tepati.flows.acts.deliver import deliver
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import lines
from tests.web.company import Company
from tests.web.examples import hidden, path, typed
from tests.web.office import words
from tests.web.test_uses import company  # noqa: F401 - a fixture

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both
FATHER, CHILD = "ayah@rumah.example", "ratna@contoh.example"
LIST, ONE, OPEN = "/konsol/wali", "/konsol/wali/nomor", "/konsol/wali/buka"
HEARD = {"method": "recorded_call", "called": "0811 2222 333", "source": "records", "note": "Ayahnya membenarkan."}


async def order(c: Company, **other: str):
    """Send the order form with a birth date of a child."""
    fields = typed(c.slug, **{"customer.birth_date": "2012-05-17", **other})
    form = hidden((await c.site.get(path(c.slug))).text) | fields
    return await c.site.post(path(c.slug), data=form)


async def asks(c: Company) -> tuple[str, str]:
    """Order as a child; return the number and the address of the guardian's page."""
    sent = await order(c, **{"guardian.email": FATHER})
    assert sent.status_code == 303, words(sent.text)[:600]
    said = await c.page(sent.headers["location"].partition(f"/{c.slug}/")[2])
    await deliver(c.desk, c.post)
    (link,) = re.findall(rf"https://\S+(/{c.slug}/wali/\S+)", c.post.sent[-1].text)
    return re.search(r"\b[A-Z]+-[\w]{4}-[\w]{4}\b", said)[0], link


async def press(c: Company, link: str, said: str):
    page = await c.site.get(link)
    return await c.site.post(link, data=hidden(page.text) | {"answer": said})


@pytest.mark.promise("W16")
async def test_the_form_asks_for_a_guardian_only_where_an_age_calls_for_one(company):  # noqa: F811
    """What was typed stays on the page; the child's own address is refused, and nobody is written to."""
    c = await company("hosting")
    assert "guardian.email" not in (await c.site.get(path(c.slug))).text
    page = await order(c)
    assert page.status_code == 422
    assert 'name="guardian.email"' in page.text
    assert "Ratna Wulandari" in page.text
    assert "orang tua atau wali Anda menjawab lebih dahulu" in words(page.text)
    same = await order(c, **{"guardian.email": CHILD})
    assert (same.status_code, "ini milik anak itu sendiri" in words(same.text)) == (422, True)
    await deliver(c.desk, c.post)
    assert c.post.sent == []
    called = await order(c, **{"guardian.email": "", "guardian.none": "yes"})
    assert "Mereka menelepon kami" in await c.page(called.headers["location"].partition(f"/{c.slug}/")[2])
    assert (await order(c, **{"customer.birth_date": "1990-05-17", "guardian.email": FATHER})).status_code == 303
    assert await lines(c.desk, "guardian", "age_changed") == ["minors.guardian"], "another birth date is counted"


@pytest.mark.promise("W16", "L15")
async def test_two_buttons_and_opening_is_not_agreeing(company):  # noqa: F811
    """The page says what, who and why, the name covered; the child's browser is refused; a button counts once."""
    c = await company("hosting")
    _, link = await asks(c)
    page = (await c.site.get(link)).text
    assert page.count('<button class="plain" name="answer"') == 2
    assert "Ratna Wulandari" not in page
    assert "Membuka halaman ini belum berarti menyetujui" in words(page)
    same = await press(c, link, "yes")
    assert (same.status_code, "Peramban ini milik anak itu" in words(same.text)) == (403, True)
    c.site.cookies.clear()
    done = await press(c, link, "yes")
    assert "Petugas kami memastikannya dengan Anda" in words((await c.site.get(done.headers["location"])).text)
    assert "Anda sudah menjawab" in words((await c.site.get(link)).text)
    assert (await press(c, link, "no")).status_code == 400, "no button is left, and no token for one"
    _, other = await asks(c)
    c.site.cookies.clear()
    refused = await press(c, other, "no")
    assert "Tidak ada lagi yang tersisa" in words((await c.site.get(refused.headers["location"])).text)
    assert (await c.site.get(other)).status_code == 404


@pytest.mark.promise("W16", "W20", "L15")
async def test_staff_hear_the_guardian_and_the_order_goes_its_way(company, clock):  # noqa: F811
    """The queue has the declared time, the morning names it; the board counts by method and tells the slowest."""
    c = await company("hosting")
    number, link = await asks(c)
    c.site.cookies.clear()
    await press(c, link, "yes")
    clerk, other = await c.staff("customer_service"), await c.staff("accounting")
    assert number in await clerk.text("/konsol")
    assert (await other.get(LIST)).status_code == 403
    assert f"{number} " in (said := await clerk.text(LIST))
    assert "Yang paling lama menunggu sejak" in said
    assert "Ratna" not in await clerk.text(f"{ONE}/{number}")
    shown = words((await clerk.press(f"{ONE}/{number}", OPEN)).text)
    assert all(each in shown for each in ("Ratna Wulandari", FATHER))
    theirs = await clerk.press(f"{ONE}/{number}", ONE, **HEARD | {"said": "yes", "called": "0812 3456 7890"})
    assert (theirs.status_code, "ini milik anak itu sendiri" in words(theirs.text)) == (422, True)
    clock.forward(hours=3)
    heard = await clerk.press(f"{ONE}/{number}", ONE, **HEARD | {"said": "yes"})
    assert heard.status_code == 303, words(heard.text)[:600]
    assert "Yang paling lambat membutuhkan 3 jam" in await clerk.text(LIST)
    steward = await c.staff("privacy_desk")
    await c.settled()
    assert "telepon: 1" in await c.evidence(steward, "minors.guardian")
    assert "3 jam" in await c.evidence(steward, "minors.guardian.within")


@pytest.mark.promise("W16", "L15")
async def test_the_child_confirms_as_everybody_and_the_guardian_takes_it_back(company):  # noqa: F811
    """By the link in the receipt's letter; after it there is no such link."""
    c = await company("hosting")
    number, link = await asks(c)
    c.site.cookies.clear()
    await press(c, link, "yes")
    clerk = await c.staff("customer_service")
    await clerk.press(f"{ONE}/{number}", ONE, **HEARD | {"said": "yes"})
    await c.settled()
    form = hidden((await c.site.get(c.link(CHILD))).text)
    assert (await c.site.post(f"/{c.slug}/k", data=form)).status_code == 303
    theirs = words(await (await c.centre(CHILD)).get(f"/{c.slug}/pusat-privasi/pemakaian"))
    assert "mendengar orang tua atau wali Anda dan mencatatnya" in theirs
    assert "Orang tua atau wali Anda menyetujui lewat tautan di e-mail" in theirs
    (back,) = {
        found for mail in c.post.sent if mail.to == FATHER and "berlaku" in mail.subject
        for found in re.findall(rf"https://\S+(/{c.slug}/wali/\S+)", mail.text)
    }  # fmt: skip
    assert "Tarik persetujuan" in words((await c.site.get(back)).text)
    taken = await press(c, back, "back")
    assert "sudah ditarik" in words((await c.site.get(taken.headers["location"])).text)
    assert (await c.site.get(back)).status_code in {404, 410}
