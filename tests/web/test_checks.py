"""A1: staff check an identity: the document is seen while its case is open, and goes; who, when and how stays."""

import re

import pytest

from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.sweep import sweep
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, lines
from tests.rules.test_pictures import jpeg
from tests.web.office import words
from tests.web.test_uses import RATNA, company, copy_of  # noqa: F401 - a fixture

PAGE, LIST = "/point-of-sale/pusat-privasi/bukti", "/konsol/pemeriksaan"
ONE, OPEN = f"{LIST}/nomor", f"{LIST}/buka"
pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
PASSED = {"identity_outcome.outcome": "passed", "identity_outcome.method": "photo"}


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of the form that brings a file."""
    form = re.findall(r'<form method="post" enctype="multipart/form-data".*?</form>', page, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def form_of(page: str) -> dict[str, str]:
    """The hidden inputs of the form that says an outcome."""
    form = re.findall(rf'<form method="post" action="/point-of-sale{ONE}">.*?</form>', page, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


async def send(browser, raw: bytes, **more: str):
    """Choose a photo and press the button."""
    data = hidden(await browser.get(PAGE)) | more
    answer = await browser.client.post(PAGE, data=data, files={"file": ("ktp-ratna.jpg", raw, "image/jpeg")})
    if answer.status_code == 303:
        await browser.get(answer.headers["location"])
    return answer


async def documents(c) -> int:
    return await count(c.desk.store, "sealed WHERE category = 'proof_of_identity'")


async def sent(company):  # noqa: F811
    """Register a merchant, who sends a photo of a document; give the company, their browser and the number."""
    c = await company("point-of-sale")
    await c.comes(RATNA)
    browser = await c.centre(RATNA)
    assert 'type="file"' not in await browser.get(PAGE), "a mailed link alone sends no document"
    await browser.know(c.clock, RATNA)
    assert (await send(browser, b"%PDF-1.7 bukan foto")).status_code == 422
    assert (await send(browser, jpeg(), point="account")).status_code == 403
    before = hidden(await browser.get(PAGE))
    assert (await send(browser, jpeg())).status_code == 303
    assert "Bukti Anda sedang diperiksa" in browser.page
    second = await browser.client.post(PAGE, data=before, files={"file": ("a.jpg", jpeg(), "image/jpeg")})
    assert (second.status_code, await documents(c)) == (409, 1)
    return c, browser, re.search(r"POS-\w{4}-\w{4}", browser.page)[0]


async def attacked(c, number: str, verifier) -> None:
    """Another role, half an outcome, one that is none, a day of one's own."""
    support = await c.staff("support")
    assert (await support.get(f"{ONE}/{number}")).status_code == 403
    looked = await c.looks(support, "identity_check", "proof_of_identity.document", number=number)
    assert looked.json()["promise"] == "roles.support"
    half = await verifier.press(f"{ONE}/{number}", ONE, **{"identity_outcome.outcome": "passed"})
    assert half.status_code == 422
    odd = await verifier.press(f"{ONE}/{number}", ONE, **PASSED | {"identity_outcome.outcome": "sudah"})
    assert odd.status_code == 422
    forged = await verifier.press(f"{ONE}/{number}", ONE, **PASSED, **{"identity_outcome.at": "2020-01-01"})
    assert forged.status_code == 403


@pytest.mark.promise("A1")
async def test_an_identity_is_checked_and_its_document_kept_only_as_long_as_declared(company):  # noqa: F811
    """Sent on a known device, looked at by a line, closed with an outcome that is mailed; a week later it is gone."""
    c, browser, number = await sent(company)
    verifier = await c.staff("verifier")
    assert number in await verifier.text(LIST)
    assert "data:image" not in (await verifier.get(f"{ONE}/{number}")).text
    seen = await verifier.press(f"{ONE}/{number}", OPEN)
    assert '<img class="photo" src="data:image/jpeg;base64,' in seen.text
    assert "img-src data:" in seen.headers["content-security-policy"]
    assert "17 Mei 1990" in words(seen.text)
    assert (await lines(c.desk, "look", "allowed")).count("roles.verifier") == 1
    await attacked(c, number, verifier)
    c.post.sent.clear()
    form = form_of((await verifier.get(f"{ONE}/{number}")).text) | PASSED
    first, again = [await verifier.client.post(f"/point-of-sale{ONE}", data=form) for _ in range(2)]
    assert (first.status_code, again.status_code) == (303, 403), "what is closed stays closed"
    await deliver(c.desk, c.post)
    assert "cocok" in next(mail.text for mail in c.post.sent if mail.to == RATNA).lower()
    assert number not in await verifier.text(LIST)
    over = await c.looks(verifier, "identity_check", "proof_of_identity.document", number=number)
    assert over.json()["promise"] == "roles.verifier"
    trail = words(await browser.get("/point-of-sale/pusat-privasi/pemakaian"))
    assert "Petugas pemeriksa identitas mengirim formulir hasil pemeriksaan identitas" in trail
    c.clock.forward(days=8)
    await sweep(c.desk)
    assert (await c.strange(), await documents(c)) == ([], 0)
    (kept,) = [part["values"] for part in (await copy_of(c, RATNA))["data"] if part["category"] == "identity_outcome"]
    assert (kept["identity_outcome.outcome"], kept["identity_outcome.method"]) == ("cocok", "dari foto dokumen")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", kept["identity_outcome.at"])
    director = await c.staff("director")
    assert "0 catatan melewati tanggal akhirnya" in await c.evidence(director, "retention.proof_of_identity")
