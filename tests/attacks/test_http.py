"""What strangers send over a real socket to the real product: refused in words, nothing kept, nothing learned."""

import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_from_bytes, urlencode

import pytest

from tests.attacks.demonstration import BOOK, FORM, TYPED, Answer, Demonstration

KNOWN = "ratna@contoh.example"  # a person of the seed, joined
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}${7*7}"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def count(demo: Demonstration, table: str) -> int:
    return int(str(demo.sql(f"SELECT count(*) FROM {table}")[0][0]))


@pytest.mark.parametrize(
    ("request_line", "allowed"),
    [
        (b"GET http://evil.example/home-cleaning/ HTTP/1.1\r\nHost: evil.example", {400, 421}),
        (b"GET http://evil.example/home-cleaning/ HTTP/1.1\r\nHost: @HOST", {400, 404, 421, 200}),
        (b"GET /home-cleaning/ HTTP/1.1\r\nHost: @HOST\r\nX-Forwarded-Host: evil.example", {200}),
        (b"GET /home-cleaning/ HTTP/1.1\r\nHost: @HOST\r\nForwarded: host=evil.example", {200}),
        (b"GET /home-cleaning/ HTTP/1.1\r\nHost: @HOST@evil.example", {400, 421}),
        (b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: @HOST", {400, 404}),
        (b"OPTIONS * HTTP/1.1\r\nHost: @HOST", {204, 400, 404, 405}),
        (b"OPTIONS /home-cleaning/pesan HTTP/1.1\r\nHost: @HOST", {200, 204, 405}),
        (b"TRACE /home-cleaning/ HTTP/1.1\r\nHost: @HOST\r\nX-Secret: evil.example", {400, 404, 405, 501}),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: @HOST", {400, 404, 405, 421}),
        (b"DELETE /home-cleaning/pesan HTTP/1.1\r\nHost: @HOST", {405}),
        (b"GARBAGE", {400}),
        (b"GET / HTTP/1.1\r\nHost: @HOST\r\nContent-Length: -1", {400}),
        (b"GET / HTTP/1.1\r\nHost: @HOST\r\nContent-Length: 99999999999999999999999", {400, 413}),
        (b"GET / HTTP/1.1\r\nHost: @HOST\r\nX: " + b"a" * 1_000_000, {0, 400, 413, 431}),
        (b"GET / HTTP/1.1\r\nHost: @HOST" + b"".join(b"\r\nX%d: y" % n for n in range(5000)), {0, 400, 413, 431}),
    ],
)  # fmt: skip
def test_requests_that_no_browser_sends(demo: Demonstration, request_line: bytes, allowed: set[int]) -> None:
    answer = demo.raw(request_line + b"\r\n\r\n", wait=2)
    assert status(answer) in allowed, answer[:200]
    assert b"evil.example" not in answer
    assert demo.get("/health").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../root.key", "/static/..%2froot.key", "/static/%2e%2e/%2e%2e/root.key", "/static/....//root.key",
        "/static/%252e%252e%252froot.key", "/static//etc/passwd", "/mail/../root.key", "/mail/..%2f..%2froot.key",
        "/home-cleaning/ledger/tile/../checkpoint", "/home-cleaning/ledger/tile/0/..%2f..%2fx",
        "/home-cleaning/ledger/tile/0/%2e%2e/000", "/home-cleaning/ledger/tile/entries/000",
        "/home-cleaning/ledger/tile/0/٠٠٠", "/home-cleaning/ledger/tile/99999999999999999999/000",
        "/home-cleaning/ledger/tile/0/x999/x999/x999/x999/x999/999", "/..%5c..%5croot.key",
        "/home-cleaning/k/../../mail",
        "/home-cleaning/c/' OR 1=1 --", "/mail/1' OR '1'='1", "/home-cleaning%00/", "/home-cleaning;x/",
    ],
)  # fmt: skip
def test_no_path_leads_out(demo: Demonstration, path: str) -> None:
    got = demo.raw(f"GET {path.replace(' ', '%20')} HTTP/1.1\r\nHost: @HOST\r\n\r\n".encode(), wait=2)
    assert status(got) in (400, 404, 405), got[:100]
    secret = (demo.folder / "root.key").read_bytes().strip()
    assert secret not in got
    assert b"root:x" not in got


def test_bodies_that_no_form_makes(demo: Demonstration) -> None:
    """Many fields, twice a field, broken UTF-8, other types, bodies that are no form: a page in words, nothing kept."""
    before = count(demo, "record")
    form = {**TYPED, **demo.form()}
    good = urlencode(form)
    bodies = {
        "many": urlencode([(f"f{n}", "x") for n in range(10_000)])[:60_000],
        "twice": good + "&identity.email=lain%40contoh.example",
        "respelt": good + "&identity%2Eemail=lain%40contoh.example",
        "array": good + "&identity.email%5B%5D=lain%40contoh.example",
        "proto": good + "&__proto__=x",
        "undeclared": good + "&identity.nik=3201010101010001",
        "semicolon": good + ";identity.email=lain%40contoh.example",
        "utf8": good + "&booking.wish=%ff%fe",
        "overlong": good.replace("Sari+Uji", "%c0%af"),
        "surrogate": good.replace("Sari+Uji", "%ed%a0%80"),
        "raw": good + "&booking.wish=\u00e9",
        "null": good.replace("Sari+Uji", "a%00b"),
        "escape": good.replace("Sari+Uji", "a%1bb"),
        "rtl": good.replace("Sari+Uji", quote_from_bytes("Rat\u202ena".encode())),
        "json": '{"identity.name": "x"}',
        "long": good.replace("Sari+Uji", "x" * 20_000),
        "nothing": "",
    }
    assert good not in bodies.values()
    for name, body in bodies.items():
        got = demo.ask("POST", BOOK, body.encode(), {"Content-Type": FORM})
        assert 400 <= got.status < 500, (name, got.status)
        assert b"Traceback" not in got.body, name
    kinds = ("application/json", "multipart/form-data; boundary=x", "text/plain", "")
    for kind in kinds:
        assert demo.ask("POST", BOOK, good.encode(), {"Content-Type": kind}).status in (400, 415), kind
    assert demo.ask("POST", BOOK, b"x" * 200_000, {"Content-Type": FORM}).status == 413
    assert count(demo, "record") == before
    taken = demo.ask("POST", BOOK, good.encode(), {"Content-Type": FORM})
    assert (taken.status, count(demo, "record")) == (303, before + 1), "nothing but each fault was in the way"


def test_a_form_token_is_of_one_route_and_cannot_be_made(demo: Demonstration) -> None:
    """Forged, respelt, missing, and one shown for another page."""
    form = demo.form()
    token = form["_token"]
    link_page = demo.book(identity__email="token@contoh.example").status
    assert link_page == 200
    confirm = demo.get(f"/home-cleaning/k/{demo.link('token@contoh.example')}").text
    other = re.search(r'name="_token" value="([^"]+)"', confirm)
    assert other
    middle = "A" if token[60] != "A" else "B"
    for bad in ("", token[:-2], token + "=", token[:60] + middle + token[61:], other[1], token * 3, "\u0661" * 50):
        got = demo.book({**form, "_token": bad}, identity__email="tanpa.tanda@contoh.example")
        assert got.status in (400, 403, 409), (bad, got.status)
    assert not [m for m in (demo.folder / "mail").glob("*.eml") if b"tanpa.tanda@" in m.read_bytes()]


def test_another_site_cannot_post(demo: Demonstration) -> None:
    form = {**TYPED, **demo.form()}
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "file://"}):
        assert demo.post(BOOK, form, **header).status == 403


def test_the_same_address_sixteen_times_at_once_is_one_person(demo: Demonstration) -> None:
    """Databunker kept six of twenty addresses several times; here sixteen forms make one person, sixteen records."""
    forms = [demo.form() for _ in range(16)]
    people, records = count(demo, "person"), count(demo, "record")
    with ThreadPoolExecutor(16) as at_once:
        got = list(at_once.map(lambda form: demo.book(form, identity__email="Enam.Belas@contoh.example"), forms))
    assert {answer.status for answer in got} <= {200, 503}
    numbers = {answer.number for answer in got if answer.status == 200}
    assert len(numbers) == sum(answer.status == 200 for answer in got)
    assert count(demo, "person") == people + 1
    assert count(demo, "record") == records + len(numbers)


def test_the_same_form_sixteen_times_at_once_is_one_booking(demo: Demonstration) -> None:
    form, records = demo.form(), count(demo, "record")
    with ThreadPoolExecutor(16) as at_once:
        got = list(at_once.map(lambda _: demo.book(form, identity__email="dua.kali@contoh.example"), range(16)))
    assert len({answer.number for answer in got if answer.status == 200}) == 1
    assert count(demo, "record") == records + 1


def test_one_hour_asked_for_sixteen_times_at_once_is_given_to_as_many_as_can_come(demo: Demonstration) -> None:
    """Sixteen strangers press for one hour of two cleaners: two are told a number, of the others nothing is kept."""
    forms, tables = [demo.form() for _ in range(16)], ("person", "record", "place")
    hour = {name: forms[0][name] for name in ("booking.date", "booking.slot")}
    before = [count(demo, table) for table in tables]
    with ThreadPoolExecutor(16) as at_once:
        got = list(
            at_once.map(
                lambda n: demo.book({**forms[n], **hour}, identity__email=f"rebut{n}@contoh.example"), range(16)
            )
        )
    assert {answer.status for answer in got} <= {200, 422, 503}
    assert len({answer.number for answer in got if answer.status == 200}) == 2
    assert [count(demo, table) for table in tables] == [n + 2 for n in before]


def plain(answer: Answer) -> bytes:
    """The page without what differs by chance: number, ticket, instants, the ledger's foot."""
    body = re.sub(rb"HC-[0-9A-Z]{4}-[0-9A-Z]{4}", b"NUMBER", answer.body)
    body = re.sub(rb"<time[^>]*>[^<]*</time>", b"TIME", body)
    body = re.sub(rb"/(?:pesan/diterima|book/received)/[\w-]+", b"TICKET", body)
    return re.sub(rb"<footer.*</footer>", b"", body, flags=re.DOTALL)


def test_known_and_unknown_addresses_get_the_same_bytes(demo: Demonstration) -> None:
    """A stranger who books with somebody's address learns nothing about them, not even from headers."""
    known = demo.book(identity__email=KNOWN)
    unknown = demo.book(identity__email="tak.dikenal@contoh.example")
    assert known.number
    assert unknown.number
    assert plain(known) == plain(unknown)
    ignored = {"date", "content-length"}
    assert {k: v for k, v in known.headers.items() if k not in ignored} == {
        k: v for k, v in unknown.headers.items() if k not in ignored
    }
    assert len(known.body) == len(unknown.body)


def test_the_owner_of_a_borrowed_address_sees_nothing_that_was_typed(demo: Demonstration) -> None:
    """The letter carries a number and a link; nothing of the stranger's words, which could be anything."""
    typed = {
        "identity__name": "Penipu Undian",
        "location__address": "Klik evil.example",
        "booking__wish": "menang hadiah",
    }
    demo.book(identity__email="pemilik@contoh.example", **typed)
    page = demo.get(f"/home-cleaning/k/{demo.link('pemilik@contoh.example')}").text
    mails = [m.read_bytes() for m in (demo.folder / "mail").glob("*.eml") if b"pemilik@" in m.read_bytes()]
    assert mails
    from email import message_from_bytes, policy

    for raw in mails:
        message = message_from_bytes(raw, policy=policy.default)
        said = page + str(message.get_body(("plain",))) + str(message.get_body(("html",))) + str(message["Subject"])
        parts = [str(p.get_content()) for p in message.walk() if p.get_content_maintype() == "text"]
        for word in typed.values():
            assert word not in said + "".join(parts)


def test_a_scanner_that_follows_every_link_changes_nothing(demo: Demonstration) -> None:
    """GET, HEAD and an empty POST on the mailed link; afterwards the button still works, once."""
    number = demo.book(identity__email="pemindai@contoh.example").number
    token = demo.link("pemindai@contoh.example")
    link = f"/home-cleaning/k/{token}"
    facts = "SELECT count(*) FROM dealing WHERE number = ?"
    for method in ("GET", "HEAD", "GET"):
        assert demo.ask(method, link).status == 200
    assert demo.ask("POST", link, b"", {"Content-Type": FORM}).status == 400
    assert demo.post(link, {"List-Unsubscribe": "One-Click"}).status in (404, 410)
    assert demo.sql(facts, number) == [(0,)]
    page = demo.get(link).text
    form_token = re.search(r'name="_token" value="([^"]+)"', page)
    assert form_token
    pressed = {"_token": form_token[1], "link": token}
    assert demo.post("/home-cleaning/k", pressed).status == 303
    assert demo.sql(facts, number) == [(1,)]
    assert demo.post("/home-cleaning/k", pressed).status in (409, 410)  # replayed
    assert demo.get(link).status in (404, 410)


@pytest.mark.parametrize("path", ["k", "s", "c"])
@pytest.mark.parametrize("token", ["A" * 32, "x", "%2e%2e", "A" * 3000, "%F0%9F%98%80" * 8])
def test_forged_links_look_alike(demo: Demonstration, path: str, token: str) -> None:
    assert demo.get(f"/home-cleaning/{path}/{token}").status in (400, 404, 410)


def test_markup_is_text_everywhere(demo: Demonstration) -> None:
    """Markup in each field that takes words: refused or shown as text, in the form, the pages and the mail."""
    fields = ("identity.name", "identity.email", "identity.phone", "location.address", "booking.wish", "booking.date",
              "booking.service")  # fmt: skip
    for n, name in enumerate(fields):
        typed = {"identity.email": f"markup{n}@contoh.example", **demo.form(), name: SCRIPT}
        got = demo.post(BOOK, {**TYPED, **typed})
        page = demo.get(got.headers["location"]) if got.status == 303 else got
        assert b"<script>alert" not in page.body, name
        assert b"<img src=x" not in page.body, name
        assert b"49" not in re.findall(rb"\{\{.*?\}\}|alert\(1\)&gt;(\d\d)", page.body), name
    for path in ("/mail", "/", f"/home-cleaning/pesan?day={SCRIPT}&offer={SCRIPT}".replace(" ", "%20")):
        body = demo.get(path).body
        assert b"<script>alert" not in body, path
        assert b"<img src=x" not in body, path


@pytest.mark.parametrize("name", ["identity.name", "identity.email", "identity.phone", "booking.service", "asks.x"])
@pytest.mark.parametrize(
    "end", ["\r\nBcc: korban@evil.example", "\nBcc: korban@evil.example", "\u2028Bcc: x@evil.example"]
)
def test_a_line_break_reaches_no_header(demo: Demonstration, name: str, end: str) -> None:
    """CR, LF and their cousins in what could reach a mail's head."""
    value = {"identity.name": "Sari", "identity.email": "crlf@contoh.example", "identity.phone": "081234567890"}
    demo.post(BOOK, {**TYPED, **demo.form(), name: value.get(name, "x") + end})
    for mail in (demo.folder / "mail").glob("*.eml"):
        head = mail.read_bytes().partition(b"\r\n\r\n")[0].lower()
        assert b"bcc:" not in head
        assert b"evil.example" not in head


def test_many_silent_clients_stop_nobody(demo: Demonstration) -> None:
    """Two hundred connections that say half a request; an honest one is answered meanwhile."""
    silent = []
    try:
        for _ in range(200):
            line = socket.create_connection(("127.0.0.1", demo.port), timeout=5)
            line.sendall(b"POST /home-cleaning/pesan HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n")
            silent.append(line)
        started = time.monotonic()
        assert demo.get("/home-cleaning/").status == 200
        assert time.monotonic() - started < 9, "silent clients hold the others up until they are dropped (10 s)"
        assert demo.book(identity__email="sabar@contoh.example").status == 200
    finally:
        for line in silent:
            line.close()


def test_more_than_it_can_do_is_said_and_not_half_done(demo: Demonstration) -> None:
    """Sixty bookings at once: each is taken or told to come again; every number that was told exists or is unproven."""
    forms = [demo.form() for _ in range(60)]
    before, lock, got = count(demo, "record"), threading.Lock(), list[Answer]()

    def one(n: int) -> None:
        answer = demo.book(forms[n], identity__email=f"banjir{n}@contoh.example")
        with lock:
            got.append(answer)

    with ThreadPoolExecutor(60) as at_once:
        list(at_once.map(one, range(60)))
    taken = [a for a in got if a.status == 200]
    assert {a.status for a in got} <= {200, 503}
    assert all("retry-after" in a.headers for a in got if a.status == 503)
    assert count(demo, "record") == before + len(taken)


def test_the_api_lets_nobody_in(demo: Demonstration) -> None:
    """No, forged, absurd bearers: 401, the same for all; a look-up by GET does not exist."""
    asked = b'{"purpose":"orders","fields":["identity.name"],"number":"HC-0000-0000"}'
    kind = {"Content-Type": "application/json"}
    tokens = [
        "",
        "Bearer",
        "Bearer x",
        "Bearer " + "A" * 56,
        "Basic eDp4",
        "Bearer " + "\u00ff" * 40,
        "Bearer " + "A" * 5000,
    ]
    for token in tokens:
        got = demo.ask("POST", "/v1/home-cleaning/look", asked, {**kind, "Authorization": token})
        assert got.status in (400, 401), (token, got.status)
        assert got.status == 400 or got.headers["www-authenticate"] == "Bearer"
    for body in (b"{", b"[]", b"{}", b'{"purpose":1}', b"\xff", b"[" * 50_000, b'{"purpose":"x","fields":[],"evil":1}'):
        got = demo.ask("POST", "/v1/home-cleaning/look", body, {**kind, "Authorization": "Bearer x"})
        assert 400 <= got.status < 500, body[:20]
    assert demo.get("/v1/home-cleaning/look").status in (404, 405)


def test_no_page_says_what_stands_behind(demo: Demonstration) -> None:
    """Whatever happened above, no answer or log names a file, a class or a value."""
    said = demo.log()
    for word in (b"Traceback", b"sari.uji", b"Sari Uji", b"Jalan Uji", b"enam.belas", b"pemindai", b"korban@"):
        assert word not in said
