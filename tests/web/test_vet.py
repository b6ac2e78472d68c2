"""The page of an approver from outside: read by anybody who has the link, changed by its button alone, once."""

import hashlib
import os
import re
from dataclasses import replace

import httpx
import pytest

from tepati.flows import history
from tepati.flows.acts.publish import approve, propose, publish, take_back
from tepati.flows.tick import tick
from tepati.web.addresses import absolute
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.test_outside import OUTSIDE, SECOND
from tests.flows.test_publishing import approvers, at, text
from tests.web.fake import EXAMPLE
from tests.web.forms import hidden
from tests.web.office import words

ORIGIN = "https://fineclean.example"


@pytest.fixture
def small(desk, clock):  # noqa: F811
    """A site whose notice names an approver from outside; give its desk and a browser."""
    origins = {"home-cleaning": ORIGIN}
    url = lambda page, lang, tail: absolute(origins, page, "home-cleaning", lang, tail)  # noqa: E731
    opened = replace(at(desk, text(OUTSIDE)), url=url)
    surface = DeskSurface(opened, (EXAMPLE / "site.toml").read_bytes())
    app = build({surface.slug: surface}, None, WebConfig(b"k" * 32, origins, clock, os.urandom, posts_per_minute=0))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN, headers={"accept-encoding": ""})
    return opened, client


async def mailed(opened, post):  # noqa: F811
    """Propose the second version, approved by the director; give them, its digest and the path that was mailed."""
    await publish(opened, text(OUTSIDE))
    (director,) = await approvers(opened, "sari")
    digest = await propose(opened, director, SECOND)
    await approve(opened, director, digest)
    await tick(opened, post)
    (mail,) = [mail for mail in post.sent if mail.to == "penasihat@luar.example"]
    return director, digest, re.search(rf"{ORIGIN}(/home-cleaning/privasi/setujui/\S+)", mail.text)[1]


async def test_the_page_shows_the_difference_and_the_file_and_its_button_publishes(small, post):  # noqa: F811
    opened, client = small
    _, digest, path = await mailed(opened, post)
    async with client:
        for _ in range(3):  # a mail scanner, a preview, and the reader
            page = await client.get(path)
            assert (await client.head(path)).status_code in {200, 405}
        assert page.status_code == 200
        assert "no-store" in page.headers["cache-control"]
        said = words(page.text)
        for each in ("Setujui versi 2", digest, "Bila versi ini terbit", "Kunci Sekarang Nanti roles.dispatcher",
                     "belum menyetujui apa pun", "privasi@fineclean"):  # fmt: skip
            assert each in said
        assert "Approve version 2" in (await client.get(path.replace("/privasi/setujui", "/en/privacy/approve"))).text
        file = await client.get(f"{path}/berkas")
        assert hashlib.sha256(file.content).hexdigest() == digest
        assert len(await history.versions(opened)) == 1
        assert (await client.post(path, data={})).status_code in {400, 403}
        form = hidden(page.text)
        assert (await client.post(path, data=form | {"more": "1"})).status_code in {400, 403, 422}
        assert len(await history.versions(opened)) == 1
        assert (await client.post(path, data=form)).status_code == 303
        assert (await history.versions(opened))[0].digest.hex() == digest
        done = await client.get(path)
        assert (done.status_code, "Anda menyetujui isi ini pada" in done.text) == (200, True)
        assert "<form method" not in done.text.partition("<main")[2].partition("</main>")[0]
        replayed = await client.post(path, data=form)
        assert "Anda menyetujui isi ini pada" in replayed.text
    assert len(await history.versions(opened)) == 2


async def test_a_form_of_one_link_presses_no_other_and_what_was_taken_back_is_gone(small, post, clock):  # noqa: F811
    opened, client = small
    director, digest, path = await mailed(opened, post)
    rival = await propose(opened, director, SECOND + "\n")
    await tick(opened, post)
    other = re.search(rf"{ORIGIN}(/home-cleaning/privasi/setujui/\S+)", post.sent[-1].text)[1]
    async with client:
        form = hidden((await client.get(path)).text)
        assert (await client.post(other, data=form)).status_code in {400, 403}
        await take_back(opened, director, digest)  # the approval
        await take_back(opened, director, digest)  # and the proposal
        assert (await client.get(path)).status_code == 404
        assert (await client.post(path, data=form)).status_code == 404
        assert (await client.get(f"{path}/berkas")).status_code == 404
        for wrong in (path[:-1], path[:-32] + "x" * 32, "/home-cleaning/privasi/setujui/k"):
            assert (await client.get(wrong)).status_code == 404
        late = hidden((await client.get(other)).text)
        clock.forward(days=14)
        over = await client.get(other)
        assert (over.status_code, "tidak berguna lagi" in over.text) == (410, True)
        assert (await client.post(other, data=late)).status_code in {400, 410, 422}
    assert rival != digest
    assert len(await history.versions(opened)) == 1
