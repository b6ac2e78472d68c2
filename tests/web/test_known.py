"""What programs look for: robots stay out of what is one person's, a hole can be told, the signal is declared."""

import datetime as dt
import json

import pytest

from tests.web.conftest import HOST
from tests.web.fake import NOW

SITE = "https://fineclean.example"


@pytest.fixture
def real(worlds):
    return worlds(origins={"home-cleaning": SITE}, demo=False, security="mailto:keamanan@fineclean.example")


async def get(world, path: str, base: str = SITE):
    async with world.client(base) as client:
        return await client.get(path)


async def test_robots_leave_alone_what_belongs_to_one_person(real):
    page = await get(real, "/robots.txt")
    assert page.headers["content-type"].startswith("text/plain")
    for path in ("/home-cleaning/k", "/home-cleaning/en/k", "/home-cleaning/c", "/home-cleaning/pusat-privasi"):
        assert f"Disallow: {path}\n" in page.text
    assert "Disallow: /home-cleaning/privasi\n" not in page.text


async def test_robots_leave_the_demo_alone(world):
    assert "Disallow: /\n" in (await get(world, "/robots.txt", HOST)).text


async def test_whom_to_tell_of_a_hole_is_told_as_rfc_9116_says(real):
    page = await get(real, "/.well-known/security.txt")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    fields = [line.partition(": ")[::2] for line in page.text.splitlines()]
    assert {name for name, _ in fields} == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert dict(fields)["Contact"] == "mailto:keamanan@fineclean.example"
    left = dt.datetime.fromisoformat(dict(fields)["Expires"]).timestamp() - NOW / 1e6
    assert 0 < left < 365 * 86_400  # section 2.5.5
    assert f"Canonical: {SITE}/.well-known/security.txt" in page.text


async def test_without_an_address_there_is_no_such_file(world):
    assert (await get(world, "/.well-known/security.txt", HOST)).status_code == 404


async def test_the_signal_is_declared(real):
    said = await get(real, "/.well-known/gpc.json")
    assert said.headers["content-type"].startswith("application/json")
    assert json.loads(said.content)["gpc"] is True
