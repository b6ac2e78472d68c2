"""What an example promises on paper, as its readers, its officer and its authors meet it."""

import csv
import io
import re
import zipfile

import pytest

from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.sweep import sweep
from tepati.notice.labels import labels
from tepati.registers import agreements
from tepati.registers.agreements import Agreement
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.web.examples import SLUGS, hidden, path, read, typed
from tests.web.test_uses import RATNA, checked, company, refused  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts are tested on both elsewhere
DAY = 86_400_000_000
SECRET = re.compile(rb"4111 ?1111 ?1111|(?<![0-9A-Za-z])7391(?![0-9A-Za-z])")  # the card of the test, its code


@pytest.mark.promise("L1", "L5", "L7", "L13")
@pytest.mark.parametrize("slug", SLUGS)
async def test_the_officer_takes_home_each_purpose_with_its_one_basis(company, checked, slug):  # noqa: F811
    """L1: one basis each, in the record and on the page; L5: no purpose missing; L7: what is risky is assessed."""
    c = await company(slug)
    notice, said = c.desk.notice, labels(c.desk.notice, "id")
    desk = await c.staff("privacy_desk")
    with zipfile.ZipFile(io.BytesIO((await desk.get("/konsol/berkas/zip")).content)) as whole:
        names = [name for name in whole.namelist() if not name.endswith(".xlsx")]
        files = {name: whole.read(name).decode("utf-8-sig") for name in names}
    rows = list(csv.reader(io.StringIO(files["rekaman-pemrosesan.csv"])))
    head, rows = rows[0], [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    page, named = await c.page("privasi"), {row[head[0]]: row for row in rows}
    assert len(named) == len(rows) == len(notice.purposes)
    for name, purpose in notice.purposes.items():
        row = next(row for title, row in named.items() if title.lower() == said.purpose(name).lower())
        assert row["Dasar pemrosesan"].startswith(said.say(f"basis.{purpose.basis}")), name
        if row["Penilaian dampak"].startswith("Wajib"):
            assert "Dinilai oleh direktur pada " in row["Penilaian dampak"], name
        assert said.say(f"basis.{purpose.basis}") in page
    assert notice.accountability.officer.email in page
    assert files["penilaian-dampak.html"]
    assert "two-bases" in checked(slug, "basis: contract", "basis: [contract, consent]")
    assert "bad-value" in checked(slug, "basis: contract", "basis: acceptance") or "wrong-value" in checked(
        slug, "basis: contract", "basis: acceptance"
    )


@pytest.mark.promise("L2")
@pytest.mark.parametrize("slug", SLUGS)
async def test_seven_things_are_told_before_a_yes(company, slug):  # noqa: F811
    """UU PDP Art. 21(1): no box is ticked where the page does not tell them or lead to them first."""
    c = await company(slug)
    notice, said = c.desk.notice, labels(c.desk.notice, "id")
    text = (await c.site.get(f"/{slug}/privasi")).text
    for part in ("purposes", "data", "retention", "rights", "recipients", "consents"):
        assert f'id="{part}"' in text, part
    for key in ("", *read(slug).further):
        page = (await c.site.get(path(slug, key))).text
        point = notice.points[read(slug, key).point]
        asked = [q for q in point.asks if (notice.consents[q].channel, notice.consents[q].confirm) == ("email", "link")]
        assert page.count('name="asks.') == len(asked)
        told = page.index('aria-labelledby="jalan"')
        assert told < page.index('class="send"'), "what happens to the data, and until when, is told before the button"
        assert f'href="/{slug}/privasi"' in page[told:]
        for question in asked:
            purpose = notice.consents[question].for_
            assert said.say(f"basis.{notice.purposes[purpose].basis}") in text
            assert f'id="consents.{question}"' in text
            assert f'id="purposes.{purpose}"' in text


@pytest.mark.promise("T17", "L12")
async def test_helpers_serve_the_site_the_business_or_the_service_under_an_agreement(company):  # noqa: F811
    """Each one's function and the end of its agreement stand at the console; when it is over nothing leaves."""
    c = await company("online-store")
    for name, one in c.desk.notice.recipients.items():
        if one.agreement:
            paper = Agreement(c.slug, name, 0, c.clock() + 30 * DAY, "sha256:0")
            await c.desk.store.write(lambda tx, paper=paper: agreements.put(tx, c.desk.mac, paper, bytes(16)))
    director = await c.staff("director")
    page = await director.text("/konsol/penerima")
    for name, one in c.desk.notice.recipients.items():
        if one.kind != "partner":
            own = await director.text(f"/konsol/penerima/pihak/{name}")
            function = re.search(r"(Menjalankan situs|Menjalankan usaha|Melayani orangnya)", own)
            assert function, name
            assert function[1].lower() in page
            assert "Berlaku sampai 18 Desember 2026" in own, name
    c.clock.forward(days=31)
    form = hidden((await c.site.get(path(c.slug))).text)
    assert (await c.site.post(path(c.slug), data=form | typed(c.slug))).status_code == 303
    late = await deliver(c.desk, c.post)
    assert (late.sent, late.refused, c.post.sent) == (0, 1, [])
    later = await c.staff("director", "officer")
    assert "Habis" in await later.text("/konsol/penerima")
    assert "Perjanjian berakhir pada" in await c.evidence(later, "recipients.mailer.agreement")


@pytest.mark.promise("T17")
def test_payment_for_data_cannot_be_declared(checked, store_url):  # noqa: F811
    """Neither as a key of a recipient, nor as its function, nor by leaving the vow out in words of its own."""
    helper = "texter: {name: PT Pesan Contoh,"
    for key in ("pays: yes", "price: 1000 IDR", "in_return: money"):
        assert "unknown-key" in checked("online-store", helper, f"{helper} {key},"), key
    assert "wrong-value" in checked("online-store", "function: serve_person", "function: advertise")
    assert "wrong-value" in checked("online-store", "\n  sale: yes ", "\n  sale: no ")


@pytest.mark.promise("S12")
async def test_no_absolute_guarantee_is_told_and_waives_nothing(company, checked):  # noqa: F811
    """The sentence explains and promises nothing; the duty to tell of a breach stays, with what happened: 0."""
    c = await company("office-booking")
    page = await c.page("privasi")
    for said in ("Tidak ada sistem yang sepenuhnya aman", "tidak mengurangi kewajiban kami",
                 "tidak menambah dan tidak mengurangi janji"):  # fmt: skip
        assert said in page
    row = next(each for each in (await c.surface.board()).rows if each.id == "breach")
    assert (row.state, row.sentence.id) == ("unused", "0 kejadian tercatat sejauh ini.")
    assert row.text.id in await c.page("janji/keadaan/unused")
    was = "Tidak ada sistem yang sepenuhnya aman."
    assert "waiver" in checked("office-booking", was, "Kami tidak bertanggung jawab atas kebocoran data.")


@pytest.mark.promise("W17")
async def test_a_question_is_tracked_from_the_contact_form(company):  # noqa: F811
    """Its clock runs on the board from the confirmation: open, with its end; not answered in time it is broken."""
    c = await company("hosting")
    clerk = await c.staff("customer_service")
    assert "0 kejadian tercatat" in await c.evidence(clerk, "questions.within")
    form = hidden((await c.site.get(f"/{c.slug}/hubungi")).text)
    asked = {"question.name": "Ratna", "question.email": RATNA, "question.text": "Siapa yang melihat data saya?"}
    assert (await c.site.post(f"/{c.slug}/hubungi", data=form | asked)).status_code == 303
    await deliver(c.desk, c.post)
    assert "Siapa yang melihat" not in c.post.sent[-1].text, "nothing typed goes to an unproven address"
    page = await c.site.get(c.link(RATNA))
    assert (await c.site.post(f"/{c.slug}/k", data=hidden(page.text))).status_code == 303
    await c.settled()
    assert "Masih berjalan: 1, lewat tenggat: 0" in await c.evidence(clerk, "questions.within")
    seen = await c.looks(clerk, "support", "question.text", "question.email", email=RATNA)
    assert seen.json()["values"] == {"question.text": asked["question.text"], "question.email": RATNA}
    c.clock.forward(days=6)
    late = await c.staff("customer_service", "officer")
    said = await c.evidence(late, "questions.within")
    assert "lewat tenggat: 1" in said
    assert "Dilanggar" in said


@pytest.mark.promise("W13")
async def test_each_of_four_roles_has_its_own_fields_and_purposes(company):  # noqa: F811
    """Whatever a role of hosting does not see, or is not for, is refused over the API, and the role is named."""
    c = await company("hosting")
    await c.comes(RATNA)
    notice = c.desk.notice
    used = {name: sorted(purpose.uses) for name, purpose in notice.purposes.items()}
    for role in ("customer_service", "sales", "accounting", "technician"):
        clerk, mine = await c.staff(role), notice.roles[role]
        asked = [(name, fields[0]) for name, fields in used.items() if name not in mine.for_]
        asked += [(name, field) for name in mine.for_ for field in used[name] if field not in mine.sees]
        assert len(asked) > 4
        for purpose, field in asked:
            assert refused(await c.looks(clerk, purpose, field, email=RATNA), f"roles.{role}"), (role, purpose, field)
    assert (await c.looks(clerk, "charging", "card.number", email=RATNA)).status_code == 403
    seller = await c.staff("sales", "officer")
    assert (await c.looks(seller, "ordering", "customer.name", email=RATNA)).status_code == 200


@pytest.mark.promise("W2")
async def test_special_access_alone_enters_and_a_share_is_looked_at_again(company, monkeypatch):  # noqa: F811
    """No session and no role open nothing; of the looks that open, a drawn one waits for a member who did not act."""
    c = await company("hosting")
    await c.comes(RATNA)
    asked = {"purpose": "ordering", "fields": ["customer.name"], "email": RATNA}
    assert (await c.site.post("/v1/hosting/look", json=asked)).status_code == 401
    officer, seller = await c.staff("privacy_desk"), await c.staff("sales")
    assert refused(await c.looks(await c.staff("officer"), "ordering", "customer.name", email=RATNA), "roles.officer")
    page, action = "/konsol/keamanan", "/konsol/keamanan"
    assert "Tidak ada yang menunggu diperiksa ulang" in await officer.text(page)
    monkeypatch.setattr("tepati.flows.rechecks.falls", lambda mac, share: (len(mac), share) == (32, 5))
    assert (await c.looks(seller, "ordering", "customer.name", email=RATNA)).status_code == 200
    await c.settled()
    shown = await officer.text(page)
    assert "5 dari setiap 100" in shown
    assert "agian penjualan dapat melihat" in shown, "the promise by its sentence"
    assert "pengujian" not in shown, "the reason is read by a press, which the ledger tells"
    assert RATNA not in shown
    read = await officer.press(page, action, do="recheck", about="", reason="")
    assert (read.status_code, "pengujian" in read.text, "Ratna" in read.text) == (200, True, False)
    assert "Menunggu: 1, terlambat: 0" in await c.evidence(officer, "security.second_look")
    assert (await officer.press(page, action, do="in_order", about="", reason="")).status_code == 303
    told = await c.evidence(officer, "security.second_look")
    assert "Diperiksa ulang: 1; yang dinilai tidak sesuai: 0" in told
    assert "Ditepati" in told


@pytest.mark.promise("L17")
@pytest.mark.parametrize("slug", SLUGS)
async def test_no_machine_decides_alone(company, checked, slug):  # noqa: F811
    """The notice says so; a decision declared beside the vow keeps it from running; no address of ours takes one."""
    c = await company(slug)
    assert 'id="never.automated_decisions"' in (await c.site.get(f"/{slug}/privasi")).text
    name, purpose = next(iter(c.desk.notice.purposes.items()))
    words = "{id: dinilai, en: scored}"
    made = f"{{for: {name}, uses: [{min(purpose.uses)}], effect: {words}, logic: {words}}}"
    assert "never-broken" in checked(slug, "\nnever:\n", f"\ndecisions:\n  score: {made}\n\nnever:\n")
    for act in ("decide", "decisions", "score"):
        assert (await c.site.post(f"/v1/{slug}/{act}", json={})).status_code == 404


@pytest.mark.promise("W3")
async def test_a_card_is_sealed_and_no_clerk_gets_its_number(company, store_url, caplog):  # noqa: F811
    """No row, log or letter shows number or code; a clerk who asks is refused; at the longest it is gone."""
    c = await company("hosting")
    wrong = hidden((await c.site.get(path(c.slug))).text) | typed(c.slug, **{"card.number": "4111 1111 1111 1112"})
    assert (await c.site.post(path(c.slug), data=wrong)).status_code == 422
    caplog.set_level("DEBUG")
    await c.comes(RATNA, **{"card.security_code": "7391"})
    assert await _held(c, "category = 'card'") == 1
    told = [caplog.text.encode(), *((mail.text + mail.html).encode() for mail in c.post.sent)]
    assert not [SECRET.search(one) for one in told if SECRET.search(one)]
    assert not await _showing(c, SECRET)
    for role in ("customer_service", "sales", "accounting", "technician", "privacy_desk"):
        clerk = await c.staff(role)
        for purpose in ("charging", "ordering", "support"):
            answer = await c.looks(clerk, purpose, "card.number", email=RATNA)
            assert refused(answer, f"roles.{role}" if purpose == "charging" else f"purposes.{purpose}"), (role, purpose)
    c.clock.forward(days=15)
    while await sweep(c.desk):
        pass
    assert await _held(c, "category = 'card'") == 0
    assert await _held(c, "category = 'customer'") == 1, "the customer stays"


@pytest.mark.promise("W3")
async def test_a_day_after_the_charge_a_card_is_its_last_four_digits(company, store_url):  # noqa: F811
    """Whoever works with what ends writes the charge down; the person reads it; the trace is ours to make."""
    c = await company("hosting")
    sent = hidden((await c.site.get(path(c.slug))).text) | typed(c.slug, **{"card_trace.last4": "9999"})
    assert (await c.site.post(path(c.slug), data=sent)).status_code == 403
    await c.comes(RATNA)
    clerk, page = await c.staff("accounting"), "/konsol/peristiwa"
    assert "Tagihan pesanan dibayar" in await clerk.text(page)
    assert (await clerk.press(page, page, moment="charged")).status_code == 303
    assert "Tidak ada urusan terbuka yang menunggu" in await clerk.text(page)
    mine = await c.centre(RATNA)
    assert "mencatat bahwa tagihan pesanan Anda telah dibayar" in await mine.get("/hosting/pusat-privasi/pemakaian")
    c.clock.forward(days=2)
    await _swept(c)
    assert [await _held(c, f"category = '{each}'") for each in ("card", "card_trace")] == [0, 1]
    later = await c.staff("accounting", "officer")
    seen = await c.looks(later, "charging", "card_trace.last4", email=RATNA)
    assert seen.json()["values"] == {"card_trace.last4": "1111"}
    c.clock.forward(days=366)
    await _swept(c)
    assert await _held(c, "category = 'card_trace'") == 0


@pytest.mark.promise("W3")
async def test_a_charge_is_written_down_once_by_whoever_may(company, store_url):  # noqa: F811
    """Another role, moment or number is refused at the console and over the API; a second time changes nothing."""
    c = await company("hosting")
    await c.comes(RATNA)
    seller, clerk = await c.staff("sales", "customer_service"), await c.staff("accounting")
    number = re.search(r"H-[0-9A-Z]{4}-[0-9A-Z]{4}", await clerk.text("/konsol/peristiwa"))[0]

    async def says(staff, **other):
        said = {"number": number, "moment": "charged"} | other
        return await c.site.post(f"/v1/{c.slug}/happened", json=said, headers=staff.bearer)

    assert (await seller.get("/konsol/peristiwa")).status_code == 403
    assert refused(await says(seller), "roles.sales")
    for moment in ("paid", "closed", "opened", "attested"):
        assert refused(await says(clerk, moment=moment), "roles.accounting"), moment
    assert (await says(clerk, number="H-0000-0000")).json()["type"] == "urn:tepati:not_available"
    first = await says(clerk)
    assert (first.status_code, first.json()["number"]) == (201, number)
    again = await says(clerk)
    assert (again.status_code, again.json()["type"]) == (400, "urn:tepati:already_happened")


async def _swept(c) -> None:
    while await sweep(c.desk):
        pass


async def _held(c, where: str) -> int:
    return (await c.desk.store.read(lambda tx: tx.one(f"SELECT count(*) FROM sealed WHERE {where}")))[0]


async def _showing(c, secret: re.Pattern[bytes]) -> list[str]:
    """Name the tables of which a row shows this."""
    names = await c.desk.store.read(lambda tx: tx.all("SELECT name FROM sqlite_master WHERE type = 'table'"))
    found = []
    for (name,) in names:
        rows = await c.desk.store.read(lambda tx, name=name: tx.all(f"SELECT * FROM {name}"))
        cells = (cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)
        found += [name for cell in cells if secret.search(cell)]
    return found
