"""A next version of an example, from the two approvals to its day: told first, held person by person, kept readable."""

import re

import pytest

from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.web.company import Company, second
from tests.web.test_centre import Browser
from tests.web.test_uses import BUDI, RATNA, company, refused  # noqa: F401 - a fixture among them

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
SALES = "sales: {sees: [customer.name, customer.email, customer.phone, service.plan]"
WIDER = (SALES, SALES.replace("service.plan]", "service.plan, customer.address]"))
UNTOLD = "notice.announce"


async def two(c: Company, key: str = "", yes: tuple[str, ...] = ()) -> str:
    """Publish the example, and have two people come; return its text."""
    source = await c.begins()
    for email in (RATNA, BUDI):
        await c.comes(email, key, yes)
    return source


async def told(c: Company, source: str, bounced: str = "") -> None:
    """Have two directors approve the next version; its letters leave, and one of them may come back."""
    await c.changes(source, await c.staff("director"), await c.staff("director", "officer"))
    c.post.refuse = bounced
    await c.passes()
    c.post.refuse = ""


async def heeds(c: Company, email: str) -> None:
    """Sign in, be shown the change first, and press that it was read."""
    browser = await c.centre(email)
    assert "Kebijakan Privasi berubah" in browser.page
    assert "<ins>" in browser.page
    assert (await browser.send(f"{browser.centre}/kebijakan")).status_code == 303


@pytest.mark.promise("W15", "L2")
async def test_a_change_is_announced_on_every_page_before_its_day(company):  # noqa: F811
    """Banner, news and letters, with the differences; once it is in force the banner is gone and the past readable."""
    c = await company("hosting")
    source = await two(c)
    assert "akan berubah" not in (await c.site.get(f"/{c.slug}/")).text
    c.clock.forward(seconds=11)  # pages look for a coming version once in ten seconds
    await told(c, second(source, WIDER))
    letters = [mail for mail in c.post.sent if "berubah" in mail.subject]
    assert sorted(mail.to for mail in letters) == [BUDI, RATNA]
    assert f"/{c.slug}/privasi/perubahan/2" in letters[0].text
    assert "versi 2" in await c.page("berita")
    ahead, _, first = (await c.page("privasi/riwayat")).partition("Versi 1")
    assert ("Berlaku mulai" in ahead, "Berlaku sejak" in ahead, "Berlaku sejak" in first) == (True, False, True)
    for tail in ("", "pesan", "privasi", "berita", "janji", "pusat-privasi", "hubungi", "kuki", "syarat"):
        answer = await c.site.get(f"/{c.slug}/{tail}")
        assert answer.status_code == 404 or "akan berubah" in answer.text, tail
    english = (await c.site.get(f"/{c.slug}/en/")).text
    assert "is going to change" in english
    assert f'href="/{c.slug}/en/privacy/changes/2"' in english
    c.clock.forward(days=15)
    await c.takes_over()
    assert "akan berubah" not in (await c.site.get(f"/{c.slug}/")).text
    assert "Versi 1" in await c.page("privasi/riwayat")
    assert "<ins>" in (await c.site.get(f"/{c.slug}/privasi/perubahan/2")).text


@pytest.mark.promise("W18", "W21")
async def test_a_wider_use_waits_for_its_day_and_for_whom_it_reached(company):  # noqa: F811
    """Changes in effect before told: 0, whoever asks, on whatever day; whom no letter reached is shown it first."""
    c = await company("hosting")
    source = await two(c)
    await told(c, second(source, WIDER), bounced=BUDI)
    new, old = ("ordering", "customer.address"), ("ordering", "customer.phone")
    clerk = await c.staff("sales")
    assert refused(await c.looks(clerk, *new, email=RATNA), "roles.sales")
    assert (await c.looks(clerk, *old, email=RATNA)).status_code == 200
    c.clock.forward(days=13)
    await c.takes_over()
    clerk = await c.staff("sales", "officer")
    assert refused(await c.looks(clerk, *new, email=RATNA), "roles.sales"), "its day has not come"
    c.clock.forward(days=2)
    await c.takes_over()
    clerk = await c.staff("sales", "accounting")
    assert (await c.looks(clerk, *new, email=RATNA)).status_code == 200
    assert refused(await c.looks(clerk, *new, email=BUDI), UNTOLD)
    assert (await c.looks(clerk, *old, email=BUDI)).status_code == 200, "the old version holds for them"
    await heeds(c, BUDI)
    assert (await c.looks(clerk, *new, email=BUDI)).status_code == 200
    said = await c.evidence(clerk, "notice.announce")
    assert "kurang dari 10 sampai, kurang dari 10 kembali, 0 tanpa alamat" in said
    assert "Dibaca saat masuk: kurang dari 10" in said


@pytest.mark.promise("W21")
async def test_that_it_may_change_without_notice_is_not_carried_over(company):  # noqa: F811
    """The board says so with the reason, in both languages, and no other example has such a sentence."""
    c = await company("hosting")
    said = {"janji": ("Tidak dibawa", "Pasal 21(2)"), "en/promises": ("Not carried over", "Art. 21(2)")}
    for tail, (title, article) in said.items():
        apart = (await c.page(tail)).partition(title)[2]
        assert "W21" in apart
        assert article in apart
    assert "Tidak dibawa" not in await (await company("office-booking")).page("janji")


TRAINED = "uses: [merchant.name], label: {id: pelatihan kasir, en: till training}"
TRAINING = (
    (
        "\n  bookkeeping: {kind: legal",
        f"\n  training: {{kind: service, basis: contract, {TRAINED}}}\n  bookkeeping: {{kind: legal",
    ),
    ("bookkeeping, buying_figures]\n    asks:", "bookkeeping, buying_figures, training]\n    asks:"),
    ("sale.at], for: [bookkeeping]}", "sale.at], for: [bookkeeping, training]}"),
)


@pytest.mark.promise("A8")
async def test_a_new_purpose_needs_its_basis_then_the_telling(company):  # noqa: F811
    """Nobody's data serves it before; then that of whoever was told; who was not reached is refused until they read."""
    c = await company("point-of-sale")
    source = await two(c)
    clerk = await c.staff("accountant")
    assert refused(await c.looks(clerk, "training", "merchant.name", email=RATNA), "purposes")
    await told(c, second(source, *TRAINING), bounced=BUDI)
    assert refused(await c.looks(clerk, "training", "merchant.name", email=RATNA), "purposes"), "told is not in force"
    c.clock.forward(days=15)
    await c.takes_over()
    clerk = await c.staff("accountant", "officer")
    assert (await c.looks(clerk, "training", "merchant.name", email=RATNA)).status_code == 200
    assert refused(await c.looks(clerk, "training", "merchant.name", email=BUDI), UNTOLD)
    await heeds(c, BUDI)
    assert (await c.looks(clerk, "training", "merchant.name", email=BUDI)).status_code == 200


GUIDED = "uses: [profile.name, contact.email], channels: [email], label: {id: panduan, en: a guide}"
YES = "guide_by_email: {for: guide, channel: email, confirm: link, valid: 1 year}"
GUIDE = (
    (
        "\n  catering: ",
        f"\n  guide: {{kind: communication, basis: consent, {GUIDED}}}\n  catering: ",
    ),
    ("share_with_caterer]\n    age:", "share_with_caterer, guide_by_email]\n    age:"),
    (
        "\n  suggestions: {for: fit_to_needs",
        f"\n  {YES}\n  suggestions: {{for: fit_to_needs",
    ),
    ("for: [service_changes], how: masked", "for: [service_changes, guide], how: masked"),
)


async def switches(browser: Browser, question: str) -> None:
    """Press the switch of one question in the privacy centre."""
    action = f"{browser.centre}/persetujuan"
    await browser.get(action)
    forms = re.findall(rf'<form method="post" action="{action}">(.*?)</form>', browser.page, re.DOTALL)
    (n,) = [n for n, form in enumerate(forms) if f'value="{question}"' in form]
    assert (await browser.send(action, n=n)).status_code == 303


@pytest.mark.promise("S7")
async def test_another_purpose_waits_for_each_persons_own_yes(company):  # noqa: F811
    """SMART Office: told is not asked. Each is refused until they press the switch themselves, and again after."""
    c = await company("office-booking")
    source = await two(c, "profile")
    clerk = await c.staff("editor")
    assert refused(await c.looks(clerk, "guide", "profile.name", email=RATNA), "purposes")
    await told(c, second(source, *GUIDE))
    c.clock.forward(days=15)
    await c.takes_over()
    clerk, promise = await c.staff("editor", "officer"), "consents.guide_by_email"
    for email in (RATNA, BUDI):
        assert refused(await c.looks(clerk, "guide", "profile.name", email=email), promise), email
    browser = await c.centre(RATNA)
    await switches(browser, "guide_by_email")
    assert (await c.looks(clerk, "guide", "profile.name", email=RATNA)).status_code == 200
    assert refused(await c.looks(clerk, "guide", "profile.name", email=BUDI), promise)
    await switches(browser, "guide_by_email")
    assert refused(await c.looks(clerk, "guide", "profile.name", email=RATNA), promise)
    said = await c.evidence(clerk, promise)
    assert "1 setuju, 0 tidak setuju, 1 menarik kembali. 4 pemakaian tanpa persetujuan ditolak" in said
