"""Security cases at the console: two people, one line, one look; and the page that only its owner reads."""

import re

import pytest

from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import guest, lines
from tests.web.office import ORG, console, signed_in, words

CASES, OWN = "/konsol/keamanan", "/konsol/catatan-saya"


@pytest.fixture
def world(desk, clock):  # noqa: F811
    return console(desk, clock)


async def looked(opened, post):  # noqa: F811
    """A member of staff let somebody in: a line with an actor; return its number."""
    await guest(opened, post)
    await lines(opened, "", "")
    from tepati.flows.acts.lines import Sought
    from tepati.flows.acts.lines import lines as listed

    return str((await listed(opened, Sought(act="sign_in"))).rows[-1].index)


async def test_two_people_open_a_case_and_the_actor_reads_it(world, post, clock):  # noqa: F811
    """F4: from the line to the form, the second approver, one look each; the clerk's own page says so."""
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    await lines(opened, "", "")  # theirs is the first line
    owner = await signed_in(opened, app, clock, "director")
    officer = await signed_in(opened, app, clock, "privacy_desk")
    index = await looked(opened, post)
    line = (await owner.get(f"/konsol/buku-catatan/baris/{index}")).text
    assert f"{ORG}{CASES}?line={index}" in line
    assert f'value="{index}"' in (await owner.get(f"{CASES}?line={index}")).text
    typed = {"about": index, "reason": "pemakaian <b>tidak dikenal</b>"}
    assert (await owner.press(CASES, CASES, **typed)).status_code == 303
    assert "Orang lain yang mewakili organisasi" in await owner.text(CASES)
    case = re.search(r'name="case" value="(\w+)"', (await officer.get(CASES)).text)[1]
    early = await owner.press(CASES, CASES, do="unveil", case=case)
    assert (early.status_code, "Baru satu orang" in early.text) == (422, True)
    again = await owner.press(CASES, CASES, do="approve", case=case)
    assert (again.status_code, "persetujuan pertama" in again.text) == (422, True)
    assert (await officer.press(CASES, CASES, do="approve", case=case)).status_code == 303
    shown = await officer.press(CASES, CASES, do="unveil", case=case)
    assert shown.status_code == 200
    assert re.search(r"Wulan .* Kapan|Wulan .* kapan", words(shown.text))
    assert re.search(r"\d\d:\d\d:\d\d", words(shown.text)), "exactly when"
    second = await officer.press(CASES, CASES, do="unveil", case=case)
    assert (second.status_code, "Wulan" in words(second.text)) == (422, False)
    mine = await clerk.text(OWN)
    assert ("menyebut Anda 1 kali" in mine, "tidak dikenal" in mine) == (True, False)
    theirs = await owner.text(OWN)
    assert "Belum ada perkara keamanan yang menyebut Anda" in theirs
    assert "pemakaian <b>tidak dikenal</b>" in theirs


async def test_a_form_with_faults_says_where(world, post, clock):  # noqa: F811
    opened, app = world
    owner = await signed_in(opened, app, clock, "director")
    index = await looked(opened, post)
    for typed, at in (({"about": index, "reason": "x" * 201}, "reason"), ({"about": "999999", "reason": "x"}, "about")):
        answer = await owner.press(CASES, CASES, **typed)
        assert (answer.status_code, f'href="#{at}"' in answer.text) == (422, True)
    own = await owner.press(CASES, CASES, about=index, reason="x")
    assert (own.status_code, "Anda sendiri" in own.text) == (422, True), "their own sign-in"


async def test_others_find_no_page_and_no_form(world, post, clock):  # noqa: F811
    """Not in the navigation, not at its address, not by a post; their own record is everybody's."""
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    index = await looked(opened, post)
    page = (await clerk.get("/konsol")).text
    assert CASES not in page
    assert OWN in page
    assert (await clerk.get(CASES)).status_code == 403
    token = re.search(r'name="_token" value="([^"]+)"', page)[1]
    for do in ("open", "approve", "unveil"):
        sent = {"_token": token, "do": do, "about": index, "reason": "x", "case": "00" * 16}
        assert (await clerk.client.post(ORG + CASES, data=sent)).status_code in (400, 403)
    assert "Perkara keamanan" not in words((await clerk.get(f"/konsol/buku-catatan/baris/{index}")).text)
    assert (await clerk.client.get(ORG + OWN, headers={"cookie": ""}, follow_redirects=False)).status_code in (200, 303)
    for path in ("/en/console/security", "/en/console/my-record"):
        assert (await clerk.get(path)).status_code == (403 if "security" in path else 200)
