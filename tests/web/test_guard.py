"""The router's guard: a session and a form's token are of one organisation, surface and page; each mix is refused."""

import os
import re
from dataclasses import replace
from itertools import product

import httpx
import pytest

from tepati.flows.acts.deliver import deliver
from tepati.web import server
from tepati.web.addresses import absolute
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest
from tests.web.fake import EXAMPLE
from tests.web.forms import hidden

SITE, CONSOLE = "https://fineclean.example", "https://konsol.fineclean.example"
CENTRE = "/home-cleaning/pusat-privasi"


@pytest.fixture
def served(desk, clock):  # noqa: F811
    """One desk under two names, as two organisations of one installation: their sessions live in one database."""
    origins = {"home-cleaning": SITE, "other": "https://other.example"}
    made = {}
    for slug in origins:
        url = lambda page, lang, tail, slug=slug: absolute(origins, page, slug, lang, tail)  # noqa: E731
        made[slug] = DeskSurface(replace(desk, org=slug, url=url), (EXAMPLE / "site.toml").read_bytes())
    config = WebConfig(b"k" * 32, origins, clock, os.urandom, posts_per_minute=0, consoles={"home-cleaning": CONSOLE})
    return desk, build(made, None, config)


def client(app, base: str = SITE) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url=base, headers={"accept-encoding": ""})


async def came_in(opened, line, post, n: int = 1) -> None:  # noqa: F811
    """Come in as a customer would: the address, the letter, its button."""
    who = f"orang{n}@contoh.example"
    await guest(opened, post, n, identity__email=who, identity__name=f"Orang {n}")
    form = hidden((await line.get(CENTRE)).text)
    assert (await line.post(f"{CENTRE}/terkirim", data=form | {"email": who})).status_code == 303
    await deliver(opened, post)
    link = next(word for word in post.sent[-1].text.split() if "/masuk/" in word)
    form = hidden((await line.get(link.removeprefix(SITE))).text)
    assert (await line.post(f"{CENTRE}/masuk", data=form)).status_code == 303


def tokens_of(page: str) -> set[str]:
    return set(re.findall(r'name="_token" value="([^"]+)"', page))


async def test_cookies_are_host_bound_secure_and_not_for_scripts(served, post):  # noqa: F811
    opened, app = served
    async with client(app) as line:
        await came_in(opened, line, post)
        jar = {each.name: each for each in line.cookies.jar}
    assert {"__Host-home-cleaning-session", "__Host-home-cleaning-device"} <= set(jar)
    for each in jar.values():
        assert each.secure
        assert each.path == "/"
        assert not each.domain_specified
        assert {name.lower() for name in each._rest} >= {"httponly", "samesite"}


async def test_a_form_of_one_session_is_of_no_use_in_another(served, post):  # noqa: F811
    opened, app = served
    async with client(app) as mine, client(app) as theirs:
        await came_in(opened, mine, post, 1)
        await came_in(opened, theirs, post, 2)
        stolen = tokens_of((await mine.get(CENTRE)).text)
        assert stolen
        for token in stolen:
            answer = await theirs.post(f"{CENTRE}/keluar", data={"_token": token})
            assert answer.status_code == 400
        assert "Orang" not in (await theirs.get(CENTRE)).headers.get("location", "")
        assert (await theirs.get(CENTRE)).status_code == 200


async def test_a_form_of_one_page_is_of_no_use_on_another(served, post):  # noqa: F811
    """The token names surface and page: one for leaving changes no device, one of the site nothing inside."""
    opened, app = served
    async with client(app) as line:
        await came_in(opened, line, post)
        outside = tokens_of((await line.get("/home-cleaning/pesan")).text)
        inside = tokens_of((await line.get("/home-cleaning/hubungi")).text)
        for token, page in product(outside | inside, ("keluar", "perangkat")):
            assert (await line.post(f"{CENTRE}/{page}", data={"_token": token})).status_code == 400
        for token in inside:  # of this session, and of another page
            assert (await line.post("/home-cleaning/pesan", data={"_token": token})).status_code == 400


@pytest.mark.parametrize("page", ["keluar", "perangkat"])
async def test_without_a_session_every_form_inside_leads_to_the_door(served, page):
    _, app = served
    async with client(app) as line:
        answer = await line.post(f"{CENTRE}/{page}", data={"_token": "x"})
    assert (answer.status_code, answer.headers["location"]) == (303, CENTRE)


DOORS = {
    "/pusat-privasi", "/en/privacy-centre", "/pusat-privasi/terkirim", "/en/privacy-centre/sent", "/konsol/masuk",
    "/en/console/sign-in",
    # where digits are typed: the same page for every address
    "/pesan/kode/{page:str}", "/en/book/code/{page:str}", "/pusat-privasi/nomor/kode/{page:str}",
    "/en/privacy-centre/number/code/{page:str}", "/pusat-privasi/nomor", "/en/privacy-centre/number",
}  # fmt: skip


async def test_every_page_inside_is_shut_to_who_has_no_session(served):
    """All of them, as the router knows them: one that forgot to ask who it is would show here.

    Those of the console are not there at all at the site's host.
    """
    _, app = served
    async with client(app) as site, client(app, CONSOLE) as console:
        for line, group in ((site, server.CENTRE), (console, server.CONSOLE)):
            shown = set()
            for path in sorted({path for each in group if "GET" in each.http_methods for path in each.paths}):
                asked = re.sub(r"\{\w+:\w+\}", "A" * 32, path.replace("{org:str}", "home-cleaning"))
                answer = await line.get(asked)
                assert answer.status_code in {200, 303, 404, 410}, path
                shown |= {path.removeprefix("/{org:str}")} if answer.status_code == 200 else set()
                if line is console:
                    assert (await site.get(asked)).status_code == 404, path
            assert shown <= DOORS


async def test_a_session_of_one_organisation_opens_no_other(served, post):  # noqa: F811
    """The same secret under the other's cookie name, at the other's address."""
    opened, app = served
    async with client(app) as line:
        await came_in(opened, line, post)
        session = line.cookies["__Host-home-cleaning-session"]
    async with client(app, "https://other.example") as line:
        kept = {"cookie": f"__Host-other-session={session}"}
        page = await line.get("/other/pusat-privasi", headers=kept)
        assert 'name="email"' in page.text, "the door, and nothing of the person"
        answer = await line.post("/other/pusat-privasi/perangkat", data={"_token": "x"}, headers=kept)
    assert (answer.status_code, answer.headers["location"]) == (303, "/other/pusat-privasi")


async def test_a_customers_session_is_none_at_the_console(served, post):  # noqa: F811
    opened, app = served
    async with client(app) as line:
        await came_in(opened, line, post)
        session = line.cookies["__Host-home-cleaning-session"]
    async with client(app, CONSOLE) as line:
        kept = {"cookie": f"__Host-home-cleaning-staff_session={session}~x"}
        answer = await line.get("/home-cleaning/konsol", headers=kept)
        assert (answer.status_code, answer.headers["location"]) == (303, "/home-cleaning/konsol/masuk")
    async with client(app) as line:
        assert (await line.get("/home-cleaning/konsol")).status_code == 404, "the site's Host shows no console"


async def test_after_leaving_the_session_is_over_whatever_the_browser_keeps(served, post):  # noqa: F811
    opened, app = served
    async with client(app) as line:
        await came_in(opened, line, post)
        kept = {"cookie": f"__Host-home-cleaning-session={line.cookies['__Host-home-cleaning-session']}"}
        page = (await line.get(CENTRE)).text
        for token in tokens_of(page):
            await line.post(f"{CENTRE}/keluar", data={"_token": token})
    async with client(app) as line:
        assert 'name="email"' in (await line.get(CENTRE, headers=kept)).text


async def test_no_page_of_a_person_is_kept_by_a_browser_or_framed(served, post):  # noqa: F811
    opened, app = served
    async with client(app) as line:
        await came_in(opened, line, post)
        for path in (CENTRE, "/home-cleaning/hubungi", "/home-cleaning/pesan"):
            got = (await line.get(path)).headers
            assert got["cache-control"] == "no-store"
            assert got["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in got["content-security-policy"]
            assert "max-age" in got["strict-transport-security"]


async def test_who_came_in_writes_as_themselves(served, post):  # noqa: F811
    """The contact form inside asks for no address, and takes none."""
    opened, app = served
    async with client(app) as line:
        await came_in(opened, line, post)
        page = (await line.get("/home-cleaning/hubungi")).text
        assert 'name="identity.email"' not in page
        words = {"complaint.kind": "question", "complaint.text": "Apakah hari Minggu buka?"}
        refused = await line.post(
            "/home-cleaning/hubungi", data=hidden(page) | words | {"identity.email": "a@b.example"}
        )
        assert refused.status_code == 403
        done = await line.post("/home-cleaning/hubungi", data=hidden(page) | words)
        assert done.status_code == 303
        assert "Dijawab paling lambat" in (await line.get(done.headers["location"])).text
        outside = client(app)
        lost = await outside.post("/home-cleaning/hubungi", data=hidden(page) | words,
                                  headers={"cookie": "__Host-home-cleaning-session=over"})  # fmt: skip
        assert lost.status_code == 400, "another session's form"
        await outside.aclose()
