"""The console over the real acts, vault and ledger, on both engines: the dispatcher's day, the cleaner's phone."""

import os
import re
from dataclasses import replace
from html import unescape

import httpx
import pyotp
import pytest

from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.web import errors
from tepati.web.addresses import CONSOLE, absolute
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, lines
from tests.web.fake import EXAMPLE

SITE, STAFF = "https://fineclean.example", "https://staf.fineclean.example"
PASSWORD = "kata sandi panjang"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Office:
    """A site and a console of their own origins, and whoever works there."""

    def __init__(self, opened, clock):
        self.clock, self.plain = clock, opened  # ``plain`` writes the links that the flows' tests read
        slug = "home-cleaning"
        origins, consoles = {slug: SITE}, {slug: STAFF}
        self.desk = replace(
            opened,
            url=lambda page, lang, tail: absolute(consoles if page in CONSOLE else origins, page, slug, lang, tail),
        )
        surface = DeskSurface(self.desk, (EXAMPLE / "site.toml").read_bytes())
        config = WebConfig(b"k" * 32, origins, clock, os.urandom, posts_per_minute=0, consoles=consoles)
        self.app = build({slug: surface}, None, config)

    def browser(self, origin=STAFF):
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=origin, headers={"accept-encoding": ""}
        )

    async def hire(self, name, *roles, bound=True):
        made = await welcome(
            self.desk, Newcomer(name.title(), f"{name}@fineclean.example", "0812 0000 1111", PASSWORD, roles)
        )
        if bound:
            await undertake(self.desk, made.person)
        return made

    async def seated(self, name, *roles, bound=True):
        """Hire somebody, and give their browser, signed in."""
        made = await self.hire(name, *roles, bound=bound)
        return await self.sign_in(name, made.factor)

    async def sign_in(self, name, factor):
        browser = self.browser()
        page = await browser.get("/home-cleaning/konsol/masuk")
        code = pyotp.TOTP(factor).at(self.clock.at // 1_000_000)
        form = hidden(page) | {
            "email": f"{name}@fineclean.example",
            "password": PASSWORD,
            "code": code,
        }
        done = await browser.post("/home-cleaning/konsol/masuk", data=form)
        assert done.status_code == 303, done.text
        return browser


@pytest.fixture
def office(desk, clock, monkeypatch):  # noqa: F811
    def again(_request, error):
        raise error

    monkeypatch.setattr(errors, "of_any", again)
    return Office(desk, clock)


def token(page):
    return hidden(page)["_token"]


def hidden(page):
    """Read the hidden fields of the page's own forms: those of banner and head are others."""
    return dict(HIDDEN.findall(page.text.partition("<main")[2].partition("</main>")[0]))


def plain(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


PATH = "/home-cleaning/konsol/pesanan"


async def test_a_dispatchers_day_from_booking_to_closing(office, post, clock):  # noqa: F811, PLR0915 - a day is long
    """F2 F4: the list is masked, a group is opened for a moment, the visit planned, given away, closed."""
    number = await guest(office.plain, post)
    cleaner = await office.hire("bayu", "cleaner")
    made = await office.hire("dimas", "dispatcher", "planner")
    browser = await office.sign_in("dimas", made.factor)
    today = await browser.get("/home-cleaning/konsol")
    assert "1 hal menunggu Anda" in plain(today)
    assert "Perlu jadwal" in plain(today)
    listed = await browser.get(PATH)
    assert number in listed.text
    assert "Ratna" not in listed.text
    assert "R••• D•••" in listed.text
    page = await browser.get(f"{PATH}/{number}")
    for value in ("Ratna Dewi", "Kenanga", "3456 7890", "6281234567890"):
        assert value not in page.text
    opened = await browser.post(f"{PATH}/{number}", data={"_token": token(page), "do": "open", "group": "location"})
    assert "Jalan Kenanga 7, Depok" in opened.text
    assert "Ratna Dewi" not in opened.text
    assert "Kenanga" not in (await browser.get(f"{PATH}/{number}")).text, "shown once"
    planned = await browser.post(
        f"{PATH}/{number}",
        data={"_token": token(page), "do": "schedule", "date": "2026-11-26", "slot": "s1030"},
    )
    assert planned.headers["location"] == f"{PATH}/{number}"
    page = await browser.get(f"{PATH}/{number}")
    assert "Kamis, 26 November 2026 pukul 10.30 WIB" in plain(page)
    assert "Bayu" in page.text
    await browser.post(
        f"{PATH}/{number}", data={"_token": token(page), "do": "assign", "cleaner": cleaner.person.hex()}
    )
    assert "ditugaskan kepada Bayu" in plain(await browser.get(f"{PATH}/{number}"))
    assert "Tidak ada yang menunggu" in plain(await browser.get("/home-cleaning/konsol"))
    early = await browser.post(f"{PATH}/{number}", data={"_token": token(page), "do": "close"})
    assert early.status_code == 422
    assert "Kunjungannya belum dimulai" in plain(early)
    clock.forward(days=8)
    browser = await office.sign_in("dimas", made.factor)
    page = await browser.get(f"{PATH}/{number}")
    closed = await browser.post(f"{PATH}/{number}", data={"_token": token(page), "do": "close"})
    assert closed.headers["location"] == PATH
    over = await browser.get(f"{PATH}/{number}")
    assert over.status_code == 403
    assert "roles.dispatcher" in over.text
    listed = await browser.get(f"{PATH}?show=all")
    assert "Ditutup" in listed.text
    assert "Tidak untuk peran Anda" in listed.text


async def phone(office, post, number, made, cleaner):  # noqa: F811
    """Plan the visit of a booking for 25 November, give it to the cleaner, and return the link in their letter."""
    from tepati.flows.actor import Actor
    from tepati.flows.acts.assign import assign
    from tepati.flows.acts.schedule import schedule

    dispatcher = Actor(made.person, ("dispatcher", "planner"), office.clock.at + 10**15)
    await schedule(office.desk, dispatcher, number)
    await assign(office.desk, dispatcher, number, cleaner.person)
    await deliver(office.desk, post)
    return re.search(rf"{STAFF}(/home-cleaning/konsol/kunjungan/\S+)", post.sent[-1].text)[1]


async def test_the_cleaners_link_opens_once_in_its_window(office, post, clock):  # noqa: F811, PLR0915 - likewise
    """F4: early, ready, open, used, over: nothing of the customer is on a page before the button, nor elsewhere."""
    number = await guest(office.plain, post)
    made, cleaner = await office.hire("dimas", "dispatcher"), await office.hire("bayu", "cleaner")
    link = await phone(office, post, number, made, cleaner)
    mine, other = office.browser(), office.browser()
    early = await mine.get(link)
    assert "Rabu, 25 November 2026 pukul 13.30 WIB" in plain(early)
    assert "Selasa, 24 November 2026 pukul 18.00 WIB" in plain(early)
    clock.forward(days=6)
    ready = await mine.get(link)
    assert "Buka alamat dan catat" in ready.text
    for page in (early, ready):
        assert not re.search("Ratna|Kenanga|3456", page.text)
    assert not mine.cookies, "looking sets no cookie and opens nothing"
    opened = await mine.post(link, data={"_token": token(ready)})
    assert opened.headers["location"] == link
    assert "home-cleaning-visit_link" in opened.headers["set-cookie"]
    shown = await mine.get(link)
    assert "Jalan Kenanga 7, Depok" in shown.text
    assert "3456" not in shown.text
    english = await mine.get(link.replace("/konsol/kunjungan", "/en/console/visit"))
    assert "Routine cleaning" in english.text
    assert await lines(office.desk, "look", "allowed") == ["roles.cleaner"] * 2
    forwarded = await other.get(link)
    assert forwarded.status_code == 410
    assert "sudah dibuka di ponsel lain" in forwarded.text
    again = await other.post(link, data={"_token": token(ready)})
    assert again.status_code == 410
    assert "Kenanga" not in forwarded.text + again.text
    clock.forward(hours=30)
    over = await mine.get(link)
    assert over.status_code == 410
    assert "Kenanga" not in over.text
    assert (await mine.get(link[:-1] + ("A" if link[-1] != "A" else "B"))).status_code == 410


@pytest.mark.promise("L18")
async def test_nobody_works_without_the_undertaking(office, post):  # noqa: F811
    """Signed in and unsigned: every page leads to the undertaking, every form is refused the same way."""
    number = await guest(office.plain, post)
    browser = await office.seated("dimas", "dispatcher", bound=False)
    door = "/home-cleaning/konsol/kerahasiaan"
    for path in (
        "/home-cleaning/konsol",
        PATH,
        f"{PATH}/{number}",
        "/home-cleaning/konsol/orang",
        "/home-cleaning/konsol/karyawan",
    ):
        assert (await browser.get(path)).headers["location"] == door
    for path in (f"{PATH}/{number}", "/home-cleaning/konsol/orang", "/home-cleaning/konsol/karyawan"):
        assert (await browser.post(path, data={"do": "open", "group": "identity"})).headers["location"] == door


async def test_who_has_no_part_sees_nothing_and_that_is_a_line(office, post):  # noqa: F811
    """A role without bookings, people, staff: refused at the door with the promise, and written down."""
    number = await guest(office.plain, post)
    browser = await office.seated("eka", "analyst")
    for path in (PATH, f"{PATH}/{number}", "/home-cleaning/konsol/karyawan"):
        page = await browser.get(path)
        assert page.status_code == 403, path
        assert "roles.analyst" in page.text
    nav = (await browser.get("/home-cleaning/konsol")).text
    assert "/konsol/pesanan" not in nav
    assert "/konsol/karyawan" not in nav
    assert "roles.analyst" in await lines(office.desk, "list", "refused")
    desk_ = await office.seated("wulan", "privacy_desk")
    search = "/home-cleaning/konsol/orang"
    found = await desk_.post(search, data={"_token": token(await desk_.get(search)), "who": "ratna@contoh.example"})
    page = await desk_.get(found.headers["location"])
    assert page.status_code == 403, "no request is open"
    assert "Ratna" not in page.text
    assert await lines(office.desk, "show", "refused")


async def test_a_person_is_found_exactly_and_shown_masked(office, post):  # noqa: F811
    """Whole address or number; nobody else, nothing in an address; groups open with a task, once, each a line."""
    number = await guest(office.plain, post)
    browser = await office.seated("dimas", "dispatcher")
    search = "/home-cleaning/konsol/orang"
    form = {"_token": token(await browser.get(search))}
    for wrong, status in (("ratna", 404), ("ratna@contoh", 422), ("", 422), ("r%", 422), ("HC-0000-0000", 404),
                          ("dimas@fineclean.example", 404)):  # fmt: skip
        page = await browser.post(search, data=form | {"who": wrong})
        assert page.status_code == status, wrong
        assert "Ratna" not in page.text
    for right in ("RATNA@contoh.example", number.lower()):
        found = await browser.post(search, data=form | {"who": right})
        assert found.status_code == 303
    where = found.headers["location"]
    assert "ratna" not in where.lower()
    page = await browser.get(where)
    assert "R••• D•••" in page.text
    assert not re.search("Ratna|Kenanga|345678", page.text)
    assert number in page.text
    opened = await browser.post(where, data={"_token": token(page), "group": "identity", "purpose": "orders"})
    assert "Ratna Dewi" in opened.text
    assert "Kenanga" not in opened.text
    for group, purpose in (
        ("payment", "orders"),
        ("staff", "orders"),
        ("identity", "offers"),
        ("complaint", "service"),
    ):
        refused = await browser.post(where, data={"_token": token(page), "group": group, "purpose": purpose})
        assert refused.status_code == 403, (group, purpose)
    assert (await browser.post(where, data={"_token": token(page), "group": "nik"})).status_code == 404
    assert await lines(office.desk, "look", "allowed") == ["roles.dispatcher"]
    mine = await browser.get(where)
    assert "Anda membuka datanya" in plain(mine)
    other = await office.seated("budi", "dispatcher")
    assert (await other.get(where)).status_code == 404, "a ticket of another session"


async def test_one_person_with_two_bookings_stands_twice_in_the_list(office, post):  # noqa: F811
    """Both are there to be planned; the line has one opening for the person, who is one."""
    numbers = [await guest(office.plain, post), await guest(office.plain, post, 2, booking__date="2026-11-27")]
    browser = await office.seated("dimas", "dispatcher")
    for path in ("/home-cleaning/konsol", "/home-cleaning/konsol/pesanan"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert all(number in page.text for number in numbers)
    from tepati.ledger.entry import decode

    rows = await office.desk.store.read(lambda tx: tx.all("SELECT entry FROM log_pending"))
    assert {line.n for line in (decode(bytes(row[0])) for row in rows) if line.act == "list"} == {1}


async def test_several_under_one_number_are_listed_masked(office, post):  # noqa: F811
    """A telephone number leads to each who has it on file; nothing of it stands in an address."""
    await guest(office.plain, post)
    search = "/home-cleaning/konsol/orang"
    browser = await office.seated("dimas", "dispatcher")
    form = {"_token": token(await browser.get(search)), "who": "0812-3456-7890"}
    assert (await browser.post(search, data=form)).status_code == 303, "one leads to their page"
    await guest(office.plain, post, 2, identity__email="bima@contoh.example", identity__name="Bima Saputra")
    page = await browser.post(search, data=form | {"_token": token(await browser.get(search))})
    assert page.status_code == 200
    said = plain(page)
    assert "Nomor ini tercatat pada 2 orang" in said
    assert "R••• D•••" in said
    assert "B••• S•••" in said
    where = re.findall(r'href="(/home-cleaning/konsol/orang/[^"]+)"', page.text)
    assert len(where) == 2
    assert not re.search("3456|ratna|bima", " ".join(where).lower())
    assert all([(await browser.get(each)).status_code == 200 for each in where])


async def test_a_role_without_a_window_says_why(office, post):  # noqa: F811
    """The accountant has no task that says it: without a reason nothing opens."""
    from tests.flows.people import paid

    number = await guest(office.plain, post)
    await paid(office.plain, number)
    browser = await office.seated("tuti", "accountant")
    search = "/home-cleaning/konsol/orang"
    found = await browser.post(search, data={"_token": token(await browser.get(search)), "who": number})
    where = found.headers["location"]
    page = await browser.get(where)
    assert "Mengapa Anda perlu ini?" in page.text
    assert "REF-7" not in page.text
    form = {"_token": token(page), "group": "payment", "purpose": "bookkeeping"}
    without = await browser.post(where, data=form)
    assert without.status_code == 422
    assert "REF-7" not in without.text
    assert "REF-7" in (await browser.post(where, data=form | {"reason": "Faktur November"})).text


async def test_the_director_lets_in_and_dismisses(office):
    """F4: password and key are shown once and work; who is dismissed is out at once; nobody else may do either."""
    director = await office.seated("ratih", "director")
    staff = "/home-cleaning/konsol/karyawan"
    form = {"_token": token(await director.get(staff)), "do": "welcome", "name": "Joko", "phone": "0812 9999 0000",
            "email": "joko@fineclean.example"}  # fmt: skip
    faulty = await director.post(staff, data=form | {"phone": "12"})
    assert faulty.status_code == 422
    assert faulty.text.count("<li><a href") == 2
    made = await director.post(staff, data=form | {"role.dispatcher": "yes"})
    secrets = re.findall(r"<dd><code>([^<]+)</code>", made.text)
    assert unescape(secrets[2]).startswith(
        "otpauth://totp/FINECLEAN.ID%3Ajoko%40fineclean.example?secret=" + secrets[1]
    )
    assert secrets[0] not in (await director.get(staff)).text
    taken = await director.post(staff, data=form | {"role.dispatcher": "yes"})
    assert taken.status_code == 422
    joko = office.browser()
    page = await joko.get("/home-cleaning/konsol/masuk")
    code = pyotp.TOTP(secrets[1]).at(office.clock.at // 1_000_000)
    sent = hidden(page) | {"email": "joko@fineclean.example", "password": secrets[0], "code": code}
    assert (await joko.post("/home-cleaning/konsol/masuk", data=sent)).status_code == 303
    assert (await joko.get("/home-cleaning/konsol")).headers["location"].endswith("kerahasiaan")
    bad = await office.seated("dimas", "dispatcher")
    here = hidden(await bad.get("/home-cleaning/konsol/orang"))
    for do in ("welcome", "dismiss"):
        assert (await bad.post(staff, data=form | here | {"do": do})).status_code in (400, 403)
    await director.post(staff, data={"_token": form["_token"], "do": "dismiss", "email": "joko@fineclean.example"})
    assert (await joko.get("/home-cleaning/konsol")).headers["location"].endswith("masuk")


async def test_tokens_and_sessions_of_others_do_nothing(office, post):  # noqa: F811
    """The session of the site at the console and the other way round; the token of another session; another Host."""
    from tepati.flows.acts.enter import ask, enter

    number = await guest(office.plain, post)
    browser, other = await office.seated("dimas", "dispatcher"), await office.seated("budi", "dispatcher")
    page = await browser.get(f"{PATH}/{number}")
    forged = await other.post(f"{PATH}/{number}", data={"_token": token(page), "do": "open", "group": "identity"})
    assert forged.status_code == 400
    assert "Ratna" not in forged.text
    await ask(office.plain, "ratna@contoh.example", "id")
    await deliver(office.plain, post)
    customer = await enter(office.plain, post.link("enter"), "", "android")
    staff_cookie = browser.cookies["__Host-home-cleaning-staff_session"]
    name = staff_cookie.partition("~")[2]
    swapped = office.browser()
    swapped.cookies.set("__Host-home-cleaning-staff_session", f"{customer.session}~{name}")
    assert (await swapped.get(PATH)).headers["location"].endswith("masuk")
    site = office.browser(SITE)
    site.cookies.set("__Host-home-cleaning-session", staff_cookie.partition("~")[0])
    assert 'value="ratna' not in (await site.get("/home-cleaning/pusat-privasi")).text
    assert "Keluar" not in plain(await site.get("/home-cleaning/pusat-privasi"))
    for path in ("/home-cleaning/konsol", PATH, "/home-cleaning/konsol/kunjungan/x", "/home-cleaning/konsol/karyawan"):
        assert (await office.browser(SITE).get(path)).status_code == 404, "the site's Host serves no console"
    assert (await office.browser("https://evil.example").get(PATH)).status_code == 421
    assert (await browser.get(PATH.replace("home-cleaning", "lain"))).status_code == 404
