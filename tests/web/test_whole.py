"""The pages over the real acts, vault and ledger, on both engines: what a customer does, from form to certificate."""

import os
import re
from html import unescape

import httpx
import pytest

from tepati.flows.acts.deliver import deliver
from tepati.web.addresses import absolute
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.web.fake import EXAMPLE
from tests.web.forms import BOOK, TYPED, filled, hidden

ORIGIN = "https://fineclean.example"


ORIGINS = {"home-cleaning": ORIGIN}


@pytest.fixture
def site(desk, clock):  # noqa: F811
    from dataclasses import replace

    opened = replace(desk, url=lambda page, lang, tail: absolute(ORIGINS, page, "home-cleaning", lang, tail))
    return opened, serving(opened, clock)


def serving(opened, clock, beside: bytes = (EXAMPLE / "site.toml").read_bytes()) -> httpx.AsyncClient:
    """Serve a desk at its origin; ``beside``: what its pages say beside its notice."""
    surface = DeskSurface(opened, beside)
    app = build({surface.slug: surface}, None, WebConfig(b"k" * 32, ORIGINS, clock, os.urandom, posts_per_minute=0))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"accept-encoding": ""})


def day(page: str) -> str:
    return re.search(r'name="booking.date"[^>]*value="([^"]+)"', page)[1]


async def test_a_customer_books_confirms_and_reads_the_board(site, post):  # noqa: F811
    """F2 F7 F10: booking, promotion answered apart, the board afterwards."""
    opened, client = site
    async with client:
        form = await filled(client, **{"asks.offers_by_email": "yes"})
        form["booking.date"] = day((await client.get(BOOK)).text)
        booked = await client.post(BOOK, data=form)
        assert booked.status_code == 303, re.findall(r"<li><a href.*?</a>", booked.text)
        assert (await client.post(BOOK, data=form)).status_code == 303
        assert (await deliver(opened, post)).sent == 1
        mail = post.sent[-1]
        assert not [value for value in TYPED.values() if len(value) > 4 and value in mail.text + mail.html]
        link = re.search(rf"{ORIGIN}(/home-cleaning/k/\S+)", mail.text)[1]
        for _ in range(3):
            page = await client.get(link)
        assert page.status_code == 200
        assert "promo lewat e-mail" in page.text
        done = await client.post("/home-cleaning/k", data=hidden(page.text) | {"asks.offers_by_email": "yes"})
        assert done.status_code == 303
        assert "Berlaku" in (await client.get(done.headers["location"])).text
        assert (await client.get(link)).status_code == 410
        await opened.store.write(lambda tx: opened.log.integrate(tx, opened.now()))
        assert (await deliver(opened, post)).sent == 1
        assert "Ratna" in post.sent[-1].text
        board = await client.get("/home-cleaning/janji")
        assert board.status_code == 200
        for path in ("/home-cleaning/", "/home-cleaning/en/", "/home-cleaning/privasi", "/home-cleaning/en/promises"):
            assert (await client.get(path)).status_code == 200


async def test_the_door_refuses_and_the_page_tells_every_fault(site):
    _, client = site
    async with client:
        form = await filled(client, **{"identity.nik": "3174010101900001"})
        form["booking.date"] = day((await client.get(BOOK)).text)
        refused = await client.post(BOOK, data=form)
        form.pop("identity.nik")
        faulty = await client.post(
            BOOK, data=form | {"identity.email": "x", "identity.phone": "12", "booking.slot": ""}
        )
        young = await client.post(BOOK, data=form | {"identity.age": "under_18"})
    assert refused.status_code == 403
    assert "identity.nik" in refused.text
    assert faulty.status_code == 422
    for ident in ("identity-email", "identity-phone", "booking-slot"):
        assert f'href="#{ident}"' in faulty.text
    assert "periksa bagian ini" not in unescape(faulty.text)
    assert (young.status_code, 'name="guardian.email"' in young.text) == (422, True)
