"""Django, FastAPI and Flask, each by its example, over HTTP against the real pages: what an engineer wires in."""

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from tepati.client.acting import Clients
from tepati.client.problems import Busy, Changed, Faulty, NotSignedIn, Refusal, Unreached
from tepati.client.settings import Settings, from_environment
from tepati.client.telling import told
from tepati.flows.acts.agree import agree
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.keyed import Wanted, make
from tepati.flows.acts.staff import signed_in as who
from tepati.web.config import WebConfig
from tepati.web.server import build
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.web.fake import EXAMPLE
from tests.web.office import signed_in
from tests.web.test_batch import VALUES

SHOPS = Path(__file__).parents[2] / "examples" / "engineers"
WORDING = SHOPS.parents[1] / "src" / "tepati" / "client" / "wording"
WHO = {"identity.name": "Ratna Dewi", "identity.email": "ratna@contoh.example"}
BOOKING = VALUES | WHO | {"booking.date": "2026-11-25"}
SAID = {"ours": "panggilan-7", "values": BOOKING, "terms": True}
ONE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # what the engines do is tested elsewhere


@contextlib.asynccontextmanager
async def running(desk, clock):  # noqa: F811
    """Serve the organisation on a socket of this machine, in this loop; yields its address and the key of a program."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    surface = DeskSurface(desk, (EXAMPLE / "site.toml").read_bytes())
    config = WebConfig(b"k" * 32, {desk.org: url}, clock, os.urandom, demo=True, consoles={desk.org: url})
    app = build({desk.org: surface}, None, config)
    director = await signed_in(desk, app, clock, "director", at=url)
    actor = await who(desk, director.bearer["authorization"][7:])
    secret, _ = await make(desk, actor, Wanted("dispatcher", ("127.0.0.0/8",), 1))
    port = int(url.rpartition(":")[2])
    server = Server(app, port=port, interface=Interfaces.ASGINL, log_enabled=False, websockets=False)
    serving = asyncio.create_task(server.serve())
    try:
        await answering(url)
        yield url, secret
    finally:
        server.stop()
        await serving


async def answering(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                await client.get("/health")
                return
            await asyncio.sleep(0.02)


def shop(name: str):
    """Load an example as its server would."""
    spec = importlib.util.spec_from_file_location(name, SHOPS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def flask():
    """Give a way to ask the example, as ``ask(method, path, body, headers) -> (status, headers, text)``."""
    client = shop("flask_shop").app.test_client()

    async def ask(method, path, body=None, headers=()):
        answer = await asyncio.to_thread(client.open, path, method=method, json=body, headers=dict(headers))
        return answer.status_code, answer.headers, answer.text

    return ask


def django():
    import django as framework

    module = shop("django_shop")
    framework.setup()
    from django.test import Client

    client = Client(headers={})
    assert module.urlpatterns

    async def ask(method, path, body=None, headers=()):
        more = {"data": json.dumps(body), "content_type": "application/json"} if body else {}
        call = getattr(client, method.lower())
        answer = await asyncio.to_thread(lambda: call(path, headers=dict(headers), **more))
        return answer.status_code, answer.headers, answer.content.decode()

    return ask


def fastapi():
    app = shop("fastapi_shop").app

    async def ask(method, path, body=None, headers=()):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toko.example") as client:
            answer = await client.request(method, path, json=body, headers=dict(headers))
            return answer.status_code, answer.headers, answer.text

    return ask


@ONE
@pytest.mark.parametrize("framework", [django, fastapi, flask], ids=lambda each: each.__name__)
async def test_a_shop_collects_looks_and_is_told_the_promise(desk, clock, post, framework, monkeypatch, caplog):  # noqa: F811
    """The lines of docs/integrate.md, in each framework, against Tepati over a socket; the log names nobody."""
    caplog.set_level(logging.DEBUG)
    async with running(desk, clock) as (url, secret):
        for name, value in {"URL": url, "ORG": desk.org, "KEY_DISPATCHER": secret}.items():
            monkeypatch.setenv(f"TEPATI_{name}", value)
        ask = framework()
        number = await taken(ask)
        await deliver(desk, post)
        await agree(desk, post.link("confirm"), frozenset(), "id")
        seen = await ask("GET", f"/bookings/{number}")
        assert json.loads(seen[2]) == {"identity.name": "Ratna Dewi", "location.address": "Jalan Kenanga 7, Depok"}
        assert seen[1]["cache-control"] == "no-store"
        told_ = await refused(ask, number, f"{url}/{desk.org}")
    status, _, away = await ask("GET", f"/bookings/{number}")
    assert status == 504
    logged = "\n".join([record.getMessage() for record in caplog.records])
    assert "by roles.dispatcher at " in logged
    everything = logged + told_ + away
    assert not [value for value in BOOKING.values() if len(value) > 5 and value in everything]
    assert secret not in everything


async def taken(ask) -> str:
    """Say the booking twice: it is one."""
    status, _, first = await ask("POST", "/bookings", SAID)
    _, _, again = await ask("POST", "/bookings", SAID)
    assert (status, again) == (201, first)
    return json.loads(first)["number"]


async def refused(ask, number: str, root: str) -> str:
    """What is faulty, not allowed, or unknown, as the visitor is told it."""
    faulty = await ask("POST", "/bookings", SAID | {"ours": "8", "values": BOOKING | {"booking.slot": "s9999"}})
    assert (faulty[0], json.loads(faulty[2])["faults"]) == (400, {"booking.slot": "not_an_option"})
    no = await ask("GET", f"/bookings/{number}/offer")
    said = json.loads(no[2])
    assert (no[0], said["promise"]) == (403, "roles.dispatcher")
    assert said["notice"] == f"{root}/privasi#roles.dispatcher"
    page = await ask("GET", f"/bookings/{number}/offer", None, {"accept": "text/html", "accept-language": "en"})
    assert f"{root}/en/privacy#roles.dispatcher" in page[2]
    assert "does not allow" in page[2]
    async with httpx.AsyncClient() as client:
        assert 'id="roles.dispatcher"' in (await client.get(f"{root}/privasi")).text, "the clause is where we say"
    nobody = await ask("GET", "/bookings/HC-AAAA-AAAA")
    assert (nobody[0], "promise" in json.loads(nobody[2])) == (403, False)
    return faulty[2] + no[2] + page[2] + nobody[2]


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (Refusal(403, "role_not_for", "roles.x"), 403), (Faulty(400, "faulty_form", {"a.b": "too_long"}), 400),
        (Changed(409, "store_race"), 409), (Busy(429, "too_many", 7), 503), (NotSignedIn(401, "session"), 502),
        (Unreached(), 504),
    ],
)  # fmt: skip
def test_each_problem_has_its_own_answer_to_the_visitor(problem, status):
    """A bad key is the operator's to mend: the visitor is not asked to sign in, and the log has an error."""
    for accept, languages in (("", ""), ("text/html", "en-GB,id;q=0.3"), ("*/*", "xx")):
        said = told(problem, "https://toko.example/toko", accept=accept, languages=languages)
        assert (said.status, said.headers["cache-control"]) == (status, "no-store")
        assert said.level == (logging.ERROR if status in (502, 504) else logging.WARNING)
        assert said.headers["content-language"] == ("en" if "en" in languages else "id")
        assert (b"<h1>" in said.body) is (accept == "text/html")
    assert "www-authenticate" not in said.headers
    assert isinstance(problem, Busy) is ("retry-after" in said.headers)


def test_what_a_hostile_proxy_answers_is_escaped():
    said = told(Refusal(403, "x", '"><script>'), "https://toko.example/t", accept="text/html")
    assert b"<script>" not in said.body


def test_settings_name_what_is_missing_and_show_no_key():
    read = from_environment({"TEPATI_URL": "https://t.example", "TEPATI_ORG": "t", "TEPATI_KEY_DISPATCHER": "rahasia"})
    assert (read.keys, "rahasia" in repr(read)) == ({"dispatcher": "rahasia"}, False)
    with pytest.raises(ValueError, match="TEPATI_ORG, TEPATI_KEY"):
        from_environment({"TEPATI_URL": "https://t.example", "TEPATI_KEY": ""})


def test_a_role_without_a_key_borrows_no_other():
    """A view that acts as the accountant does not go by the dispatcher's key because that one is there."""
    one = Clients(Settings("https://t.example", "t", {"dispatcher": "a"}))
    assert one.of("") is one.of("dispatcher")
    with pytest.raises(ValueError, match="TEPATI_KEY_ACCOUNTANT"):
        one.request().acting("bookkeeping", role="accountant")
    two = Clients(Settings("https://t.example", "t", {"dispatcher": "a", "accountant": "b"}))
    with pytest.raises(ValueError, match="name a role"):
        two.request().acting("orders")
    with pytest.raises(ValueError, match="what for"):
        one.request().look(["identity.name"], number="HC-1")
    assert "rahasia" not in repr(Clients(Settings("https://t.example", "t", {"": "rahasia"})).request())


def test_only_its_own_module_imports_a_framework():
    """Who installs the client installs no framework."""
    code = "import sys, tepati.client; print({'django', 'flask', 'fastapi', 'litestar'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=SHOPS.parents[1] / "src", capture_output=True, check=True)
    assert ran.stdout.strip() == b"set()"


def test_every_word_stands_in_both_languages():
    both = [tomllib.loads((WORDING / f"{lang}.toml").read_text("utf-8")) for lang in ("id", "en")]
    assert both[0].keys() == both[1].keys()
    assert all(words.strip() for each in both for words in each.values())
