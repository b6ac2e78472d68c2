"""The console over the real acts, vault and ledger, on both engines: the dispatcher's day, the cleaner's phone."""

import os
import re
from dataclasses import replace
from html import unescape

import httpx
import pyotp
import pytest

from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.web import errors
from tepati.web.addresses import CONSOLE, absolute
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest
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
        form = dict(HIDDEN.findall(page.text)) | {
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
    return dict(HIDDEN.findall(page.text))["_token"]


def plain(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


PATH = "/home-cleaning/konsol/pesanan"


async def test_a_dispatchers_day_from_booking_to_closing(office, post, clock):  # noqa: F811
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
