"""The console's page of versions: what changes, approved by digest by two; the site shows it before its day."""

import hashlib
import json
import re

import pytest

from tepati.flows import history
from tepati.flows.acts.publish import approve, propose, publish
from tepati.ledger.entry import decode
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, hired, lines
from tests.flows.test_publishing import ALONE, SECOND, TWO, approvers, text, two  # noqa: F401 - a fixture among them
from tests.web.office import ORG, console, signed_in

PAGE = "/konsol/kebijakan"


@pytest.fixture
def world(two, clock):  # noqa: F811
    return console(two, clock)


def waits(morning: str) -> bool:
    """Whether a version of the notice waits for whoever reads this morning's page."""
    return "Versi kebijakan yang menunggu persetujuan Anda: 1" in morning


@pytest.mark.promise("F9")
@pytest.mark.promise("W15")
async def test_two_approve_at_the_console_and_the_site_announces_it(world, post, clock):  # noqa: F811
    """Differences and counts before the button; one presses twice in vain; after the second it stands on the site."""
    opened, app = world
    await publish(opened, text((ALONE, TWO)))
    await guest(opened, post)
    digest = await propose(opened, await hired(opened, "privacy_desk"), SECOND)
    one = await signed_in(opened, app, clock, "director")
    other = await signed_in(opened, app, clock, "director", "dispatcher")
    said = await one.text(PAGE)
    for words in ("Memperluas sesuatu", "0 dari 2 persetujuan", digest, "14 hari sebelumnya", "kurang dari 10"):
        assert words in said
    assert "roles.dispatcher" in said
    english = await one.text("/en/console/notice")
    assert [
        said for said in ("Widens something", "roles.dispatcher.sees", "identity.email") if said not in english
    ] == []
    assert (await one.press(PAGE, PAGE, do="approve")).status_code == 303
    assert [waits(await each.text("/konsol")) for each in (one, other)] == [False, True]
    forged = await one.press(PAGE, PAGE, do="approve")
    assert (forged.status_code, "sudah menyetujui" in forged.text) == (409, True)
    assert (await other.press(PAGE, PAGE, do="approve", digest=digest[:-2] + "00")).status_code == 404
    assert (await other.press(PAGE, PAGE, do="approve")).status_code == 303
    assert "Sudah terbit" in await other.text(PAGE)
    site = {"host": "fineclean.example"}
    news = await other.client.get("https://fineclean.example" + ORG + "/berita", headers=site)
    assert "versi 2 berlaku mulai 3 Desember 2026" in news.text
    notice = (await other.client.get("https://fineclean.example" + ORG + "/privasi")).text
    assert "Terbit, belum berlaku" in notice
    assert f"{ORG}/privasi/perubahan/2" in notice
    assert "Versi 1" in (await other.client.get("https://fineclean.example" + ORG + "/privasi/riwayat")).text
    changes = await other.client.get("https://fineclean.example" + ORG + "/privasi/perubahan/2")
    assert "<ins>" in changes.text
    await exact_bytes(other.client, opened)


async def exact_bytes(client, opened) -> None:
    """Text, forms and banner of each version stay, byte for byte, and their hashes stand in the ledger."""
    files = f"https://fineclean.example{ORG}/privasi/berkas"
    page = (await client.get(f"{files}/2")).text
    rows = re.findall(rf'href="{ORG}/privasi/berkas/2/([a-z_.]+)".*?sha256 ([0-9a-f]{{64}})', page, re.DOTALL)
    names = [name for name, _ in rows]
    assert {"notice", "points.booking", "points.complaint", "cookies"} <= set(names)
    told = []
    for name, digest in rows:
        file = await client.get(f"{files}/2/{name}")
        assert hashlib.sha256(file.content).hexdigest() == digest
        assert "attachment" in file.headers["content-disposition"]
        told.append(digest)
    assert (await client.get(f"{files}/2/notice")).content == SECOND.encode()
    booking = json.loads((await client.get(f"{files}/1/points.booking")).content)
    assert booking["id"]["fields"]["identity.name"]["label"] == "nama"
    assert "offers_by_email" in booking["en"]["asks"]
    await lines(opened, "", "")  # what is pending gets its place
    entries = await opened.store.read(lambda tx: tx.all("SELECT entry FROM log_leaf"))
    known = {decode(bytes(entry)).notice for (entry,) in entries if decode(bytes(entry)).act == "publish"}
    assert set(told) <= known
    for wrong in ("2/nothing", "2/points.none", "9", "9/notice", "x"):
        assert (await client.get(f"{files}/{wrong}")).status_code == 404


async def test_others_see_no_page_and_a_form_of_theirs_is_refused(world, clock):
    opened, app = world
    await publish(opened, text((ALONE, TWO)))
    clerk = await signed_in(opened, app, clock, "dispatcher")
    assert (await clerk.get(PAGE)).status_code == 403
    assert f"{ORG}{PAGE}" not in (await clerk.get("/konsol")).text


@pytest.mark.promise("F9")
async def test_a_running_site_follows_the_version_that_took_over(world, post, clock):  # noqa: F811
    """The surface shows the new version, its forms and its number without a restart; the old one keeps its address."""
    opened, _ = world
    await publish(opened, text((ALONE, TWO)))
    surface = DeskSurface(opened, b"")

    one, other = await approvers(opened, "sari", "dewi")
    digest = await propose(opened, one, SECOND)
    for who in (one, other):
        await approve(opened, who, digest)
    clock.forward(days=15)
    desk_ = await history.ruling(opened)
    surface.follow(desk_, await history.running(desk_))
    assert (surface.version, surface.digest.hex(), str(surface.since)) == (2, digest, "2026-12-03")
    assert [one.version for one in await surface.versions()] == [2, 1]
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
