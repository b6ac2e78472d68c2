"""The privacy centre over the real acts, on both engines: as people use it, and as strangers try to."""

import hashlib
import json
import re
from html import unescape

import httpx
import pytest

from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.move import ask as ask_move
from tepati.flows.rights import Behalf
from tepati.flows.tick import tick
from tepati.ledger.verify import verify_receipt
from tests.flows.conftest import booking, desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired, paid
from tests.web.forms import hidden
from tests.web.test_whole import ORIGIN, site  # noqa: F401 - a fixture

HOME = "/home-cleaning"
CENTRE = f"{HOME}/pusat-privasi"
EMAIL = "ratna@contoh.example"
PAGES = ("", "/data", "/pemakaian", "/persetujuan", "/batasi", "/permohonan", "/salinan", "/perbaiki", "/hapus",
         "/tanda-terima", "/keamanan")  # fmt: skip


class Browser:
    """One browser of one person: its cookies, and the forms of the page it last saw."""

    def __init__(self, opened, client, post, plain, origin=ORIGIN) -> None:  # noqa: F811
        self.desk, self.post, self.page, self.plain = opened, post, "", plain
        self.origin, self.centre = origin, f"/{opened.org}/pusat-privasi"
        self.client = httpx.AsyncClient(transport=client._transport, base_url=origin)

    async def get(self, path: str) -> str:
        answer = await self.client.get(path, follow_redirects=True)
        self.status, self.page = answer.status_code, answer.text
        return unescape(self.page)

    def form(self, action: str, n: int = 0) -> dict[str, str]:
        """Return the hidden fields of a form of this page."""
        found = re.findall(rf'<form method="post" action="{action}"[^>]*>(.*?)</form>', self.page, re.DOTALL)
        assert found, f"no form to {action}"
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[n]))

    async def send(self, action: str, data: dict[str, str] | None = None, n: int = 0) -> httpx.Response:
        answer = await self.client.post(action, data=self.form(action, n) | (data or {}))
        if answer.status_code == 303:
            await self.get(answer.headers["location"])
        return answer

    def link(self, page: str, to: str = "") -> str:
        for mail in reversed(self.post.sent):
            found = re.search(rf"{self.origin}(\S*/{page}/[\w-]+)", mail.text)
            if found and to in mail.to:
                return found[1]
        raise AssertionError(page)

    async def enter(self, email: str = EMAIL) -> None:
        await self.get(self.centre)
        assert (await self.send(f"{self.centre}/terkirim", {"email": email})).status_code == 303
        await deliver(self.desk, self.post)
        await self.get(self.link("masuk", email))
        assert (await self.send(f"{self.centre}/masuk")).status_code == 303

    async def know(self, clock, email: str = EMAIL) -> None:
        """Make this browser known: the announced day passes."""
        await self.get(self.centre)
        await self.send(f"{self.centre}/perangkat")
        clock.forward(hours=24)
        await self.enter(email)


@pytest.fixture
def browser(site, post, desk):  # noqa: F811
    opened, client = site
    return Browser(opened, client, post, desk)


@pytest.fixture
def other(site, post, desk):  # noqa: F811
    opened, client = site
    return Browser(opened, client, post, desk)


async def integrated(opened) -> None:
    while await opened.store.write(lambda tx: opened.log.integrate(tx, opened.now())):
        pass


async def test_a_session_planted_before_the_link_is_never_the_one_that_opens(browser, post):  # noqa: F811
    """Session fixation: whoever follows the link gets a session of its own, and the planted one leads nowhere."""
    await guest(browser.plain, post)
    name, value = "__Host-home-cleaning-session", "A" * 54
    browser.client.cookies.set(name, value, domain=browser.origin.partition("://")[2], path="/")
    await browser.enter()
    opened = [one.value for one in browser.client.cookies.jar if one.name == name]
    assert opened, "there is a session"
    assert value not in opened
    browser.client.cookies.clear()
    browser.client.cookies.set(name, value)
    assert "data" not in (await browser.client.get(f"{CENTRE}/data")).headers["location"]


async def test_every_page_opens_by_a_mailed_link_and_shows_no_value(browser, post):  # noqa: F811
    """F11: kinds and ends of all that is held; of the values nothing, until the device is known."""
    await paid(browser.desk, await guest(browser.plain, post))
    await browser.enter()
    for page in PAGES:
        said = await browser.get(CENTRE + page)
        assert browser.status == 200, page
        for value in ("Kenanga", "081234", "+6281234567890", "REF-7", "Ratna Dewi", EMAIL):
            assert value not in said, (page, value)
    said = await browser.get(f"{CENTRE}/data")
    assert "Lokasi" in said
    assert "90 hari setelah kunjungan berakhir, yang belum terjadi" in said
    assert "UU KUP Pasal 28 ayat (11)" in said
    english = await browser.get(f"{HOME}/en/privacy-centre/data")
    assert "2 years after the booking is closed, which has not happened yet" in english


async def test_a_known_device_sees_corrects_copies_and_takes_receipts(browser, post, clock):  # noqa: F811
    """F7 L4 L6: the whole way, on one phone."""
    number = await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    assert "Jalan Kenanga 7, Depok" in await browser.get(f"{CENTRE}/data")
    await browser.get(f"{CENTRE}/perbaiki")
    bad = await browser.send(f"{CENTRE}/perbaiki", {"identity.phone": "12"})
    assert bad.status_code == 422
    assert 'aria-invalid="true"' in bad.text
    assert (await browser.send(f"{CENTRE}/perbaiki", {"identity.name": "Ratna Wulandari"})).status_code == 303
    assert "Perbaikan data" in browser.page
    assert "Ratna Wulandari" in await browser.get(f"{CENTRE}/data")
    await browser.get(f"{CENTRE}/salinan")
    copy = await browser.send(f"{CENTRE}/salinan", n=1)
    assert copy.headers["content-disposition"].startswith('attachment; filename="salinan-data-')
    assert copy.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in copy.headers["content-security-policy"]
    assert json.loads(copy.content)["data"][0]["values"].get("identity.name") == "Ratna Wulandari"
    assert (await browser.send(f"{CENTRE}/salinan", n=0)).content.startswith(b"\xef\xbb\xbfpart,")
    await integrated(browser.desk)
    await browser.get(f"{CENTRE}/tanda-terima")
    receipt = await browser.send(f"{CENTRE}/tanda-terima")
    report = verify_receipt(receipt.content, None)
    assert (report.sound, report.opening) == (True, "opened")
    await browser.get(f"{CENTRE}/permohonan")
    assert browser.page.count("Salinan data</b>") == 2
    assert number


async def test_what_was_just_asked_is_told_first_and_leads_to_its_receipt(browser, post, clock):  # noqa: F811
    """The page after the button says what became of it, what of, and where its receipt is."""
    await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    await browser.get(f"{CENTRE}/perbaiki")
    await browser.send(f"{CENTRE}/perbaiki", {"identity.name": "Ratna Wulandari"})
    said = unescape(browser.page).partition('<article class="note">')[2].partition("</article>")[0]
    assert "Selesai" in said
    assert "Nama." in said, "what was just done is said first, and what of"
    assert re.search(rf'href="{CENTRE}/tanda-terima/[0-9a-f]{{32}}">Tanda terima', browser.page)
    await browser.get(f"{CENTRE}/permohonan/HC-0000-0000")
    assert browser.status == 404


@pytest.mark.promise("F7")
async def test_a_receipt_is_read_printed_and_taken(browser, post):  # noqa: F811
    """Its page says in words what was agreed, in both languages, with what it rests on; the file is named by it."""
    await guest(browser.plain, post)
    await browser.enter()
    await integrated(browser.desk)
    said = await browser.get(f"{CENTRE}/tanda-terima")
    line = re.search(rf'href="{CENTRE}/tanda-terima/([0-9a-f]{{32}})">Baca<span class="vh">: menyetujui', browser.page)
    assert line, said
    said = await browser.get(f"{CENTRE}/tanda-terima/{line[1]}")
    assert "Anda menyetujui: “" in said
    assert "Pengendali Data Pribadi: " in said
    english = await browser.get(f"{HOME}/en/privacy-centre/receipts/{line[1]}")
    assert "Personal data controller: " in english
    assert "In force until " in english
    file = await browser.send(f"{HOME}/en/privacy-centre/receipts")
    assert file.headers["content-disposition"] == f'attachment; filename="receipt-{line[1][:8]}.json"'
    record = json.loads(file.content)["record"]
    assert record["in_words"]["en"][0] in english
    assert hashlib.sha256(canonical(record)).hexdigest() in english
    for wrong in ("0" * 32, "zz"):
        await browser.get(f"{CENTRE}/tanda-terima/{wrong}")
        assert browser.status in {404, 400}


def canonical(record) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.promise("L8")
async def test_the_way_out_of_a_promotion_tells_both_lists(site, desk, post, clock):  # noqa: F811
    """No session, no script: the page says what goes before its button, and after it what went; pressed again, too."""
    opened, client = site
    await guest(desk, post)
    await campaign(opened, await hired(opened, "editor"), "offer")
    await deliver(opened, post)
    link = re.search(rf"{ORIGIN}(/home-cleaning/k/\S+)", post.sent[-1].text)[1]
    async with client:
        page = unescape((await client.get(link)).text)
        assert "Akan dihapus" in page
        assert "Tidak ada, karena semuanya masih diperlukan" in page
        form = hidden((await client.get(link)).text)
        for _ in range(2):
            done = await client.post("/home-cleaning/k", data=form)
            said = unescape((await client.get(done.headers["location"])).text)
            assert "Nomor tanda terima" in said
            assert len(done.headers["location"]) < 2000
        assert "sudah ditarik sebelumnya" in said
        assert "<button" not in (await client.get(link)).text.partition("<main")[2], "there is nothing left to press"
    english = post.sent[-1].text
    assert "Tetap disimpan" not in english, "the letter waits until its line is numbered"
    await integrated(opened)
    await deliver(opened, post)
    assert "Tetap disimpan: nama, e-mail" in post.sent[-1].text
    assert "Diperlukan untuk: " in post.sent[-1].text


async def test_a_switch_withdraws_and_both_lists_are_shown(browser, post):  # noqa: F811
    """L8: one press, by a mailed link alone; what stays, and why, is on the next page."""
    await paid(browser.desk, await guest(browser.plain, post))
    await browser.enter()
    await browser.get(f"{CENTRE}/persetujuan")
    assert 'aria-checked="true"' in browser.page
    await browser.send(f"{CENTRE}/persetujuan")
    assert 'aria-checked="false"' in browser.page
    assert "Dihapus" in browser.page
    assert "menyelesaikan pesanan" in browser.page
    assert "UU KUP Pasal 28 ayat (11)" in browser.page
    await browser.send(f"{CENTRE}/persetujuan")
    assert 'aria-checked="true"' in browser.page


async def test_objection_and_restriction_are_boxes_that_hold(browser, post):  # noqa: F811
    await guest(browser.plain, post)
    await browser.enter()
    await browser.get(f"{CENTRE}/batasi")
    await browser.send(f"{CENTRE}/batasi", {"for.optimise": "yes"})
    assert "Keberatan" in browser.page
    await browser.get(f"{CENTRE}/batasi")
    await browser.send(f"{CENTRE}/batasi", {"for.*": "yes"}, n=1)
    await browser.get(f"{CENTRE}/batasi")
    assert browser.page.count(" checked>") == 2
    assert (await browser.send(f"{CENTRE}/batasi", {"for.bookkeeping": "yes"}, n=1)).status_code == 400
    assert (await browser.send(f"{CENTRE}/batasi", {"for.everything": "yes"}, n=1)).status_code == 403


async def test_a_use_is_questioned_by_its_button(browser, post):  # noqa: F811
    await guest(browser.plain, post)
    await browser.enter()
    await browser.get(f"{CENTRE}/pemakaian")
    await browser.send(f"{CENTRE}/sanggah")
    assert "Sanggahan atas pemakaian" in browser.page
    assert "Selesai paling lambat" in browser.page
    assert "Anda sanggah" in await browser.get(f"{CENTRE}/pemakaian")
    assert (await browser.client.get(f"{CENTRE}/pemakaian/x")).status_code == 404


async def test_erasure_waits_a_day_by_link_and_not_on_a_known_device(browser, other, post, clock):  # noqa: F811
    """L9: the consequences first; the letter cancels; on the known device the certificate opens at once."""
    number = await guest(browser.plain, post)
    await browser.enter()
    said = await browser.get(f"{CENTRE}/hapus")
    assert number in said
    assert "menunggu satu hari" in said
    await browser.send(f"{CENTRE}/hapus")
    assert "Penghapusan data" in browser.page
    await integrated(browser.desk)  # the letter waits for its receipt's place in the ledger
    await deliver(browser.desk, post)
    await other.get(other.link("k", EMAIL))
    await other.send(f"{HOME}/k")
    await browser.get(f"{CENTRE}/permohonan")
    assert "Dibatalkan" in browser.page
    await browser.know(clock)
    await browser.get(f"{CENTRE}/hapus")
    await browser.send(f"{CENTRE}/hapus")
    assert "Sertifikat" in browser.page
    await tick(browser.desk, post)
    await tick(browser.desk, post)
    await browser.get(CENTRE)
    assert "Masuk lewat e-mail" in browser.page, "the session went with the person"


async def test_the_address_moves_through_both_mailboxes(browser, other, post, clock):  # noqa: F811
    await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    await browser.get(f"{CENTRE}/perbaiki")
    assert (await browser.send(f"{CENTRE}/alamat", {"email": "kosong"})).status_code == 422
    await browser.send(f"{CENTRE}/alamat", {"email": "ratna.baru@contoh.example"})
    await deliver(browser.desk, post)
    link = other.link("pindah", "ratna.baru")
    for _ in range(3):
        await other.get(link)
    wrong = await other.send(f"{CENTRE}/pindah", {"email": "lain@contoh.example"})
    assert wrong.status_code == 422
    other.page = wrong.text
    assert (await other.send(f"{CENTRE}/pindah", {"email": "ratna.baru@contoh.example"})).status_code == 303
    assert (await other.client.get(link)).status_code == 410
    await other.enter("ratna.baru@contoh.example")
    assert "Data Anda di FINECLEAN.ID" in other.page


async def test_an_address_asked_for_at_the_desk_is_confirmed_a_day_later(browser, other, post, clock):  # noqa: F811
    """The page behind the link has no button before its hour; the device list names who asked, and then no more."""
    number = await guest(browser.plain, post)
    new = "ratna.baru@contoh.example"
    await ask_move(browser.desk, Behalf(await hired(browser.desk, "privacy_desk"), number, "counter"), new)
    await browser.enter()
    assert "Penggantian alamat yang dicatat petugas kami" in (await browser.get(f"{CENTRE}/keamanan"))
    link = other.link("pindah", "ratna.baru")
    await other.get(link)
    assert "Tautan ini berlaku mulai" in other.page
    assert "<form method" not in other.page.partition("<main")[2].partition("</main")[0]
    clock.forward(hours=24)
    await other.get(link)
    assert (await other.send(f"{CENTRE}/pindah", {"email": new})).status_code == 303
    await browser.enter(new)
    assert "Penggantian alamat" not in (await browser.get(f"{CENTRE}/keamanan"))


# --- strangers


async def test_without_a_session_every_page_leads_to_the_door(browser):
    for page in PAGES[1:]:
        answer = await browser.client.get(CENTRE + page)
        assert (answer.status_code, answer.headers["location"]) == (303, CENTRE)
    for page in ("/sanggah", "/persetujuan", "/batasi", "/salinan", "/perbaiki", "/alamat", "/hapus", "/tanda-terima"):
        answer = await browser.client.post(CENTRE + page, data={"_token": "x"})
        assert answer.status_code in {303, 400}, page


async def test_a_token_of_another_session_or_page_does_nothing(browser, other, post):  # noqa: F811
    """Each form's token is of one session and one page: moved to another it is refused, and nothing changes."""
    await guest(browser.plain, post)
    await guest(browser.plain, post, 2, identity__email="sari@contoh.example")
    await browser.enter()
    await other.enter("sari@contoh.example")
    await other.get(f"{CENTRE}/persetujuan")
    stolen = other.form(f"{CENTRE}/persetujuan")
    await browser.get(f"{CENTRE}/persetujuan")
    mine = browser.form(f"{CENTRE}/persetujuan")
    assert (await browser.client.post(f"{CENTRE}/persetujuan", data=stolen)).status_code == 400
    for page in ("/batasi", "/sanggah", "/hapus", "/keamanan", "/salinan"):
        answer = await browser.client.post(CENTRE + page, data={"_token": mine["_token"], "form": "json"})
        assert answer.status_code == 400, page
    await browser.get(f"{CENTRE}/persetujuan")
    assert 'aria-checked="true"' in browser.page


async def test_a_form_sent_twice_asks_once(browser, post):  # noqa: F811
    """A replayed withdrawal finds nothing to take back; a replayed erasure joins the first clock."""
    await guest(browser.plain, post)
    await browser.enter()
    await browser.get(f"{CENTRE}/persetujuan")
    sent = browser.form(f"{CENTRE}/persetujuan")
    assert (await browser.client.post(f"{CENTRE}/persetujuan", data=sent)).status_code == 303
    assert (await browser.client.post(f"{CENTRE}/persetujuan", data=sent)).status_code == 404
    await browser.get(f"{CENTRE}/hapus")
    sent = browser.form(f"{CENTRE}/hapus")
    for _ in range(2):
        assert (await browser.client.post(f"{CENTRE}/hapus", data=sent)).status_code == 303
    await browser.get(f"{CENTRE}/permohonan")
    assert browser.page.count('class="clock"') == 1


async def test_another_person_sees_nothing_of_mine(browser, other, post, clock):  # noqa: F811
    """A known device of somebody else, and a line id that leaked: not my data, not my receipt, not my dispute."""
    await guest(browser.plain, post)
    await guest(browser.plain, post, 2, identity__email="sari@contoh.example", location__address="Jalan Lain 1")
    await browser.enter()
    await browser.know(clock)
    await other.enter("sari@contoh.example")
    await other.get(f"{CENTRE}/pemakaian")
    line = other.form(f"{CENTRE}/sanggah")["line"]
    await browser.get(f"{CENTRE}/pemakaian")
    mine = browser.form(f"{CENTRE}/sanggah")
    assert (await browser.client.post(f"{CENTRE}/sanggah", data=mine | {"line": line})).status_code == 404
    await integrated(browser.desk)
    await browser.get(f"{CENTRE}/tanda-terima")
    mine = browser.form(f"{CENTRE}/tanda-terima")
    assert (await browser.client.post(f"{CENTRE}/tanda-terima", data=mine | {"line": line})).status_code == 404
    other.client.cookies.set("__Host-home-cleaning-device", browser.client.cookies["__Host-home-cleaning-device"])
    said = await other.get(f"{CENTRE}/data")
    assert "Jalan Lain 1" not in said, "my device is not known for somebody else"


async def test_a_strangers_booking_under_my_address_changes_nothing(browser, post, clock):  # noqa: F811
    await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    before = re.findall(r"Jalan [^<]+", await browser.get(f"{CENTRE}/data"))
    await collect(
        browser.desk, booking(browser.desk, 9, location__address="Jalan Penipu 1", identity__name="Orang Lain")
    )
    said = await browser.get(f"{CENTRE}/data")
    assert re.findall(r"Jalan [^<]+", said) == before
    assert "Formulir yang belum dikonfirmasi" in said
    assert "O••• L•••" in said


async def test_known_and_unknown_addresses_get_one_answer(browser, other, post):  # noqa: F811
    """The page after asking for a link is the same, byte for byte; only the mailbox knows."""
    await guest(browser.plain, post)
    pages = []
    for who, email in ((browser, EMAIL), (other, "tidak@ada.example")):
        await who.get(CENTRE)
        await who.send(f"{CENTRE}/terkirim", {"email": email})
        pages.append(re.sub(r"<footer.*", "", who.page, flags=re.DOTALL))
    assert pages[0] == pages[1]
    sent = len(post.sent)
    await deliver(browser.desk, post)
    assert [mail.to for mail in post.sent[sent:]] == [EMAIL]


async def test_a_prefetched_link_lets_nobody_in_and_uses_nothing_up(browser, post):  # noqa: F811
    await guest(browser.plain, post)
    await browser.get(CENTRE)
    await browser.send(f"{CENTRE}/terkirim", {"email": EMAIL})
    await deliver(browser.desk, post)
    link = browser.link("masuk", EMAIL)
    for _ in range(5):
        answer = await browser.client.get(link)
        assert (answer.status_code, answer.headers.get("set-cookie")) == (200, None)
        assert (await browser.client.head(link)).status_code == 200
    await browser.get(link)
    assert (await browser.send(f"{CENTRE}/masuk")).status_code == 303


async def test_a_device_is_ended_and_knows_nothing_any_more(browser, post, clock):  # noqa: F811
    await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    assert "Kenanga" in await browser.get(f"{CENTRE}/data")
    await browser.get(f"{CENTRE}/keamanan")
    await browser.send(f"{CENTRE}/keamanan", n=browser.page.count(f'action="{CENTRE}/keamanan"') - 1)
    assert "Kenanga" not in await browser.get(f"{CENTRE}/data")


async def test_my_own_views_do_not_bury_what_others_did(browser, post, clock):  # noqa: F811
    """Ten looks of one's own in a row are one entry, which says so."""
    await guest(browser.plain, post)
    await browser.enter()
    await browser.know(clock)
    clock.forward(seconds=60)
    for _ in range(3):
        await browser.get(f"{CENTRE}/data")
    said = await browser.get(f"{CENTRE}/pemakaian")
    assert said.count("membuka data di Pusat Privasi") == 1
    assert "Dan 2 kali sebelum itu" in said
