"""F9: dated pictures of a version's pages: taken once, hashed in the ledger, taken home byte for byte."""

import hashlib
import re

import pytest

from tepati.app import crawl as crawling
from tepati.app import pictures as module
from tepati.app.compose import Org
from tepati.app.pictures import pages, pictured
from tepati.errors import Tampered
from tepati.flows import history
from tepati.flows.acts.picture import LARGEST, picture, wanted
from tepati.flows.acts.publish import publish
from tepati.ledger.entry import decode
from tepati.notice.load import load
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import lines
from tests.flows.test_publishing import FIRST
from tests.web.fake import EXAMPLE
from tests.web.test_whole import site  # noqa: F401 - a fixture

FILES = "/home-cleaning/privasi/berkas"
PNG = b"\x89PNG\r\n\x1a\n"
MADE = {("notice.page", "id"): PNG + b"1", ("points.booking", "id"): PNG + b"2", ("cookies", "en"): PNG + b"3"}


class Place:
    """Where the installation is, and which browser it has."""

    def __init__(self, browser: str = "chromium") -> None:
        self.place = self.config = self
        self.browser, self.orgs, self.origin = browser, {"home-cleaning": self}, "https://fineclean.example"


@pytest.fixture
def org(desk):  # noqa: F811
    return Org("home-cleaning", load(FIRST.encode()), desk, (EXAMPLE / "site.toml").read_bytes())


@pytest.mark.promise("F9")
async def test_pictures_are_kept_once_and_taken_home(site, store):  # noqa: F811
    """Listed with their day and hash beside the exact files; the hashes stand in lines of their own."""
    opened, client = site
    assert not await wanted(opened), "nothing was published"
    await publish(opened, FIRST)
    assert "Gambar hari itu" not in (await client.get(f"{FILES}/1")).text
    assert await wanted(opened)
    assert await picture(opened, MADE | {("points.complaint", "id"): bytes(LARGEST + 1)}) == 3
    assert not await wanted(opened)
    assert await picture(opened, {("notice.page", "id"): PNG + b"9"}) == 0
    page = (await client.get(f"{FILES}/1")).text
    for words in ("Gambar hari itu", "points.booking", "18 November 2026", hashlib.sha256(PNG + b"2").hexdigest()):
        assert words in page
    got = []
    for path in re.findall(rf'href="({FILES}/1/picture\.[^"]+)"', page):
        file = await client.get(path)
        assert file.headers["content-disposition"].endswith('.png"')
        assert "sandbox" in file.headers["content-security-policy"]
        got.append(file.content)
    assert sorted(got) == sorted(MADE.values())
    assert sorted(await lines(opened, "picture", "taken")) == ["cookies", "notice.page", "points.booking"]
    rows = await store.read(lambda tx: tx.all("SELECT entry FROM log_leaf ORDER BY idx"))
    told = [line.notice for (entry,) in rows if (line := decode(bytes(entry))).act == "picture"]
    assert sorted(told) == sorted(hashlib.sha256(body).hexdigest() for body in MADE.values())
    assert "picture." not in " ".join(await history.shown(opened, opened.digest))
    for wrong in ("picture.x", "picture.2026-01-01.notice.page.id." + "0" * 64, "picture."):
        assert (await client.get(f"{FILES}/1/{wrong}")).status_code == 404


async def test_a_picture_changed_by_sql_is_not_given_out(site, store):  # noqa: F811
    opened, client = site
    await publish(opened, FIRST)
    await picture(opened, MADE)
    await store.write(lambda tx: tx.run("UPDATE sheet SET body = $1 WHERE name LIKE 'picture.%'", b"other"))
    one, *_ = await history.pictures(opened, opened.digest)
    with pytest.raises(Tampered, match="sheet_tampered"):
        await history.picture(opened, opened.digest, one.name)
    assert (await client.get(f"{FILES}/1/{one.name}")).status_code >= 400


async def test_every_form_the_site_shows_is_looked_at_in_both_languages(org, monkeypatch):
    """Notice, forms, contact page and banner; where another version took over meanwhile, nothing is kept."""
    asked = pages(org)
    assert {promise for promise, _ in asked} == {"notice.page", "cookies", "points.booking", "points.complaint"}
    assert asked["points.booking", "en"] == "/home-cleaning/en/book"
    assert {lang for _, lang in asked} == {"id", "en"}
    seen: list[tuple[str, bool]] = []

    async def camera(program, urls):
        seen.extend(urls)
        return [PNG + url.encode() for url, _ in urls]

    monkeypatch.setattr(module, "pictures", camera)
    assert await pictured(Place(), org) == 0, "nothing was published"
    await publish(org.desk, FIRST)
    assert await pictured(Place("none"), org) == 0
    assert not seen
    assert await pictured(Place(), org) == len(asked)
    assert ("https://fineclean.example/home-cleaning/privasi", True) in seen
    assert ("https://fineclean.example/home-cleaning/", False) in seen
    assert await pictured(Place(), org) == 0
    assert len(seen) == len(asked)


async def test_a_browser_that_fails_is_tried_again_a_day_later(org, monkeypatch, clock):
    """The rounds of the look go on each minute; a browser is not started each minute."""
    tries = []

    async def crawled(*_):
        clock.forward(hours=5)

    async def failing(*_):
        tries.append(clock())
        raise OSError("browser")

    class Over(Exception):
        pass

    rounds = iter(range(12))

    async def sleep(_):
        if next(rounds, None) is None:
            raise Over

    monkeypatch.setattr(crawling, "crawled", crawled)
    monkeypatch.setattr(crawling, "pictured", failing)
    monkeypatch.setattr(crawling.asyncio, "sleep", sleep)
    installation = Place()
    installation.orgs = {"home-cleaning": org}
    with pytest.raises(Over):
        await crawling.crawling(installation, b"k" * 32)
    assert len(tries) == 3
