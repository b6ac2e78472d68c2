"""A change of the notice reaches its readers: by letter, or at their next sign-in; object and erase before its day."""

import re

import httpx
import pytest

from tepati.errors import NotFound
from tepati.flows import history
from tepati.flows.acts.publish import approve, propose, publish
from tepati.flows.tick import tick
from tepati.rules.facts import Use
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, lines, person_of
from tests.flows.test_publishing import FIRST, NEXT, WIDER, approvers, asks, sees_email, text
from tests.web.fake import EXAMPLE
from tests.web.test_centre import CENTRE, EMAIL, HOME, Browser, browser  # noqa: F401 - a fixture among them
from tests.web.test_whole import ORIGIN, site  # noqa: F401 - a fixture


async def changed(opened, browser, post, clock) -> str:  # noqa: F811
    """Publish a wider second version as the first declares; return its digest."""
    await publish(opened, FIRST)
    await guest(browser.plain, post)
    (one,) = await approvers(opened, "sari")
    digest = await propose(opened, one, text(NEXT, WIDER))
    await approve(opened, one, digest)
    clock.forward(hours=24)
    return digest


@pytest.mark.promise("W18")
@pytest.mark.promise("F9")
@pytest.mark.promise("F12")
async def test_whom_no_letter_reached_is_told_at_the_next_sign_in(site, browser, post, clock):  # noqa: F811
    """Bounced: the old version until the page was read; it is shown first, and once; the button is no consent."""
    opened, _ = site
    await changed(opened, browser, post, clock)
    post.refuse = EMAIL
    for _ in range(3):
        await tick(opened, post)
    post.refuse = ""
    clock.forward(days=15)
    after = await history.ruling(opened)
    ratna = await person_of(opened)
    assert not await asks(after, sees_email(ratna))
    await browser.enter()
    assert "Kebijakan Privasi berubah" in browser.page
    assert "<ins>" in browser.page
    assert not await asks(after, sees_email(ratna))  # it was shown, and not read
    assert (await browser.send(f"{CENTRE}/kebijakan", {"version": "3"})).status_code == 404
    assert (await browser.send(f"{CENTRE}/kebijakan")).status_code == 303
    assert "Kebijakan Privasi berubah" not in browser.page
    assert await asks(after, sees_email(ratna))
    assert await lines(opened, "announce", "seen") == ["notice.announce"]
    consents = (await after.read(lambda sheet: sheet.facts(ratna)))[0]
    assert (consents.told, consents.agreed) == (2, {})
    browser.client.cookies.clear()
    await browser.enter()
    assert "Kebijakan Privasi berubah" not in browser.page


@pytest.mark.promise("L2")
async def test_from_the_letter_one_reads_the_changes_and_objects_or_erases_before_the_day(
    site, browser, post, clock,  # noqa: F811
):  # fmt: skip
    """The letter leads to the differences and to the centre; what was erased before the day never meets the change."""
    opened, client = site
    await changed(opened, browser, post, clock)
    before = len(post.sent)
    for _ in range(3):
        await tick(opened, post)
    mail = next(one for one in post.sent[before:] if one.to == EMAIL)
    assert "Kebijakan Privasi FINECLEAN.ID berubah" in mail.subject
    assert f"{ORIGIN}{HOME}/privasi/perubahan/2" in mail.text
    assert f"{ORIGIN}{CENTRE}" in mail.text
    assert "tidak dijalankan sebelum Anda menyetujuinya" in mail.text
    page = await client.get(f"{HOME}/privasi/perubahan/2")
    assert page.status_code == 200
    assert "<ins>" in page.text
    assert (await client.get(f"{HOME}/privasi")).status_code == 200
    await browser.enter()
    assert "Kebijakan Privasi berubah" not in browser.page  # the letter was handed over
    await browser.know(clock)
    await browser.get(f"{CENTRE}/batasi")
    answer = await browser.send(f"{CENTRE}/batasi", {"for.optimise": "yes"})
    assert answer.status_code == 303
    ratna = await person_of(opened)
    assert (await opened.read(lambda sheet: sheet.facts(ratna)))[0].objected == ("optimise",)


@pytest.mark.promise("L2")
@pytest.mark.promise("A8")
async def test_who_erases_before_the_day_never_meets_the_new_version(site, browser, post, clock):  # noqa: F811
    """From the letter's link to the centre, and erased: on its day the version holds for others, never for them."""
    opened, _ = site
    await changed(opened, browser, post, clock)
    await guest(browser.plain, post, 2, identity__email="budi@contoh.example")
    for _ in range(3):
        await tick(opened, post)
    letter = next(one for one in post.sent if one.to == EMAIL and "berubah" in one.subject)
    await browser.get(re.search(rf"{ORIGIN}({CENTRE})\s", letter.text)[1])
    await browser.enter()
    ratna = await person_of(opened)
    assert (await opened.read(lambda sheet: sheet.facts(ratna)))[0].told == 2
    await browser.get(f"{CENTRE}/hapus")
    assert (await browser.send(f"{CENTRE}/hapus")).status_code == 303
    while await opened.store.write(lambda tx: opened.log.integrate(tx, opened.now())):
        pass
    clock.forward(hours=25)
    for _ in range(3):
        await tick(opened, post)
    assert await opened.read(lambda sheet: opened.vault.find(sheet.tx, opened.address, EMAIL)) is None
    clock.forward(days=15)
    after = await history.ruling(opened)
    assert after.notice.notice.version == 2
    for _ in range(3):
        await tick(after, post)
    budi = await person_of(after, "budi@contoh.example")
    assert await asks(after, sees_email(budi))
    with pytest.raises(NotFound):
        await after.write(lambda sheet: sheet.ask(sees_email(ratna)))
    for table in ("acceptance", "standing", "outbox", "sealed", "link"):
        left = await opened.store.read(lambda tx, t=table: tx.all(f"SELECT 1 FROM {t} WHERE person = $1", ratna))
        assert not left, table
    assert await lines(after, "erase", "erased") == ["rights.erasure"]


@pytest.mark.promise("L2")
async def test_who_objects_before_the_day_is_left_out_by_the_new_version(site, browser, post, clock):  # noqa: F811
    """The objection from the centre outlives the change: what the new version adds to that purpose opens nothing."""
    opened, _ = site
    more = ("sees: [usage.pages, usage.device], for", "sees: [usage.pages, usage.device, identity.name], for")
    uses = re.search(r"  optimise:.*?uses: \[", FIRST, re.DOTALL)[0]
    await publish(opened, FIRST)
    await guest(browser.plain, post)
    await guest(browser.plain, post, 2, identity__email="budi@contoh.example")
    (one,) = await approvers(opened, "sari")
    wider = text(NEXT, more, (uses, f"{uses}identity.name, "))
    await approve(opened, one, await propose(opened, one, wider))
    clock.forward(hours=24)
    for _ in range(3):
        await tick(opened, post)
    await browser.enter()
    await browser.know(clock)
    await browser.get(f"{CENTRE}/batasi")
    assert (await browser.send(f"{CENTRE}/batasi", {"for.optimise": "yes"})).status_code == 303
    clock.forward(days=15)
    after = await history.ruling(opened)

    def sees(person: bytes) -> Use:
        return Use(act="look", purpose="optimise", fields=frozenset({"identity.name"}), at=0, role="analyst",
                   actor="00" * 16, person=person)  # fmt: skip

    assert await asks(after, sees(await person_of(after, "budi@contoh.example")))
    assert not await asks(after, sees(await person_of(after)))
    assert "rights.objection" in await lines(after, "look", "refused")


async def test_the_page_is_nobody_elses(site, browser, post, clock):  # noqa: F811
    """Without a session it leads to the door; with nothing to tell it leads on."""
    _, client = site
    answer = await client.get(f"{CENTRE}/kebijakan")
    assert (answer.status_code, answer.headers["location"]) == (303, CENTRE)
    await guest(browser.plain, post)
    await browser.enter()
    assert "Data Anda di" in await browser.get(f"{CENTRE}/kebijakan")


OFFERS = "uses: [identity.name, identity.email, identity.phone], channels: [email, whatsapp]}"
MORE = (OFFERS, OFFERS.replace("phone]", "phone, location]"))


@pytest.mark.promise("S7")
async def test_an_older_yes_covers_no_more_until_it_is_said_again(site, browser, post, clock):  # noqa: F811
    """Told by letter is not asked: the new field stays shut, the old ones serve on; the page asks, a press answers."""
    opened, _ = site
    await publish(opened, FIRST)
    await guest(browser.plain, post)
    (one,) = await approvers(opened, "sari")
    await approve(opened, one, await propose(opened, one, text(NEXT, MORE)))
    clock.forward(hours=24)
    for _ in range(3):
        await tick(opened, post)
    clock.forward(days=15)
    after = await history.ruling(opened)
    ratna = await person_of(opened)
    assert (await after.read(lambda sheet: sheet.facts(ratna)))[0].told == 2

    def offer(*fields: str) -> Use:
        return Use(act="look", purpose="offers", fields=frozenset(fields), at=0, person=ratna)

    old, new = offer("identity.name", "identity.email"), offer("identity.name", "location.address")
    assert (await asks(after, old), await asks(after, new)) == (True, False)
    pages = DeskSurface(after, (EXAMPLE / "site.toml").read_bytes())
    app = build({pages.slug: pages}, None, browser.client._transport.app.asgi_handler.config)
    browser.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)
    await browser.enter()
    await browser.get(f"{CENTRE}/persetujuan")
    assert "mencakup lebih banyak" in browser.page
    forms = re.findall(r"<form.*?</form>", browser.page, re.DOTALL)
    again = next(n for n, form in enumerate(forms) if "Setuju juga" in form)
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[again]))
    assert (await browser.client.post(f"{CENTRE}/persetujuan", data=data)).status_code == 303
    assert (await asks(after, old), await asks(after, new)) == (True, True)
    await browser.get(f"{CENTRE}/persetujuan")
    assert "mencakup lebih banyak" not in browser.page
