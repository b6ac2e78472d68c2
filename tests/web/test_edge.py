"""Attacks on the edge: what must be turned away before any handler runs."""

import asyncio
import base64
import logging
import tracemalloc
from urllib.parse import urlencode

import pytest

from tepati.errors import Expired, NotFound
from tepati.flows.actor import Actor
from tests.web.conftest import HOST
from tests.web.forms import BOOK, TYPE, filled

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
PAGES = ("/", "/home-cleaning/", BOOK, "/home-cleaning/privasi", "/home-cleaning/janji", "/mail", "/nothing", "/health")


async def raw(world, headers, method="GET", path="/home-cleaning/", chunks=(b"",), query=b"", **scope):
    """Speak ASGI by hand: for requests that no polite client sends."""
    sent, waiting = [], list(chunks)

    async def receive():
        if not waiting:
            await asyncio.sleep(3600)
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting) or body == b"..."}

    async def send(message):
        sent.append(message)

    asked = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "", "headers": headers,
        "client": ("203.0.113.9", 4711), "server": ("demo.example", 8000),
    } | scope  # fmt: skip
    await world.app(asked, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


GOOD = (b"host", b"demo.example:8000")


@pytest.mark.parametrize("host", ["evil.example", "demo.example", "demo.example:8000.evil.example", "", "127.0.0.1"])
async def test_unknown_host_is_421(world, host):
    assert (await raw(world, [(b"host", host.encode())]))[0] == 421


async def test_two_hosts_are_refused(world):
    assert (await raw(world, [GOOD, (b"host", b"evil.example")]))[0] == 400


async def test_absolute_addresses_never_come_from_the_request(world):
    async with world.client(headers={"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}) as client:
        for path in PAGES:
            assert "evil.example" not in (await client.get(path)).text


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_is_dressed(world, path):
    async with world.client() as client:
        answer = await client.get(path)
    assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "geolocation=()" in answer.headers["permissions-policy"]
    assert "set-cookie" not in answer.headers
    assert "strict-transport-security" not in answer.headers
    assert "<script" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.promise("A2")
@pytest.mark.parametrize("tail", ["pusat-privasi/unggah", "konsol/unggah"])
async def test_two_hundred_megabytes_are_refused_early_and_nothing_grows(world, tail):
    """Declared, before a byte of it is read; undeclared, as soon as it is too much: no more is ever held."""
    path, kind = f"/home-cleaning/{tail}", (b"content-type", b"multipart/form-data; boundary=x")
    declared = [GOOD, kind, (b"content-length", b"200000000")]
    status, headers = await raw(world, declared, "POST", path, chunks=[])
    assert (status, headers[b"connection"]) == (413, b"close")
    piece, read = b"x" * 1_000_000, []

    async def pieces():
        for _ in range(200):
            read.append(1)
            yield piece

    tracemalloc.start()
    async with world.client() as client:
        answer = await client.post(f"{HOST}{path}", content=pieces(), headers={"content-type": kind[1].decode()})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 413
    assert "berkas tabel 8 MB" in answer.text
    assert len(read) < 12
    assert peak < 30_000_000


async def test_a_long_body_is_413_declared_or_not(world):
    async with world.client() as client:
        assert (await client.post(BOOK, content=b"a=" + b"x" * 70_000, headers=TYPE)).status_code == 413

        async def chunks():
            for _ in range(70):
                yield b"x" * 1000

        assert (await client.post(BOOK, content=chunks(), headers=TYPE)).status_code == 413
    status, headers = await raw(world, [GOOD, (b"content-length", b"99999999999")], "POST", BOOK)
    assert (status, headers[b"connection"]) == (413, b"close")


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"0x10", b" "])
async def test_a_strange_length_is_400(world, length):
    assert (await raw(world, [GOOD, (b"content-length", length)], "POST", BOOK))[0] == 400


async def test_a_slow_client_is_let_go(worlds):
    world = worlds(body_timeout=0.05)
    status, _ = await raw(world, [GOOD], "POST", BOOK, chunks=(b"...",))
    assert status == 408


@pytest.mark.parametrize("path", [b"/home-cleaning/%ff", b"/home-cleaning/%c3%28", b"/%00", b"/a%0d%0aset-cookie:x"])
async def test_broken_spelling_in_a_path_is_400(world, path):
    assert (await raw(world, [GOOD], raw_path=path))[0] == 400


async def test_broken_spelling_in_a_query_is_400(world):
    assert (await raw(world, [GOOD], query=b"day=%ff%fe"))[0] == 400
    assert (await raw(world, [GOOD], query=b"day=" + b"9" * 5000))[0] == 400


ABSURD = {
    "no UTF-8, spelt": b"identity.name=%ff%fe",
    "no UTF-8, raw": b"identity.name=\xff",
    "a NUL": b"identity.name=a%00b",
    "a NUL in a name": b"a%00=1",
    "no form": b"nonsense",
    "twice": b"identity.name=a&identity.name=b",
    "too many": b"&".join(b"f%d=1" % n for n in range(100)),
    "too long": b"identity.name=" + b"x" * 9000,
    "a long name": b"k" * 80 + b"=1",
}


@pytest.mark.parametrize("what", ["nothing", *ABSURD])
async def test_an_absurd_form_is_400_and_reaches_nobody(world, what):
    """All else is a form that is taken: nothing but the absurdity is in the way."""
    async with world.client() as client:
        form = await filled(client)
        absurd = ABSURD.get(what, urlencode({"identity.name": form["identity.name"]}).encode())
        body = urlencode({name: value for name, value in form.items() if name != "identity.name"}).encode()
        answer = await client.post(BOOK, content=body + b"&" + absurd, headers=TYPE)
    assert (answer.status_code, len(world.org.forms)) == ((303, 1) if what == "nothing" else (400, 0))


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_another_content_type_is_refused(world, kind):
    async with world.client() as client:
        body = urlencode(await filled(client))
        assert (await client.post(BOOK, content=body, headers={"content-type": kind})).status_code == 400
    assert not world.org.forms


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FROB"])
async def test_a_wrong_method_is_405(world, method):
    async with world.client() as client:
        answer = await client.request(method, BOOK)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_head_is_get_without_a_body(world):
    async with world.client() as client:
        answer = await client.head("/home-cleaning/")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"},
     {"origin": "http://demo.example"}],
)  # fmt: skip
async def test_a_post_that_another_site_caused_is_refused(world, headers):
    async with world.client() as client:
        answer = await client.post(BOOK, data=await filled(client), headers=headers)
    assert answer.status_code == 403
    assert not world.org.forms


async def test_our_own_forms_send_origin_null_and_pass(world):
    async with world.client() as client:
        for headers in ({"origin": "null", "sec-fetch-site": "same-origin"}, {"origin": HOST}, {}):
            assert (await client.post(BOOK, data=await filled(client), headers=headers)).status_code == 303


async def test_forwarded_headers_count_from_declared_proxies_only(worlds):
    secure = {"home-cleaning": "https://fineclean.example"}
    host = [(b"host", b"fineclean.example")]
    says = [*host, (b"x-forwarded-proto", b"https"), (b"x-forwarded-for", b"198.51.100.7")]
    world = worlds(origins=secure, demo=False, proxies=("10.0.0.0/8",))
    assert (await raw(world, says))[0] == 308  # from the open network: plain http, whatever it says
    status, headers = await raw(world, says, client=("10.1.2.3", 1))
    assert status == 200
    assert headers[b"strict-transport-security"].startswith(b"max-age=")


async def test_the_client_is_the_rightmost_that_is_no_proxy(worlds):
    world = worlds(proxies=("10.0.0.0/8",), posts_per_minute=1)
    spoofed = [GOOD, (b"x-forwarded-for", b"192.0.2.1, 198.51.100.7, 10.9.9.9")]
    other = [GOOD, (b"x-forwarded-for", b"192.0.2.99, 198.51.100.7")]
    assert (await raw(world, spoofed, "POST", BOOK, client=("10.1.2.3", 1)))[0] == 400
    assert (await raw(world, other, "POST", BOOK, client=("10.1.2.3", 1)))[0] == 429


async def test_plain_http_serves_no_personal_data_outside_the_demo(worlds):
    world = worlds(origins={"home-cleaning": "https://fineclean.example"}, demo=False)
    host = [(b"host", b"fineclean.example")]
    status, headers = await raw(world, host, path="/home-cleaning/k/abc")
    assert (status, headers[b"location"]) == (308, b"https://fineclean.example/home-cleaning/k/abc")
    assert (await raw(world, host, "POST", BOOK))[0] == 403


async def test_the_demo_says_on_every_page_that_it_is_plain_http(world):
    async with world.client() as client:
        for path in PAGES[:-2]:
            assert "Peragaan lewat HTTP biasa" in (await client.get(path)).text


async def test_one_network_is_slowed_down_and_told_for_how_long(worlds):
    world = worlds(posts_per_minute=3)
    async with world.client() as client:
        answers = [await client.post(BOOK, content=b"a=1", headers=TYPE) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    async with world.client(peer="198.51.100.7") as other:
        assert (await other.post(BOOK, content=b"a=1", headers=TYPE)).status_code == 400
    world.clock.at += 60_000_000
    async with world.client() as client:
        assert (await client.post(BOOK, content=b"a=1", headers=TYPE)).status_code == 400


LETTERS = ("/home-cleaning/hubungi", "/home-cleaning/pusat-privasi/terkirim", "/home-cleaning/en/contact",
           "/home-cleaning/en/privacy-centre/sent", "/home-cleaning/pusat-privasi/nomor",
           "/home-cleaning/en/privacy-centre/number/code", "/home-cleaning/pesan/kode")  # fmt: skip


@pytest.mark.parametrize("path", LETTERS)
async def test_forms_that_have_letters_written_are_slowed_down_sooner(worlds, path):
    """Per network, whatever was typed: a third of what other forms may."""
    world = worlds(posts_per_minute=6)
    async with world.client(peer="203.0.113.7") as client:
        assert [(await client.post(path, content=b"x")).status_code for _ in range(4)] == [400, 400, 429, 429]
        assert (await client.post("/home-cleaning/kuki", data={"press": "set"})).status_code == 303
    async with world.client(peer="198.51.100.7") as client:
        assert (await client.post(path, content=b"x")).status_code == 400


async def test_programs_are_slowed_down_too_and_failing_sessions_sooner(worlds):
    """Sessions that fail have the limit of forms, calls that succeed twenty times as much; before any handler."""
    world = worlds(posts_per_minute=2)
    call = f"/v1/{world.org.slug}/look"
    body = b'{"purpose":"orders","fields":["identity.name"],"number":"HC-0000-0000"}'
    async with world.client() as client:
        world.org.look = failing(Expired("session"))
        answers = [(await client.post(call, content=body)).status_code for _ in range(4)]
        assert answers == [401, 401, 429, 429]
        read = await client.get(f"/v1/{world.org.slug}/consents/questions", headers={"authorization": "Bearer tpk_x"})
        assert read.status_code == 429, "a GET tries a key as well as a POST"
        world.clock.at += 60_000_000
        world.org.caller, world.org.look = somebody, failing(NotFound("no_such_number"))
        answers = [(await client.post(call, content=body)).status_code for _ in range(42)]
    assert answers == [403] * 40 + [429] * 2


async def somebody(*_):
    return Actor(b"p" * 16, (), 0)


def failing(error):
    async def look(*_):
        raise error

    return look


async def test_an_access_code_guards_every_page(worlds):
    world = worlds(access_code="seribu-pulau")
    async with world.client() as client:
        assert (await client.get("/")).status_code == 401
        assert (await client.get("/", auth=("", "seribu-pulau"))).status_code == 200
        assert (await client.get("/mail", auth=("x", "seribu"))).status_code == 401
        bad = {"authorization": "Basic " + base64.b64encode(b"\xff").decode()}
        assert (await client.get("/", headers=bad)).status_code == 401


async def test_an_organisation_answers_on_its_own_origin_only(worlds):
    origins = {"home-cleaning": "https://fineclean.example", "other": "https://other.example"}
    world = worlds(origins=origins, demo=False)
    assert (await raw(world, [(b"host", b"other.example")], scheme="https"))[0] == 404
    assert (await raw(world, [(b"host", b"fineclean.example")], scheme="https"))[0] == 200
    assert (await raw(world, [(b"host", b"fineclean.example")], path="/", scheme="https"))[0] == 307


async def test_the_log_says_routes_and_no_values(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.org.broken = RuntimeError("Ratna Wulandari, ratna@contoh.example")
    async with world.client() as client:
        form = {"_token": "x", "identity.name": "Ratna Wulandari"}
        await client.get("/home-cleaning/k/geheim-token-123")
        await client.post(BOOK, data=form)
        await client.get("/home-cleaning/pesan?day=ratna")
        await client.get("/ratna/ratna/ratna")
    said = [record.getMessage() for record in caplog.records if record.name.startswith("tepati")]
    assert any("GET /{org}/k/{token} 500" in line for line in said)
    assert not [line for line in said if "atna" in line or "geheim" in line]
    assert not [record for record in caplog.records if record.exc_info and record.name.startswith("tepati")]
