"""A1: a receipt asked for at the till leaves by mail at once, and the buyer's address ends as declared."""

import dataclasses

import pytest
from msgspec.structs import replace

from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.sweep import sweep
from tepati.notice.values import Rate
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, lines
from tests.web.test_uses import company  # noqa: F401 - a fixture

TILL = "/konsol/kasir"
BUYER = "dewi@pembeli.example"
SOLD = {"buyer.email": BUYER, "buyer.goods": "2 kopi susu <b>", "buyer.amount": "Rp36.000"}


def limited(c, point: str, limit: Rate) -> None:
    """Declare how often, at one point."""
    points = c.desk.notice.points
    notice = replace(c.desk.notice, points={**points, point: replace(points[point], limit=limit)})
    c.surface.desk = dataclasses.replace(c.desk, notice=notice)
    c.desk = c.surface.desk


async def buyers(c) -> int:
    return await count(c.desk.store, "person WHERE population = 'buyer'")


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_receipt_asked_for_at_the_till_is_mailed_and_the_address_ends_as_declared(company):  # noqa: F811
    """No link to press, no account: a letter with what was bought; thirty days later there is no such person."""
    c = await company("point-of-sale")
    cashier = await c.staff("cashier")
    assert "Kasir" in await cashier.text("/konsol")
    assert (await cashier.get("/en/console/till")).status_code == 200
    assert (await cashier.get(f"{TILL}/<script>")).status_code == 404
    bad = await cashier.press(TILL, TILL, **SOLD | {"buyer.amount": "murah"})
    assert (bad.status_code, "tulis seperti 25.000" in bad.text) == (422, True)
    done = await cashier.press(TILL, TILL, **SOLD)
    number = done.headers["location"].rpartition("/")[2]
    assert number in await cashier.text(f"{TILL}/{number}")
    c.post.sent.clear()
    await deliver(c.desk, c.post)
    (mail,) = c.post.sent
    assert (mail.to, mail.subject) == (BUYER, f"Tanda terima {number}")
    assert "2 kopi susu <b>" in mail.text
    assert "2 kopi susu &lt;b&gt;" in mail.html
    assert "Rp36.000" in mail.text
    assert "/k/" not in mail.text, "nothing waits for a link"
    assert (await lines(c.desk, "send", "allowed")).count("messages.receipt") == 1
    again = await cashier.press(TILL, TILL, **SOLD)
    assert again.status_code == 303
    assert await buyers(c) == 1, "one address, one buyer"
    c.clock.forward(days=29)
    await sweep(c.desk)
    assert await count(c.desk.store, "sealed WHERE category = 'buyer'") == 2
    c.clock.forward(days=2)
    await sweep(c.desk)
    assert (await c.strange(), await buyers(c)) == ([], 0)
    assert await count(c.desk.store, "ident WHERE field = 'buyer.email'") == 0


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_the_declared_limit_holds_for_each_member_of_staff(company):  # noqa: F811
    """Two a day: the third is refused, kept in the form, and told when; a colleague and tomorrow are not concerned."""
    c = await company("point-of-sale")
    limited(c, "receipt", Rate(2, "day"))
    cashier, other = await c.staff("cashier"), await c.staff("cashier", "officer")
    assert [(await cashier.press(TILL, TILL, **SOLD)).status_code for _ in range(2)] == [303, 303]
    c.clock.forward(seconds=3_600)
    over = await cashier.press(TILL, TILL, **SOLD)
    assert (over.status_code, "Coba lagi setelah 23 jam" in over.text, BUYER in over.text) == (403, True, True)
    call = {"point": "receipt", "channel": "app", "values": SOLD, "once": "ab" * 16}
    rows = {"submissions": [call, call | {"once": "cd" * 16}, call | {"once": "ef" * 16}]}
    batch = await c.site.post("/v1/point-of-sale/collect/batch", json=rows, headers=other.bearer)
    assert batch.status_code == 403, "three at once are three"
    assert await count(c.desk.store, "record WHERE point = 'receipt'") == 2, "all or none"
    assert (await other.press(TILL, TILL, **SOLD)).status_code == 303
    c.clock.forward(days=1)
    again = await c.staff("cashier", "support")
    assert (await again.press(TILL, TILL, **SOLD)).status_code == 303
    assert (await c.strange()) == []
    said = await c.page("privasi")
    assert "untuk setiap petugas: paling banyak dua kali per hari" in said


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_nobody_but_the_tills_staff_has_a_receipt_sent_and_it_reaches_no_merchant(company):  # noqa: F811
    """A stranger's form is refused; an address that a merchant has is a buyer's here, and joins nothing of theirs."""
    c = await company("point-of-sale")
    await c.comes("ratna@contoh.example")
    clerk, cashier = await c.staff("support"), await c.staff("cashier")
    assert (await clerk.get(TILL)).status_code == 403, "the notice names the till's own staff"
    held = await count(c.desk.store, "record")
    call = {"point": "receipt", "channel": "app", "values": SOLD, "once": "ab" * 16}
    refused = await c.site.post("/v1/point-of-sale/collect", json=call, headers=clerk.bearer)
    assert refused.json()["promise"] == "roles.support"
    mine = call | {"values": SOLD | {"buyer.email": "ratna@contoh.example"}}
    assert (await c.site.post("/v1/point-of-sale/collect", json=mine, headers=cashier.bearer)).status_code == 201
    assert await count(c.desk.store, "record") == held + 1
    assert await count(c.desk.store, "person WHERE population IN ('buyer', 'merchant')") == 2
    browser = await c.centre("ratna@contoh.example")
    await browser.know(c.clock, "ratna@contoh.example")
    assert "kopi susu" not in await browser.get("/point-of-sale/pusat-privasi/data")
    looked = await c.looks(await c.staff("cashier", "officer"), "receipts", "buyer.email", email="ratna@contoh.example")
    assert looked.status_code == 403, "who typed it cannot open it"
    assert "ratna@" not in looked.text


@pytest.mark.promise("A14")
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_buyer_is_served_on_the_merchants_instructions_alone(company):  # noqa: F811
    """For buyers we are a processor (UU PDP Art. 51): the receipt leaves, and nobody uses them for anything else."""
    c = await company("point-of-sale")
    notice, cashier = c.desk.notice, await c.staff("cashier")
    assert (await cashier.press(TILL, TILL, **SOLD)).status_code == 303
    await deliver(c.desk, c.post)
    assert [mail.to for mail in c.post.sent] == [BUYER]
    tried = 0
    for role in notice.roles:
        clerk = cashier if role == "cashier" else await c.staff(role)
        for purpose in (*notice.purposes, "requests"):
            answer = await c.looks(clerk, purpose, "buyer.email", email=BUYER)
            assert answer.status_code == 403, (role, purpose)
            tried += 1
    assert tried > 50
    page = await c.page("privasi")
    assert "atas instruksi pedagang" in page or "atas perintah pedagang" in page
    assert "Ditepati" in await c.evidence(await c.staff("officer", "director"), "purposes.receipts")
