"""A2: a merchant uploads products as one file: all or nothing, sealed, taken home again, ended, erased; and attacks."""

import json
import re

import msgspec
import pytest

from tepati.errors import BadInput, Conflict, Refused
from tepati.flows.acts import enter
from tepati.flows.acts.collect import collect
from tepati.flows.acts.erase import request_own
from tepati.flows.acts.export import export
from tepati.flows.acts.sweep import sweep
from tepati.flows.acts.upload import KEPT, upload
from tepati.flows.acts.uploads import uploads
from tepati.flows.submission import Form
from tepati.rules.policy import compile as compiled
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.flows.people import count, lines
from tests.web.company import Company
from tests.web.office import hidden, words
from tests.web.test_uses import RATNA, company  # noqa: F401 - a fixture

ONE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the last test is on the other engine
PAGE, TABLE = "/point-of-sale/pusat-privasi/unggah", "/point-of-sale/pusat-privasi/tabel"
DESK = "/konsol/unggah"
FILE = "product;price\nKopi susu;Rp18.000\nEs teh;5000\n"
SECRET = "rahasia-4711"


async def merchant(company) -> tuple[Company, object]:  # noqa: F811
    """Register a merchant, on a phone that is known."""
    c = await company("point-of-sale")
    await c.comes(RATNA)
    browser = await c.centre(RATNA)
    await browser.know(c.clock, RATNA)
    return c, browser


async def send(browser, file: bytes | str, **more: str):
    """Choose a file and press the button, as the form says."""
    await browser.get(PAGE)
    form = re.findall(r'<form method="post" enctype="multipart/form-data".*?</form>', browser.page, re.DOTALL)[0]
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)) | more
    answer = await browser.client.post(PAGE, data=data, files={"file": (f"{SECRET}.csv", file, "text/csv")})
    if answer.status_code == 303:
        await browser.get(answer.headers["location"])
    return answer


async def visitor(c: Company, browser):
    held = {one.name.removeprefix("__Host-point-of-sale-"): one.value.strip('"') for one in browser.client.cookies.jar}
    return await enter.visitor(c.desk, held["session"], held["device"])


def form_of(c: Company, n: int = 1) -> Form:
    return Form("catalogue", "upload", {}, frozenset(), terms=False, language="id", shown=c.desk.digest,
                once=n.to_bytes(16, "big"), known=True)  # fmt: skip


async def faulty(c: Company, browser) -> None:
    """Send files with faults: all are told at once, in the page's language, without a value; nothing is written."""
    before = [await count(c.desk.store, table) for table in ("record", "sealed", "dek", "log_pending")]
    rows = ["product,price", *(f"Kopi {n},{n}" for n in range(2, 41_000))]
    rows[40_000 - 1] = f"Kopi,{SECRET}"
    rows[40_001 - 1] = f"=cmd|' /C {SECRET}'!A0,1"
    bad = await send(browser, "\n".join(rows))
    assert bad.status_code == 422
    assert "Baris 40.000, Harga: tulis seperti 25.000." in bad.text
    assert "Baris 40.001: sel Produk diawali tanda yang dijalankan sebagai rumus" in bad.text
    assert SECRET not in bad.text
    for file, said in (
        (
            FILE.replace("price", "prise"),
            "Baris 1: kolom B berjudul lain dari yang kami kenal. Mungkin maksud Anda price.",
        ),
        (FILE.encode("utf-16"), "Baris 1: berkas ini bukan UTF-8."),
        (FILE.encode() + "Caf\xe9;1\n".encode("latin-1"), "Baris 4: mulai di sini ada huruf yang bukan UTF-8."),
        (b"", "Pilih berkas"),
    ):
        answer = await send(browser, file)
        assert answer.status_code == 422
        assert said in answer.text
    assert [await count(c.desk.store, table) for table in ("record", "sealed", "dek", "log_pending")] == before


@pytest.mark.promise("A2")
@ONE
async def test_a_merchant_uploads_products_and_takes_them_home_again(company):  # noqa: F811
    """One number, one line, one sealed part, the end declared; the board counts it; the file comes back, harmless."""
    c, browser = await merchant(company)
    await faulty(c, browser)
    sealed = await count(c.desk.store, "sealed")
    keys = await count(c.desk.store, "dek WHERE category = 'catalogue'")
    assert (await send(browser, FILE)).status_code == 303
    number = re.search(r"POS-\w{4}-\w{4}", browser.page)[0]
    assert "2 baris kami terima" in browser.page
    assert await count(c.desk.store, "sealed") == sealed + 1
    assert await count(c.desk.store, "dek WHERE category = 'catalogue'") == keys + 1
    assert (await lines(c.desk, "collect", "done")).count("points.catalogue") == 1
    said = await browser.get(PAGE)
    assert number in said
    assert "2027" in said, "one year later"
    file = await browser.send(TABLE)
    assert file.content == b"\xef\xbb\xbfproduct,price\r\nKopi susu,18000 IDR\r\nEs teh,5000 IDR\r\n"
    assert file.headers["content-disposition"] == f'attachment; filename="{number}.csv"'
    assert file.headers["content-security-policy"].endswith("sandbox")
    again = await send(browser, file.content)
    assert again.status_code == 303, "what was taken home can be brought again"
    mine = await browser.get("/point-of-sale/pusat-privasi/data")
    assert "Kopi susu" not in mine, "cells stand in files, not on pages"
    copy = json.loads((await export(c.desk, await visitor(c, browser), "json", "id")).body)
    assert '["Kopi susu","Es teh"]' in [part["values"].get("catalogue.product") for part in copy["data"]]
    paper = (await export(c.desk, await visitor(c, browser), "html", "id")).body.decode()
    assert "2 baris: lihat" in paper
    clerk = await c.staff("director")
    assert "2 unggahan diterima utuh" in await c.evidence(clerk, "points.catalogue")


@ONE
async def test_a_mailed_link_alone_a_forged_form_or_another_point_brings_nothing(company):  # noqa: F811
    c = await company("point-of-sale")
    await c.comes(RATNA)
    browser = await c.centre(RATNA)
    page = await browser.get(PAGE)
    assert 'type="file"' not in page, "no form is offered that would be refused"
    with pytest.raises(Refused, match="second_proof_needed"):
        await upload(c.desk, await visitor(c, browser), form_of(c), FILE.encode())
    await browser.know(c.clock, RATNA)
    assert (await send(browser, FILE, point="ticket")).status_code == 403
    assert (await send(browser, FILE, point="nothing")).status_code == 403
    assert (await send(browser, FILE, more="x")).status_code == 403
    assert (await send(browser, FILE, _token="x" * 100)).status_code == 400
    async with Company(c.desk, c.post, c.clock).site as stranger:
        sent = await stranger.post(PAGE, data={"point": "catalogue"}, files={"file": ("a.csv", FILE)})
        assert (sent.status_code, sent.headers["location"]) == (303, "/point-of-sale/pusat-privasi")
    assert await count(c.desk.store, "record WHERE point = 'catalogue'") == 0
    plain = msgspec.structs.replace(form_of(c), values={"catalogue.product": "Kopi", "catalogue.price": "1"})
    with pytest.raises(Refused, match="table_only"):
        await collect(c.desk, plain)
    number = re.search(r"POS-\w{4}-\w{4}", (await send(browser, FILE)) and browser.page)[0]
    await c.comes("budi@contoh.example")
    other = await c.centre("budi@contoh.example")
    await other.know(c.clock, "budi@contoh.example")
    assert (await send(other, FILE)).status_code == 303
    await other.get(PAGE)
    theirs = other.form(TABLE) | {"number": number}
    assert (await other.client.post(TABLE, data=theirs)).status_code == 404, "nobody takes another's table"


@ONE
async def test_the_newest_are_kept_each_ends_as_declared_and_goes_with_its_person(company):  # noqa: F811
    c, browser = await merchant(company)
    who = await visitor(c, browser)
    numbers = []
    for n in range(KEPT + 2):
        numbers.append((await upload(c.desk, who, form_of(c, n + 1), f"{FILE}Roti {n};1\n".encode())).number)
        c.clock.forward(seconds=60)
    again = await upload(c.desk, who, form_of(c, KEPT + 2), f"{FILE}Roti {KEPT + 1};1\n".encode())
    assert again.number == numbers[-1], "the same form twice is one upload"
    with pytest.raises(Conflict, match="form_sent"):
        await upload(c.desk, who, form_of(c, KEPT + 2), FILE.encode())
    assert [one.number for one in (await uploads(c.desk, who))[1]] == numbers[:1:-1]
    assert await count(c.desk.store, "dek WHERE category = 'catalogue'") == KEPT
    assert (await lines(c.desk, "end", "ended")).count("retention.catalogue") == 2
    assert await c.strange() == []
    c.clock.forward(days=366)
    await sweep(c.desk)
    assert await count(c.desk.store, "sealed WHERE category = 'catalogue'") == 0
    browser = await c.centre(RATNA)
    await browser.know(c.clock, RATNA)
    assert (await send(browser, FILE)).status_code == 303
    await request_own(c.desk, await visitor(c, browser))
    c.clock.forward(days=6)
    await c.passes(8)
    assert await count(c.desk.store, "record") == 0
    assert await count(c.desk.store, "dek WHERE category = 'catalogue'") == 0


async def bring(clerk, file: bytes | str, whose: str = RATNA, point: str = "catalogue_help"):
    """Choose a file at the console, type whose it is, and press the button."""
    page = (await clerk.get(DESK)).text
    data = hidden(re.findall(r"<form[^>]*multipart.*?</form>", page, re.DOTALL)[0]) | {"whose": whose, "point": point}
    return await clerk.client.post(clerk.org + DESK, data=data, files={"file": (f"{SECRET}.csv", file, "text/csv")})


@pytest.mark.promise("A2")
@ONE
async def test_staff_bring_a_table_for_a_person_at_the_console_all_or_nothing(company):  # noqa: F811
    """Faults stand by row and column, nothing is kept then; what is kept is the person's, and says who brought it."""
    c, browser = await merchant(company)
    clerk, other = await c.staff("support"), await c.staff("accountant")
    assert "Unggahan" in (await clerk.get("/konsol")).text
    assert "Unggahan" not in (await other.get("/konsol")).text
    assert (await other.get(DESK)).status_code == 403
    bad = await bring(clerk, f"product;price\n=1;{SECRET}\nRoti;500\n")
    assert bad.status_code == 422
    assert "Baris 2: sel Produk diawali tanda yang dijalankan sebagai rumus" in bad.text
    assert "Baris 2, Harga: tulis seperti 25.000." in bad.text
    assert SECRET not in bad.text
    for file, whose, status, said in (
        (FILE.encode("utf-16"), RATNA, 422, "berkas ini bukan UTF-8"), (b"", RATNA, 422, "Pilih berkas"),
        (FILE, "siapa@contoh.example", 404, "Tidak ada orang"), (FILE, "bukan alamat", 404, "Periksa penulisannya"),
        (FILE, RATNA, 403, ""),
    ):  # fmt: skip
        answer = await bring(clerk, file, whose, "catalogue" if status == 403 else "catalogue_help")
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert await count(c.desk.store, "record WHERE point LIKE 'catalogue%'") == 0
    done = await bring(clerk, FILE, RATNA.upper())
    page = words((await clerk.client.get(done.headers["location"])).text)
    number = re.search(r"POS-\w{4}-\w{4}", page)[0]
    assert f"2 baris kami terima dan kami segel. Nomor unggahan: {number}" in page
    assert number in await browser.get(PAGE)
    assert "Tim bantuan" in words(await browser.get("/point-of-sale/pusat-privasi/pemakaian"))
    forged = await clerk.client.post(
        clerk.org + DESK, data={"_token": "x"}, files={"file": ("a.csv", FILE, "text/csv")}
    )
    assert forged.status_code == 400


@ONE
async def test_a_program_of_the_points_own_role_brings_a_table_for_a_person(company):  # noqa: F811
    """Only where the point names the role; faults come as they do on the page; who it was stands in their opening."""
    c = await company("point-of-sale")
    await c.comes(RATNA)
    points = dict(c.desk.notice.points)
    points["catalogue"] = msgspec.structs.replace(points["catalogue"], entered_by="support")
    notice = msgspec.structs.replace(c.desk.notice, points=points)
    clerk = await c.staff("support")
    call = {"point": "catalogue", "email": RATNA, "csv": FILE, "once": "ab" * 16}

    async def ask(**more: str):
        return await c.site.post("/v1/point-of-sale/upload", json=call | more, headers=clerk.bearer)

    assert (await ask()).json()["promise"] == "roles.support", "the notice names nobody but the merchant"
    object.__setattr__(c.surface.desk, "notice", notice)
    object.__setattr__(c.surface.desk, "policy", compiled(notice))
    done = await ask()
    assert (done.status_code, done.json()["rows"]) == (201, 2)
    assert (await ask()).json() == done.json(), "once"
    bad = await ask(csv=f"product,price\n=1,{SECRET}\n", once="cd" * 16)
    assert bad.json()["faults"] == {"2.catalogue.product": "formula", "2.catalogue.price": "not_money"}
    assert SECRET not in bad.text
    assert (await ask(email="siapa@contoh.example", once="ef" * 16)).json()["type"] == "urn:tepati:not_available"
    assert (await ask(point="ticket", once="ef" * 16)).status_code == 403


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_on_the_other_engine_it_is_all_or_nothing(company):  # noqa: F811
    c, browser = await merchant(company)
    who = await visitor(c, browser)
    with pytest.raises(BadInput):
        await upload(c.desk, who, form_of(c), f"{FILE}Roti;{SECRET}\n".encode())
    assert await count(c.desk.store, "record WHERE point = 'catalogue'") == 0
    assert (await upload(c.desk, who, form_of(c), FILE.encode())).rows == 2
    assert await count(c.desk.store, "record WHERE point = 'catalogue'") == 1
