"""What each example may use data for, and nothing else: asked over the API, at the console and by mail."""

import json
import re

import pytest

from tepati.cli.main import main
from tepati.ledger.verify import verify_receipt
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.web.company import Company
from tests.web.examples import EXAMPLES, hidden, opened, path, sign, typed

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
RATNA, BUDI = "ratna@contoh.example", "budi@contoh.example"
UNDECLARED = ("profiling", "resale", "ratna wulandari", "", "*", "purposes")


@pytest.fixture
def company(store, keystore, clock, random, post):  # noqa: F811
    """Open an example whose recipients have all signed."""

    async def open_(slug: str) -> Company:
        desk = opened(slug, store, keystore, clock, random)
        await sign(desk)
        return Company(desk, post, clock)

    return open_


@pytest.fixture
def checked(tmp_path, capsys):
    """Check the notice of an example, changed, as its author does; give the codes of its errors."""

    def run(slug: str, was: str, now: str) -> set[str]:
        source = (EXAMPLES / slug / "notice.yaml").read_text("utf-8")
        assert was in source, was
        file = tmp_path / "notice.yaml"
        file.write_text(source.replace(was, now, 1), "utf-8")
        main(["check", "--json", str(file)], lambda: None)
        found = json.loads(capsys.readouterr().out)[0]["findings"]
        return {each["code"] for each in found if each["level"] == "error"}

    return run


def refused(answer, promise: str) -> bool:
    """Say whether the API refused, by which promise, and told nothing else."""
    said = answer.json()
    return answer.status_code == 403 and said.get("promise") == promise and "values" not in said


async def copy_of(c: Company, email: str) -> dict[str, object]:
    """Take one's own copy in the privacy centre, as JSON, on a known phone."""
    browser = await c.centre(email)
    await browser.know(c.clock, email)
    await browser.get(f"{browser.centre}/salinan")
    return json.loads((await browser.send(f"{browser.centre}/salinan", n=1)).content)


async def receipts_of(c: Company, email: str) -> list[bytes]:
    """Take every receipt that the privacy centre offers."""
    browser = await c.centre(email)
    page = f"{browser.centre}/tanda-terima"
    await browser.get(page)
    n = browser.page.count(f'<form method="post" action="{page}">')
    return [(await browser.send(page, n=each)).content for each in range(n)]


# --- acceptance is no consent


@pytest.mark.parametrize(
    ("slug", "terms", "role", "purpose", "field", "promise"),
    [
        pytest.param("online-store", "terms.sale", "editor", "newsletter", "subscriber.name", "consents.news_by_email",
                     marks=pytest.mark.promise("T14")),
        pytest.param("office-booking", "terms.service", "front_desk", "catering", "profile.name", "roles.front_desk",
                     marks=pytest.mark.promise("S1")),
        pytest.param("home-cleaning", "terms.service", "editor", "offers", "identity.name", "consents.offers_by_email",
                     marks=pytest.mark.promise("F10")),
    ],
)  # fmt: skip
async def test_who_only_used_the_site_agreed_to_nothing(company, slug, terms, role, purpose, field, promise):
    """The version shown and the terms accepted stand apart in one's own copy; no use rests on either of them."""
    c = await company(slug)
    await c.comes(RATNA)
    clerk = await c.staff(role)
    assert refused(await c.looks(clerk, purpose, field, email=RATNA), promise)
    assert "1 kali tercatat sesuai janji, 0 percobaan ditolak" in await c.evidence(clerk, "notice.shown")
    assert "1 kali tercatat sesuai janji" in await c.evidence(clerk, terms)
    for name, message in c.desk.notice.messages.items():
        if message.kind == "promotion" and message.channel == "email":
            assert await c.campaign(clerk, name) == []
    own = await copy_of(c, RATNA)
    said = {(what, version, how) for what, version, how, _ in own["shown_and_accepted"]}
    assert said == {("notice", 1, "shown"), (terms, 1, "accepted")}
    assert (own["notice_version"], own["notice_sha256"]) == (1, c.desk.digest.hex())
    assert own["consents"] == []
    assert "bukan persetujuan" in await c.page("privasi")


# --- closed lists of purposes and data


@pytest.mark.parametrize(
    ("slug", "role", "own", "field", "unused"),
    [
        pytest.param("point-of-sale", "accountant", "bookkeeping", "merchant.name", "merchant.phone",
                     marks=pytest.mark.promise("A12")),
        pytest.param("office-booking", "security_watch", "protect", "profile.name", "profile.institution",
                     marks=pytest.mark.promise("S6")),
    ],
)  # fmt: skip
async def test_a_use_outside_the_declared_purposes_is_refused(company, slug, role, own, field, unused):
    """Over the API, with the promise that refuses; each refusal is counted on the board, and none was let by."""
    c = await company(slug)
    await c.comes(RATNA, "profile" if slug == "office-booking" else "")
    clerk = await c.staff(role)
    for purpose in UNDECLARED:
        assert refused(await c.looks(clerk, purpose, field, email=RATNA), "purposes"), purpose
        assert refused(await c.looks(clerk, purpose, field, email="siapa@contoh.example"), "purposes"), "unknown alike"
    assert refused(await c.looks(clerk, own, unused, email=RATNA), f"purposes.{own}")
    others = [name for name in c.desk.notice.purposes if name not in c.desk.notice.roles[role].for_]
    for purpose in others:
        said = await c.looks(clerk, purpose, min(c.desk.notice.purposes[purpose].uses), email=RATNA)
        assert refused(said, f"roles.{role}") or refused(said, f"purposes.{purpose}"), purpose
    told = await c.evidence(clerk, "purposes")
    assert int(re.search(r"(\d+) percobaan ditolak", told)[1]) >= 2 * len(UNDECLARED)
    lines = await clerk.text("/konsol/buku-catatan?act=look")
    assert not [word for word in ("profiling", "resale", "ratna") if word in lines], "a caller's word may be a name"
    assert "Ditepati" in told


@pytest.mark.promise("A10")
async def test_nothing_is_held_that_no_published_version_declares(company):
    """What a form adds is refused by name; one's own copy holds the declared fields that were typed, and no other."""
    c = await company("point-of-sale")
    await c.comes(RATNA)
    page = hidden((await c.site.get(path(c.slug))).text)
    for name in ("merchant.nik", "merchant.religion", "other.data", "merchant", "sale.amount"):
        answer = await c.site.post(path(c.slug), data=page | typed(c.slug) | {name: "9"})
        assert answer.status_code == 403, name
        assert "points.account" in answer.text
    clerk = await c.staff("privacy_desk")
    for name in ("merchant.nik", "merchant"):
        assert refused(await c.looks(clerk, "requests", name, email=RATNA), "data"), name
    assert "1 kali tercatat sesuai janji, 2 percobaan ditolak" in await c.evidence(clerk, "data")
    own = await copy_of(c, RATNA)
    held = {field for part in own["data"] for field in part["values"]}
    declared = {f"{category}.{name}" for category, one in c.desk.notice.data.items() for name in one.fields}
    assert held == set(typed(c.slug)) <= declared


@pytest.mark.promise("T13")
async def test_what_is_collected_off_line_is_refused(company, checked):
    """The notice covers site, mail, SMS and WhatsApp: a program of the staff brings nothing from a counter in."""
    c = await company("online-store")
    clerk = await c.staff("privacy_desk", "support")
    for channel in ("counter", "phone", "paper", "upload", "site"):
        said = {"point": "ticket", "channel": channel, "values": typed(c.slug), "once": "00" * 16}
        answer = await c.site.post(f"/v1/{c.slug}/collect", json=said, headers=clerk.bearer)
        assert refused(answer, "roles.privacy_desk"), (channel, answer.json())
    assert "situs, e-mail, SMS, dan WhatsApp" in await c.page("privasi")
    assert checked("online-store", "channels: [site, email], who: customer, collects: [ticket]",
                   "channels: [site, counter], who: customer, collects: [ticket]")  # fmt: skip


# --- what mail may be about


@pytest.mark.promise("W4")
async def test_news_of_the_service_reaches_customers_and_carries_no_promotion(company):
    """Who said no to promotion gets it too; its words are the letter's own, so that no offer can travel in it."""
    c = await company("hosting")
    await c.comes(RATNA, yes=("promotion_by_email",))
    await c.comes(BUDI)
    editor = await c.staff("editor")
    page, before = "/konsol/kampanye/pesan/important_update", len(c.post.sent)
    for extra in ({"text": "Diskon 50%!"}, {"subject": "Promo"}, {"to": BUDI}, {"fields": "customer.phone"}):
        assert (await editor.press(page, "/konsol/kampanye/pesan", **extra)).status_code == 403
    assert await c.campaign(editor, "important_update") == sorted([RATNA, BUDI])
    for mail in c.post.sent[before:]:
        assert "Kabar layanan dari Wowrack Indonesia" in mail.subject
        assert "bukan promo" in mail.text
        assert not mail.unsubscribe
    assert await c.campaign(editor, "offers") == [RATNA]
    assert c.post.sent[-1].unsubscribe


@pytest.mark.promise("S13")
@pytest.mark.promise("S6")
async def test_mail_of_smart_office_tells_of_the_service_and_of_nothing_else(company):
    """No marketing purpose: nobody can begin a campaign, promotions stay 0; changes of the service are told."""
    c = await company("office-booking")
    await c.comes(RATNA, "profile", yes=())
    editor = await c.staff(*(role for role in c.desk.notice.roles))
    for message in ("promotion", "offers", "news", "reservation_confirmed", "newsletter"):
        assert (await editor.get(f"/konsol/kampanye/pesan/{message}")).status_code == 404
        answer = await editor.press("/konsol/kampanye/pesan/service_change", "/konsol/kampanye/pesan", message=message)
        assert answer.status_code == 404, message
    assert refused(await c.looks(editor, "marketing", "contact.email", email=RATNA), "purposes")
    assert await c.campaign(editor, "service_change") == [RATNA]
    assert "Kabar layanan dari SMART Office" in c.post.sent[-1].subject
    assert not [mail for mail in c.post.sent if mail.unsubscribe], "promotions: 0"
    assert "Tidak ada promosi" in await c.page("privasi")
    kinds = {message.kind for message in c.desk.notice.messages.values()}
    assert kinds == {"service", "administrative", "support"}, "support: an answer, to whoever asked"


# --- consent


@pytest.mark.promise("L3")
@pytest.mark.parametrize(
    ("slug", "key", "question"),
    [("online-store", "newsletter", "news_by_email"), ("point-of-sale", "", "own_offers"),
     ("hosting", "", "promotion_by_email"), ("home-cleaning", "", "offers_by_email")],
)  # fmt: skip
async def test_a_consent_is_recorded_apart_and_provable(company, slug, key, question):
    """Its own words, time and version; its receipt is verified offline, and one bit of it changed is found out."""
    c = await company(slug)
    await c.comes(RATNA, key, yes=(question,))
    own = await copy_of(c, RATNA)
    (said,) = [each for each in own["consents"] if each["state"] == "ConsentGiven"]
    assert (said["question"], said["words_sha256"]) == (question, c.desk.words(question, "id").hex())
    files = await receipts_of(c, RATNA)
    (file,) = [body for body in files if question.encode() in body and b"ConsentGiven" in body]
    report = verify_receipt(file, None)
    assert (report.sound, report.opening) == (True, "opened")
    assert not verify_receipt(file.replace(question.encode(), b"everything"), None).sound
