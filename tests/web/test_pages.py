"""All pages: two languages that lead to each other, links that arrive, few bytes, small counts, public ledger."""

import gzip
import re
from html import unescape
from importlib.resources import files
from unittest.mock import AsyncMock

import pytest

from tepati.errors import Misconfigured
from tepati.notice.promises import promises
from tepati.notice.words import holes, words
from tepati.web import addresses
from tepati.web.ports import NOTHING, Board, BoardRow, File, Mail, Preview
from tepati.web.site.demo import linked
from tepati.web.site.fitting import shop
from tests.web.fake import EXAMPLE, HOUR, NOW

PAGES = {
    "/": "/en/",
    "/mail": "/en/mail",
    "/mail/m1": "/en/mail/m1",
    "/home-cleaning/": "/home-cleaning/en/",
    "/home-cleaning/pesan": "/home-cleaning/en/book",
    "/home-cleaning/privasi": "/home-cleaning/en/privacy",
    "/home-cleaning/janji": "/home-cleaning/en/promises",
    "/home-cleaning/janji/keadaan/kept": "/home-cleaning/en/promises/state/kept",
    "/home-cleaning/janji/bagian/purposes": "/home-cleaning/en/promises/part/purposes",
    "/home-cleaning/syarat": "/home-cleaning/en/terms",
    "/home-cleaning/k/link-0": "/home-cleaning/en/k/link-0",
    "/home-cleaning/c/cap-1": "/home-cleaning/en/c/cap-1",
}


@pytest.fixture
def full(world):
    world.org.links["link-0"] = Preview("booking", "HC-1", ("offers_by_email",), NOW + 48 * HOUR)
    html = "<!doctype html><style>p{}</style><p>halo</p><script>alert(1)</script>"
    world.demo.received.append(Mail("m1", NOW, "a@b.example", "c@d.example", "Halo", "http://x.example/y halo", html))
    return world


@pytest.mark.parametrize(("indonesian", "english"), PAGES.items())
async def test_every_page_leads_to_its_counterpart(full, indonesian, english):
    async with full.client() as client:
        for path, counterpart, lang, name in (
            (indonesian, english, "id", "English"), (english, indonesian, "en", "Indonesia"),
        ):  # fmt: skip
            page = (await client.get(path)).text
            assert f'<html lang="{lang}">' in page
            other = "en" if lang == "id" else "id"
            assert re.search(rf'<a href="{re.escape(counterpart)}" lang="{other}" hreflang="{other}">{name}</a>', page)


async def test_every_link_arrives(full):
    seen, waiting = set(), ["/", "/en/", "/home-cleaning/k/link-0"]
    async with full.client(follow_redirects=True) as client:
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = await client.get(path)
            assert answer.status_code == 200, path
            if "html" in answer.headers["content-type"] and "/body" not in path:
                waiting += [unescape(link) for link in re.findall(r'href="(/[^"#]*)', answer.text)]
    assert len(seen) > 20


async def test_every_fragment_has_its_target(full):
    async with full.client() as client:
        pages = {path: (await client.get(path)).text for path in (*PAGES, *PAGES.values())}
    ids = {path: set(re.findall(r'id="([^"]+)"', page)) for path, page in pages.items()}
    for path, page in pages.items():
        for target, fragment in re.findall(r'href="([^"#]*)#([^"]+)"', page):
            if (target or path) in ids and not (target and "privasi" in path) and "/en/privacy" not in path:
                assert fragment in ids[target or path], (path, target, fragment)


async def test_ids_are_unique(full):
    async with full.client() as client:
        for path in (*PAGES, *PAGES.values()):
            ids = re.findall(r' id="([^"]+)"', (await client.get(path)).text)
            assert len(ids) == len(set(ids)), path


async def test_a_first_view_is_at_most_60_kilobytes(full):
    async with full.client() as client:
        for path in PAGES:
            async with client.stream("GET", path) as got:
                raw = b"".join([part async for part in got.aiter_raw()])
            page, total = await client.get(path), len(raw)
            for asset in re.findall(r'href="(/static/[^"]+)"', page.text):
                async with client.stream("GET", asset) as got:
                    total += sum([len(part) async for part in got.aiter_raw()])
                    assert got.headers["cache-control"].endswith("immutable")
            assert total <= 60_000, (path, total)


async def test_assets_answer_under_their_own_names_only(full):
    async with full.client() as client:
        page = (await client.get("/")).text
        sheet = re.search(r'href="(/static/tepati[^"]+)"', page)[1]
        packed = await client.get(sheet, headers={"accept-encoding": "gzip"})
        plain = await client.get(sheet, headers={"accept-encoding": "identity"})
        for wrong in ("/static/tepati.css", "/static/..%2fserver.py", "/static/"):
            assert (await client.get(wrong)).status_code == 404
    assert packed.content == plain.content
    assert "content-encoding" not in plain.headers
    font = re.search(r'url\("([^"]+)"', plain.text)[1]
    async with full.client() as client:
        assert (await client.get(f"/static/{font}")).headers["content-type"] == "font/woff2"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/none", 404), ("/none/pesan", 404), ("/home-cleaning/none/none", 404), ("/home-cleaning/k/none", 404),
     ("/home-cleaning/en/c/none", 404), ("/mail/none", 404), ("/mail/..%2f..", 404)],
)  # fmt: skip
async def test_error_pages_speak_both_languages(full, path, status):
    async with full.client() as client:
        answer = await client.get(path)
    assert answer.status_code == status
    page = unescape(answer.text)
    for lang in ("id", "en"):
        assert words(lang, "site").say(f"error.{status}.title") in page
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 421, 429, 500, 503])
def test_every_error_has_words(full, status):
    from tepati.web.errors import page

    house = full.app.state.house
    for path in ("/home-cleaning/en/book", "/pesan"):
        assert page(house, status, path).count("<h1>") == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("/home-cleaning/kebijakan", "/home-cleaning/privasi"), ("/home-cleaning/book", "/home-cleaning/pesan"),
     ("/home-cleaning/contact", "/home-cleaning/hubungi")],
)  # fmt: skip
async def test_outdated_addresses_lead_on(full, old, new):
    async with full.client() as client:
        answer = await client.get(old)
    assert (answer.status_code, answer.headers["location"]) == (308, new)


async def test_the_notice_stands_at_the_address_it_names(full):
    """F9: the newest notice stands at one permanent address."""
    assert addresses.path("notice", "", "id").lstrip("/") == full.org.notice.notice.page.lstrip("/")
    async with full.client() as client:
        page = unescape((await client.get("/home-cleaning/privasi")).text)
    for section in full.org.document("id").sections:
        assert f'id="{section.id}"' in page
        assert section.title in page
    assert full.org.digest.hex() in page


async def test_the_board_opens_with_what_was_not_kept(full):
    async with full.client() as client:
        page = unescape((await client.get("/home-cleaning/janji")).text)
    first = page.index("Yang perlu Anda ketahui dulu")
    assert first < page.index("Semua janji bagian ini")
    assert "Pengiriman e-mail berhenti" in page


async def test_a_number_of_the_board_opens_the_promises_it_counts(full):
    """By state and by part of the notice; what is neither is no page."""
    async with full.client() as client:
        page = (await client.get("/home-cleaning/janji")).text
        for state, n in re.findall(r'<a href="/home-cleaning/janji/keadaan/(\w+)"><b>(\d+)</b>', page):
            listed = unescape((await client.get(f"/home-cleaning/janji/keadaan/{state}")).text)
            assert listed.count("<tr id=") == int(n)
        parts = re.findall(r'<a href="(/home-cleaning/janji/bagian/\w+)">', page)
        listed = "".join([unescape((await client.get(part)).text) for part in parts])
        none = await client.get("/home-cleaning/en/promises/state/broken")
        for strange in ("/janji/keadaan/baik", "/janji/bagian/kept", "/janji/bagian/%3Cb%3E"):
            assert (await client.get(f"/home-cleaning{strange}")).status_code == 404
    assert "Promo hanya dikirim" in listed
    assert "Bawaan hukum: UU PDP Pasal 48" in listed
    assert none.status_code == 200


@pytest.mark.parametrize(("board", "notice"), [("janji", "privasi"), ("en/promises", "en/privacy")])
async def test_the_board_stands_under_the_notices_headings(full, monkeypatch, board, notice):
    """In the notice's order; each promise opens its place in the notice, each part of the notice its rows."""
    made = tuple(BoardRow(id=one.id, state="kept", grades=(), text=one.text, sentence=NOTHING, covered=NOTHING)
                 for one in promises(full.org.notice))  # fmt: skip
    monkeypatch.setattr(full.org, "board", AsyncMock(return_value=Board(NOW, made)))
    async with full.client() as client:
        shown = (await client.get(f"/home-cleaning/{board}")).text
        text = (await client.get(f"/home-cleaning/{notice}")).text
        links = dict.fromkeys(re.findall(rf'<a href="(/home-cleaning/{board}/\w+/\w+)">', shown))
        rows = {link: (await client.get(link)).text for link in links}
    heads = re.findall(r'<h2 id="([a-z]+)">(\d+\. [^<]+)</h2>', text)
    assert re.findall(r'<h2 id="bagian-([a-z]+)">(\d+\. [^<]+)</h2>', shown) == heads
    for one in made:
        assert f' id="{one.id}"' in text
        (link,) = re.findall(rf'<a href="(/home-cleaning/{board}/[a-z]+/[a-z]+)#{re.escape(one.id)}">', text)
        assert f'<tr id="{one.id}">' in rows[link]
        assert f'<a href="/home-cleaning/{notice}#{one.id}">{one.id}</a>' in rows[link]


async def test_checkpoint_and_tiles_are_public_and_entries_are_not(full):
    async with full.client() as client:
        note = await client.get("/home-cleaning/ledger/checkpoint")
        tile = await client.get("/home-cleaning/ledger/tile/0/000")
        for path in ("entries/000", "0/1", "0/x001", "64/000", "0/000.p/256", "0/000.p/0", "0/000/x"):
            assert (await client.get(f"/home-cleaning/ledger/tile/{path}")).status_code == 404, path
    assert note.headers["content-type"] == "text/plain; charset=utf-8"
    assert note.text.startswith("tepati.example")
    assert (len(tile.content), tile.headers["content-type"]) == (8192, "application/octet-stream")
    assert "immutable" in tile.headers["cache-control"]


async def test_a_received_mail_runs_nothing_and_loads_nothing(full):
    async with full.client() as client:
        body = await client.get("/mail/m1/body")
        page = await client.get("/mail/m1")
    policy = body.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert re.search(r"style-src 'sha256-[A-Za-z0-9+/=]{44}'", policy)
    assert "frame-ancestors 'self'" in policy
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "allow-scripts" not in page.text
    assert "halo</p>" not in page.text


async def test_a_file_of_a_mail_is_downloaded_and_never_shown(full):
    """F3: whatever its name and type were, it comes as an attachment, in a sandbox, under a plain name."""
    page = b"<script>alert(1)</script>"
    names = ("tanda-terima-HC-1.json", "a.html", '"><script>.json', "../../etc/passwd", "a\r\nX: y", "")
    files = tuple(File(name, page) for name in names)
    full.demo.received.append(Mail("m3", NOW, "a@b.example", "c@d.example", "x", "x", "", files))
    async with full.client() as client:
        shown = (await client.get("/mail/m3")).text
        got = [await client.get(f"/mail/m3/file/{n}") for n in range(len(names))]
        absent = [(await client.get(f"/mail/m3/file/{n}")).status_code for n in ("6", "-1", "x", "1e3", "٣", "0000")]
    assert shown.count("/mail/m3/file/") == len(names)
    assert "<script" not in shown
    assert absent == [404] * 6
    for answer in got:
        assert answer.content == page
        assert answer.headers["content-type"].partition(";")[0] in {"application/json", "application/octet-stream"}
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9_-]+(\.[a-z]+)?"', answer.headers["content-disposition"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].endswith("sandbox")
    assert got[0].headers["content-disposition"] == 'attachment; filename="tanda-terima-HC-1.json"'


async def test_a_certificate_is_a_file_too(full):
    """F7: under the same capability and no other."""
    async with full.client() as client:
        page = await client.get("/home-cleaning/c/cap-1")
        got = await client.get("/home-cleaning/c/cap-1/json")
        english = await client.get("/home-cleaning/en/c/cap-1/json")
        assert (await client.get("/home-cleaning/c/cap-2/json")).status_code == 404
    assert "/home-cleaning/c/cap-1/json" in page.text
    assert got.headers["content-disposition"] == 'attachment; filename="sertifikat-SP-2610-0001.json"'
    assert english.headers["content-disposition"] == 'attachment; filename="certificate-SP-2610-0001.json"'
    assert got.headers["cache-control"] == "no-store"
    assert "sandbox" in got.headers["content-security-policy"]


OVER = {"destroyed": NOW - HOUR, "grade": "attested", "held": {}, "copies": {"backups": NOW - HOUR}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, True),
        ({"destroyed": 0}, False),
        ({"grade": "overwritten, media unknown"}, False),
        ({"held": {"identity": "UU KUP 28(11)"}}, False),
        ({"copies": {"backups": NOW + HOUR}}, False),
        ({"copies": {"backups": NOW - HOUR, "mail_log": 0}}, False),
        ({"left": 1}, False),
    ],
)
async def test_a_certificate_says_destroyed_only_where_it_is(full, monkeypatch, change, says):
    """UU PDP Art. 44: *dimusnahkan* is said of what is gone everywhere; else *dihapus*, with the list."""
    given = await full.org.certificate("cap-1") | OVER | change

    async def certificate(capability):
        return given

    monkeypatch.setattr(full.org, "certificate", certificate)
    async with full.client() as client:
        page = (await client.get("/home-cleaning/c/cap-1")).text
        english = (await client.get("/home-cleaning/en/c/cap-1")).text
    assert ("data dimusnahkan" in page) == says
    assert ("data destroyed" in english) == says
    assert "terbukti" not in page.lower()
    if given["grade"] != "attested":
        assert "dimusnahkan" not in page
        assert "ditimpa" in page
    if "mail_log" in given["copies"]:
        assert "Tidak kami ketahui" in page


async def test_a_certificate_names_the_day_that_the_key_service_set(full, monkeypatch):
    """Scheduled is not destroyed: the day is said, in both languages, and the other word is not."""
    given = await full.org.certificate("cap-1") | OVER | {"grade": "scheduled until", "ends": NOW + 7 * 24 * HOUR}

    async def certificate(capability):
        return given

    monkeypatch.setattr(full.org, "certificate", certificate)
    async with full.client() as client:
        page = (await client.get("/home-cleaning/c/cap-1")).text
        english = (await client.get("/home-cleaning/en/c/cap-1")).text
    assert re.search(r"dijadwalkan oleh penyedia kunci, \d+ \w+ 20\d\d", page)
    assert re.search(r"scheduled by the key provider, \d+ \w+ 20\d\d", english)
    assert "data dimusnahkan" not in page
    assert "data destroyed" not in english


async def test_a_mail_that_came_by_smtp_keeps_its_style(full):
    """SMTP ends lines with CRLF, a browser hashes a style after HTML's newline normalisation."""
    import base64
    from hashlib import sha256

    full.demo.received.append(Mail("m2", NOW, "a@b.example", "c@d.example", "x", "x", "<style>\r\np {}\r\n</style>"))
    async with full.client() as client:
        body = await client.get("/mail/m2/body")
    wanted = base64.b64encode(sha256(b"\np {}\n").digest()).decode()
    assert f"'sha256-{wanted}'" in body.headers["content-security-policy"]
    assert b"\r" not in body.content


async def test_without_a_demo_there_is_no_mail_and_no_front_page(worlds):
    world = worlds(demo=False, origins={"home-cleaning": "https://fineclean.example"})
    async with world.client("https://fineclean.example") as client:
        assert (await client.get("/mail")).status_code == 404
        front = await client.get("/")
        assert (front.status_code, front.headers["location"]) == (307, "/home-cleaning/")
        home = await client.get("/home-cleaning/")
    assert "Peragaan" not in home.text
    assert "strict-transport-security" in home.headers


@pytest.mark.parametrize("area", ["site", "mail"])
def test_both_languages_have_the_same_keys_and_placeholders(area):
    indonesian, english = words("id", area).entries, words("en", area).entries
    assert indonesian.keys() == english.keys()
    assert {key for key in indonesian if holes(indonesian[key]) != holes(english[key])} == set()
    assert {key for key, said in indonesian.items() if "!" in said or "—" in said} == set()


def test_a_site_that_names_what_the_notice_lacks_does_not_start(full):
    source = (EXAMPLE / "site.toml").read_bytes()
    for old, new in ((b'"booking.wish"]', b'"booking.wish", "identity.nik"]'), (b'point = "booking"', b'point = "x"')):
        with pytest.raises(Misconfigured):
            shop(source.replace(old, new, 1), full.org.notice)
    for broken in (b"\xff", b"= 1", b"point = 1"):
        with pytest.raises(Misconfigured):
            shop(broken, full.org.notice)


def test_every_selector_of_the_stylesheet_is_whole():
    """An edit that falls into a selector is no error to a browser: the rule is skipped, and a fault looks like none."""
    sheet = files("tepati.web").joinpath("static/tepati.css").read_text("utf-8")
    for selector in re.findall(r"([^{};]*)\{", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)):
        assert selector.count("(") == selector.count(")"), selector


def test_paper_is_never_dark_and_its_pages_are_numbered():
    """Light letters on white paper cannot be read: dark colours are for the screen alone."""
    sheet = files("tepati.web").joinpath("static/tepati.css").read_text("utf-8")
    light, *dark = sheet.split("--paper: #161513")
    assert len(dark) == 2
    for before in (light, light + dark[0]):
        assert "@media screen" in before[-140:]
    paper = sheet.partition("@media print {")[2].partition("\n}")[0]
    assert 'counter(page) " / " counter(pages)' in paper
    for hidden in (".top nav", "form", ".banner", ".demo"):
        assert hidden in paper.partition("display: none")[0]


async def test_a_page_on_paper_says_where_it_is_found_and_a_link_that_opens_is_not_printed(full):
    async with full.client() as client:
        page = (await client.get("/home-cleaning/privasi")).text
    home = full.app.state.house.config.origins["home-cleaning"]
    assert f'<p class="paper">{home}/home-cleaning/</p>' in page
    sheet = files("tepati.web").joinpath("static/tepati.css").read_text("utf-8")
    assert 'a[href^="/"]:not([download])::after' in sheet  # the address of a certificate opens it


def test_the_stylesheet_packs_the_same_every_time(full):
    sheet = full.app.state.house.assets["sheet"]
    assert gzip.decompress(sheet.packed) == sheet.body


async def test_a_first_view_brings_its_stylesheet_and_its_policy_allows_that_one(full):
    """One round trip sooner on a slow phone; the hash allows these bytes and no others, and nothing else inline."""
    import base64
    import hashlib

    async with full.client() as client:
        for path in ("/home-cleaning/", "/home-cleaning/pesan", "/home-cleaning/hubungi", "/home-cleaning/privasi"):
            page = await client.get(path, headers={"accept-encoding": "gzip"})
            (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
            allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert f"style-src 'self' 'sha256-{allowed}';" in page.headers["content-security-policy"]
            assert "unsafe" not in page.headers["content-security-policy"]
            plain = await client.get(path, headers={"accept-encoding": "identity"})
            assert "<style" not in plain.text
            assert "sha256" not in plain.headers["content-security-policy"]
            assert re.search(r"<main.*</main>", page.text, re.DOTALL)[0].count("<h2") == plain.text.count("<h2") - (
                plain.text.partition("<main")[0].count("<h2")
            )


async def test_what_is_shown_again_or_behind_a_session_is_not_compressed(full):
    """BREACH: no secret of a visitor is compressed beside what somebody else could put there."""
    async with full.client() as client:
        again = await client.post("/home-cleaning/hubungi", data={"_token": "x"}, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in again.headers
        kept = {"cookie": "home-cleaning-session=x", "accept-encoding": "gzip"}
        for path in ("/home-cleaning/pesan", "/home-cleaning/kuki"):
            assert "content-encoding" not in (await client.get(path, headers=kept)).headers


def test_what_ends_a_sentence_ends_no_address():
    parts = linked("Buka https://a.example/k/x-1, atau https://a.example/periksa. Selesai")
    assert [part for part, pressed in parts if pressed] == ["https://a.example/k/x-1", "https://a.example/periksa"]
