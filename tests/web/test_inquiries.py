"""Fraud is investigated within a case and told afterwards: no look without one, and none by who suspects."""

import pytest

from tepati.errors import Refused
from tepati.flows.acts.countersign import countersign
from tepati.flows.acts.idle import idle
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, hired, lines
from tests.web.office import form_to, hidden, words
from tests.web.test_uses import RATNA, company, copy_of, refused  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
LIST, ONE, OPEN = "/konsol/perkara", "/konsol/perkara/nomor", "/konsol/perkara/buka"
WHY = "Akun dipakai orang lain <i>sejak Senin</i>"
NAMED = {"of.merchant.name": "yes"}


async def suspected(staff, **other: str) -> str:
    """Have a member open a case about Ratna; return its number."""
    done = await staff.press(LIST, LIST, **({"who": RATNA, "text": WHY} | NAMED | other))
    assert done.status_code == 303, words(done.text)[:400]
    return done.headers["location"].rpartition("=")[2]


@pytest.mark.promise("A13")
async def test_a_case_opens_what_it_names_to_who_investigates(company, store):  # noqa: F811
    """Before it nothing; then the suspicion and the named fields; closed, nothing again; the board says so."""
    c = await company("point-of-sale")
    await c.comes(RATNA)
    spy = await c.staff("investigator")
    assert refused(await c.looks(spy, "safety", "merchant.name", email=RATNA), "roles.investigator")
    clerk = await c.staff("support")
    number = await suspected(clerk)
    assert number in await clerk.text(f"{LIST}?dibuka={number}")
    page = (await spy.get(f"{ONE}/{number}")).text
    assert "sejak Senin&lt;/i&gt;" in page
    assert "Ratna" not in page
    assert "Ratna Wulandari" in (await spy.press(f"{ONE}/{number}", OPEN)).text
    assert refused(await c.looks(spy, "safety", "merchant.email", email=RATNA), "roles.investigator"), "not named"
    assert refused(await c.looks(spy, "service", "merchant.name", number=number), "roles.investigator")
    told = await c.evidence(spy, "roles.investigator")
    assert "semuanya selama urusannya terbuka; tanpa itu: 0." in told
    assert "Yang terlama masih terbuka: sejak 18 November 2026" in told
    form = hidden(form_to((await spy.get(f"{ONE}/{number}")).text, OPEN, f"/{c.slug}"))
    assert (await spy.press(f"{ONE}/{number}", ONE, outcome="unfounded")).status_code == 303
    assert (await spy.client.post(f"/{c.slug}{OPEN}", data=form)).status_code == 403
    assert OPEN not in (await spy.get(f"{ONE}/{number}")).text
    for table in ("dealing", "log_leaf", "log_pending", "opening"):
        rows = await store.read(lambda tx, table=table: tx.all(f"SELECT * FROM {table}"))
        raw = [cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row]
        assert not [each for each in raw if b"Senin" in each], table


@pytest.mark.promise("A13")
async def test_its_person_is_told_afterwards_and_not_before(company):  # noqa: F811
    """Until the declared day neither trail nor copy nor mail says a word; then a letter, and every look is there."""
    c = await company("point-of-sale")
    await c.comes(RATNA)
    number = await suspected(await c.staff("support"))
    spy = await c.staff("investigator")
    await spy.press(f"{ONE}/{number}", OPEN)
    assert (await c.looks(spy, "safety", "merchant.name", email=RATNA)).status_code == 200
    c.post.sent.clear()
    await spy.press(f"{ONE}/{number}", ONE, outcome="founded")
    await c.settled()
    theirs = await c.centre(RATNA)
    silent = words(await theirs.get(f"{theirs.centre}/pemakaian"))
    assert "enyelidik" not in silent
    assert "pemeriksaan" not in silent
    assert not [each for each in (await copy_of(c, RATNA))["track_record"] if each["role"] == "investigator"]
    assert not [mail for mail in c.post.sent if number in mail.text]
    c.clock.forward(days=15)
    await c.settled()
    (mail,) = [mail for mail in c.post.sent if number in mail.text]
    assert (mail.to, "Data Anda pernah diperiksa" in mail.subject) == (RATNA, True)
    assert "Senin" not in mail.text + mail.html
    await theirs.enter(RATNA)
    pages = [await theirs.get(f"{theirs.centre}/pemakaian{page}") for page in ("", "/2")]
    loud = " ".join(words(page) for page in pages)
    assert "membuka perkara pemeriksaan" in loud
    assert "kecurigaan terbukti" in loud


@pytest.mark.promise("A13")
async def test_who_suspects_does_not_investigate(company, store):  # noqa: F811
    """Not with both roles either, whoever confirms it; and nobody else opens, reads or closes one."""
    c = await company("point-of-sale")
    await c.comes(RATNA)
    both = await c.staff("support", "investigator")
    number = await suspected(both)
    page = (await both.get(f"{ONE}/{number}")).text
    assert "Anda sendiri yang membuka perkara ini" in words(page)
    assert "Senin" not in page
    assert refused(await c.looks(both, "safety", "merchant.name", number=number), "roles.investigator")
    for wrong in (
        {"text": " "},
        {"of.merchant.name": ""},
        {"who": "siapa@contoh.example"},
        {"who": "PO-0000-0000"},
        {},
    ):
        again = await both.press(LIST, LIST, **({"who": RATNA, "text": WHY} | NAMED | wrong))
        assert again.status_code == 422, wrong
    assert (await both.press(LIST, LIST, who=RATNA, text=WHY, **{"of.merchant.phone": "yes"})).status_code == 403
    assert await count(store, "dealing WHERE kind = 'fraud'") == 1
    for role in ("verifier", "accountant", "director"):
        other = await c.staff(role)
        assert (await other.get(LIST)).status_code == 403
        assert (await other.get(f"{ONE}/{number}")).status_code == 403
    with pytest.raises(Refused):
        await countersign(c.desk, await hired(c.desk, "investigator"), number)
    assert refused(await c.looks(both, "safety", "merchant.name", number=number), "roles.investigator")
    c.clock.forward(days=91)
    assert await idle(c.desk) == 1, "a case that nothing happens in ends, and is told as any other"
    assert await count(store, "outbox WHERE message LIKE 'investigated%'") == 1
    assert await lines(c.desk, "suspect", "opened") == ["cases.fraud"]
