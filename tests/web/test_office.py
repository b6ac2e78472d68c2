"""The office's reading pages: promises, alerts, ledger, retention, recipients: by role, naming nobody."""

import re

import pytest

from tepati.flows.acts import lines as ledger
from tepati.flows.acts.lines import Sought
from tepati.ledger.verify import verify_receipt
from tepati.registers import observations
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, guest, hired, lines
from tests.web.office import ORG, console, signed_in

NAMES = ("Ratna", "ratna@contoh.example", "Kenanga", "0812")
PAGES = ("janji", "peringatan", "buku-catatan")
EVIDENCE = "/konsol/janji/bukti"


@pytest.fixture
def world(desk, clock):  # noqa: F811
    return console(desk, clock)


async def test_every_staff_page_names_nobody(world, post, clock):  # noqa: F811
    """Board, alerts and ledger are for all staff; no value of a person stands in them, in either language."""
    opened, app = world
    await guest(opened, post)
    clerk = await signed_in(opened, app, clock, "service_desk")
    english = ("promises", "alerts", "ledger")
    for path in (*(f"/konsol/{p}" for p in PAGES), *(f"/en/console/{p}" for p in english)):
        answer = await clerk.get(path)
        assert answer.status_code == 200, path
        assert not [name for name in NAMES if name in answer.text]


async def test_the_board_leads_to_its_lines_and_they_to_their_proof(world, post, clock):  # noqa: F811
    """A number is a link to its ledger lines; one line goes home as a file that `tepati verify` accepts."""
    opened, app = world
    await guest(opened, post)
    while await opened.store.write(lambda tx: opened.log.integrate(tx, opened.now())):
        pass
    clerk = await signed_in(opened, app, clock, "dispatcher")
    board = (await clerk.get("/konsol/janji")).text
    assert f"{ORG}/konsol/janji/bukti/points.booking" in board
    assert f"{ORG}/konsol/buku-catatan?promise=" in board or "0 baris" in board
    found = (await clerk.get("/konsol/buku-catatan?promise=points.booking")).text
    index = re.search(r"/konsol/buku-catatan/baris/(\d+)", found)[1]
    page = await clerk.get(f"/konsol/buku-catatan/baris/{index}")
    assert "points.booking" in page.text
    file = await clerk.get(f"/konsol/buku-catatan/baris/{index}/json")
    assert "attachment" in file.headers["content-disposition"]
    report = verify_receipt(file.content, None)
    assert (report.sound, report.index, report.opening) == (True, int(index), "none")


async def test_lines_are_found_by_act_answer_and_promise(world, post):  # noqa: F811
    """Filters agree with the lines themselves; older pages go on where the newer one ended."""
    opened, _ = world
    for n in range(3):
        await guest(opened, post, n + 1, identity__email=f"orang{n}@contoh.example")
    await lines(opened, "", "")
    every = await ledger.lines(opened, Sought())
    assert every.rows[0].index == every.size - 1
    for sought in (Sought(act="collect"), Sought(answer="given"), Sought(promise="points")):
        found = await ledger.lines(opened, sought)
        assert [r.index for r in found.rows] == [r.index for r in every.rows if sought.fits(r.line)]
        assert found.rows
    rest = await ledger.lines(opened, Sought(before=5))
    assert [r.index for r in rest.rows] == [4, 3, 2, 1, 0]
    assert (await ledger.lines(opened, Sought(promise="point"))).rows == ()


@pytest.mark.parametrize("index", ["999999", "-1", "x", "1e3", "9" * 40, "١"])
async def test_a_line_that_is_none(world, clock, index):
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    for tail in ("", "/json"):
        assert (await clerk.get(f"/konsol/buku-catatan/baris/{index}{tail}")).status_code == 404
    assert (await clerk.get(f"/konsol/buku-catatan?before={index}&promise=%3Cscript%3E")).status_code == 200


async def test_a_cause_is_written_off_by_who_answers_for_it(world, clock, store):
    """An alarm stands on the alerts page until a steward writes how it was mended; others have no form."""
    opened, app = world
    line = bytes(16)
    seen = observations.Observation("security.storage", opened.now(), observations.TAMPERED, "state_mac")
    await opened.store.write(lambda tx: observations.add(tx, opened.org, opened.mac, seen, line))
    clerk = await signed_in(opened, app, clock, "dispatcher")
    owner = await signed_in(opened, app, clock, "director")
    assert "state_mac" in await owner.text("/konsol/peringatan")
    page = f"{EVIDENCE}/security.storage"
    assert f'action="{ORG}/konsol/janji/perbaikan"' not in (await clerk.get(page)).text
    for words in ("", "x" * 201, "\u202e"):
        answer = await owner.press(page, "/konsol/janji/perbaikan", words=words)
        assert answer.status_code in (400, 422)
    said = "kunci <b>diganti</b>"
    assert (await owner.press(page, "/konsol/janji/perbaikan", words=said)).status_code == 303
    shown = (await owner.get(page)).text
    assert "kunci &lt;b&gt;diganti&lt;/b&gt;" in shown
    assert await lines(opened, "repair", "repaired") == ["security.storage"]
    assert (await owner.press(page, "/konsol/janji/pernyataan", words="direktur, map 3")).status_code == 303
    forged = await owner.press(page, "/konsol/janji/pernyataan", words="x", promise="no.such")
    assert forged.status_code == 404


async def test_a_steward_form_taken_by_somebody_else_is_refused(world, clock):
    """The token is right, the role is not: the door refuses, whoever drew the form."""
    opened, app = world
    clerk = await signed_in(opened, app, clock, "dispatcher")
    page = (await clerk.get("/konsol")).text
    token = re.search(r'name="_token" value="([^"]+)"', page)[1]
    for action in ("perbaikan", "pernyataan"):
        answer = await clerk.client.post(f"{ORG}/konsol/janji/{action}", data={"_token": token, "words": "x"})
        assert answer.status_code == 400
    for path in ("masa-simpan", "penerima", "penerima/pihak/mailer"):
        assert (await clerk.get(f"/konsol/{path}")).status_code == 403


async def test_retention_says_what_would_end_and_what_is_held(world, post, clock):  # noqa: F811
    """F6: the dry run, coarse; every category has an end; the hold with rule, reading and by whom."""
    opened, app = world
    await guest(opened, post)
    desk_ = await signed_in(opened, app, clock, "privacy_desk")
    said = await desk_.text("/konsol/masa-simpan")
    assert "0 bagian data lewat masa simpan" in said
    assert "UU KUP 28(11)" in said
    assert "nama pada faktur" in said
    clock.forward(days=3 * 365)
    owner = await signed_in(opened, app, clock, "director")
    late = await owner.text("/konsol/masa-simpan")
    assert "kurang dari 10" in late


async def test_an_agreement_is_recorded_by_its_fingerprint(world, clock, store):
    """The paper stays outside; a term that ends before it begins, or no SHA-256, is taken by nobody."""
    opened, app = world
    owner = await signed_in(opened, app, clock, "director")
    page, action = "/konsol/penerima/pihak/payment_provider", "/konsol/penerima/pihak"
    assert "Belum ada" in await owner.text("/konsol/penerima")
    good = {"since": "2026-11-01", "until": "2027-11-01", "digest": "ab" * 32}
    for wrong in ({"until": "2026-10-01"}, {"digest": "zz"}, {"since": "kemarin"}, {"since": "0000-00-00"}):
        assert (await owner.press(page, action, **(good | wrong))).status_code == 422
    assert (await owner.press(page, action, **good)).status_code == 303
    assert "Berlaku" in await owner.text(page)
    assert await lines(opened, "conclude", "in_force") == ["recipients.payment_provider.agreement"]
    assert (await owner.press(page, action, **(good | {"recipient": "siapa"}))).status_code == 404
    assert (await owner.get("/konsol/penerima/pihak/siapa")).status_code == 404
    assert await count(store, "agreement WHERE recipient = 'payment_provider'") == 1


async def test_staff_of_another_role_see_no_entry_to_what_is_not_theirs(world, clock):
    opened, app = world
    clerk = await signed_in(opened, app, clock, "accountant")
    nav = (await clerk.get("/konsol")).text
    for path, shown in (("masa-simpan", False), ("penerima", False), ("kampanye", False), ("janji", True)):
        assert (f"{ORG}/konsol/{path}" in nav) is shown
    assert hired
