"""S2: sign-in by OpenID Connect over HTTP, against a provider that signs on a real TLS socket; and its attacks."""

import base64
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pyotp
import pytest
from joserfc import jwk, jws

from tepati.errors import Refused
from tepati.flows import visitors
from tepati.flows.acts.depart import Leaving, depart
from tepati.flows.acts.export import export
from tepati.flows.ways import unfit, way
from tepati.ports.provider import Client, SignIn
from tests.flows.conftest import keystore, post  # noqa: F401 - fixtures
from tests.ports.certificate import contexts
from tests.ports.openid_provider import CLIENT, PERSON, SECRET, Provider, serve
from tests.web.company import Company
from tests.web.examples import ORIGIN, hidden, opened, sign
from tests.web.office import form_to, words

SLUG = "office-booking"
CENTRE = f"/{SLUG}/pusat-privasi"
START, BACK, NEW = f"{CENTRE}/penyedia", f"{CENTRE}/penyedia/kembali", f"{CENTRE}/penyedia/baru"
SAFE = f"{CENTRE}/keamanan"
CONNECT = f"{SAFE}/akun"
QUESTIONS = ("sign_in_with_google",)
YES = {"asks.sign_in_with_google": "yes"}
EMAIL = PERSON["email"]
one_engine = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # the acts run on both elsewhere
VALUES = ("1027", "Sari", "sari@", "p.example")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[Provider, object]]:
    """One provider for all tests of this file."""
    shown, trust = contexts(tmp_path_factory.mktemp("provider"))
    provider = Provider()
    server = serve(provider, shown)
    yield provider, trust
    server.shutdown()
    server.server_close()


@pytest.fixture
def company(served, store, keystore, clock, random, run, post) -> Company:  # noqa: F811
    """SMART Office with a provider in Google's place."""
    provider, trust = served
    provider.now, provider.changed, provider.broken, provider.keys = clock() // 1_000_000, {}, 0, []
    provider.asked.clear()
    desk = opened(SLUG, store, keystore, clock, random)
    run(sign(desk))
    made = Company(desk, post, clock)
    client = Client(provider.issuer, CLIENT, SECRET, private=True)
    made.surface.providers = {"google": SignIn(client, trust, clock)}
    return made


@pytest.fixture
def provider(served) -> Provider:
    return served[0]


class Guest:
    """A browser that signs in by a provider."""

    def __init__(self, company: Company, provider: Provider, trust) -> None:
        self.company, self.provider, self.trust = company, provider, trust
        self.client = httpx.AsyncClient(
            transport=company.site._transport, base_url=ORIGIN, headers={"accept-encoding": ""}
        )

    def cookie(self, key: str) -> str:
        return self.client.cookies.get(f"__Host-{SLUG}-{key}", "").strip('"')

    async def leaves(self, page: str = CENTRE, action: str = START, **typed: str) -> httpx.Response:
        """Press the button of a page; a session's own form comes with its hidden fields."""
        form = form_to((await self.client.get(page)).text, action.removeprefix(f"/{SLUG}"), f"/{SLUG}")
        return await self.client.post(action, data=hidden(form) | YES | typed)

    async def over_there(self, left: httpx.Response) -> str:
        """Sign in at the provider; return the address by which the browser comes back."""
        (away,) = set(re.findall(r'content="0; url=([^"]+)"', left.text))
        async with httpx.AsyncClient(verify=self.trust) as browser:
            return (await browser.get(unescape(away))).headers["location"]

    async def comes(self, page: str = CENTRE, action: str = START, **typed: str) -> httpx.Response:
        """Leave, sign in there, and come back."""
        return await self.client.get(await self.over_there(await self.leaves(page, action, **typed)))

    async def again(self) -> httpx.Response:
        """Sign in once more, without the session that runs."""
        for cookie in [one for one in self.client.cookies.jar if one.name.endswith("-session")]:
            self.client.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)
        return await self.comes()

    async def begins(self) -> None:
        """Begin an account."""
        assert (await self.comes()).headers["location"] == NEW
        page = await self.client.get(NEW)
        assert (await self.client.post(NEW, data=hidden(page.text))).headers["location"] == CENTRE

    async def reads(self, tail: str = "") -> str:
        answer = await self.client.get(f"{CENTRE}{tail}", follow_redirects=True)
        assert answer.status_code == 200, words(answer.text)[:400]
        return words(answer.text)


@pytest.fixture
def guest(company, served) -> Guest:
    return Guest(company, *served)


@pytest.fixture
def other(company, served) -> Guest:
    return Guest(company, *served)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def rows(company: Company, table: str) -> int:
    return (await company.desk.store.read(lambda tx: tx.one(f"SELECT count(*) FROM {table}")))[0]


async def refused(company: Company, answer: httpx.Response) -> str:
    """Return what a failed sign-in says, after looking that nothing of the person stands there, nor was kept."""
    said = words(answer.text)
    assert answer.status_code in (400, 410, 503), answer.status_code
    assert "Anda belum masuk" in said
    assert not [value for value in (*VALUES, SECRET) if value in answer.text]
    assert not [c for c in answer.headers.get_list("set-cookie") if "session" in c]
    assert [await rows(company, table) for table in ("person", "record", "session", "connection", "errand")] == [0] * 5
    return said


@pytest.mark.promise("S2")
@pytest.mark.promise("L1")
async def test_what_google_says_is_told_asked_and_kept_as_declared_and_no_more(company, provider, guest):
    """From the unticked box to the receipt: name, address and number are kept; the picture is counted and gone."""
    page = await guest.client.get(CENTRE)
    form = form_to(page.text, START.removeprefix(f"/{SLUG}"), f"/{SLUG}")
    assert "checked" not in form
    assert "hanya bila Anda memilih cara masuk itu" in form
    unticked = await guest.leaves(**{"asks.sign_in_with_google": ""})
    assert unticked.status_code == 422
    assert not provider.asked, "nobody is asked before the box is ticked"
    provider.changed = {"picture": "https://p.example/1", "hd": "smart.example"}
    back = await guest.comes()
    assert (back.status_code, back.headers["location"]) == (303, NEW)
    assert await rows(company, "person") == 0
    asked = await guest.client.get(NEW)
    assert all(said in words(asked.text) for said in ("Sari Contoh", EMAIL, "Perjanjian", "versi 1".capitalize()))
    assert "p.example" not in asked.text
    begun = await guest.client.post(NEW, data=hidden(asked.text))
    assert begun.headers["location"] == CENTRE
    mine = await guest.reads("/data")
    assert all(said in mine for said in ("Sari Contoh", EMAIL, "1027"))
    await company.settled()
    assert "Google LLC" in await guest.reads("/persetujuan")
    assert "lewat Google LLC" in await guest.reads("/keamanan")
    receipts = (await guest.client.get(f"{CENTRE}/tanda-terima")).text
    assert receipts.count("/tanda-terima/") >= 2  # of the record, and of the yes
    director = await company.staff("director")
    evidence = await company.evidence(director, "points.google_sign_in")
    assert "3 nilai yang dinyatakan disimpan dan 2 lainnya tidak" in evidence
    assert not company.post.sent, "an address that a provider says is written to by nobody"
    held = await company.desk.store.read(lambda tx: tx.all("SELECT org, field FROM ident"))
    assert ("sign_in") in {row[1] for row in held}


async def test_who_is_known_comes_in_again_and_nothing_is_written_twice(company, provider, guest, other):
    await guest.begins()
    first = guest.cookie("session")
    assert (await other.comes()).headers["location"] == CENTRE
    assert await rows(company, "person") == 1
    assert await rows(company, "record") == 1
    assert await rows(company, "consent_event") == 1
    assert "Sari Contoh" not in await other.reads("/data"), "another device opens no values"
    form = form_to((await other.client.get(SAFE)).text, "/pusat-privasi/perangkat", f"/{SLUG}")
    assert (await other.client.post(f"{CENTRE}/perangkat", data=hidden(form))).status_code == 303
    assert await rows(company, "outbox") == 0, "no letter could tell it: the known device's page does"
    assert "Dipercaya mulai" in await guest.reads("/keamanan")
    assert "lalu masuk lagi" in await guest.reads("/perbaiki")
    provider.changed = {"name": "Sari Baru", "email": None}
    await other.again()
    assert "Sari Baru" in await guest.reads("/data"), "corrected where it came from"
    assert EMAIL in await guest.reads("/data")
    provider.changed = {"name": "Sari Baru"}
    assert (await guest.again()).headers["location"] == CENTRE
    assert guest.cookie("session") != first, "a session that was there before is never the one that is opened"


@pytest.mark.promise("S5")
async def test_an_account_is_connected_by_whoever_came_in_and_proved_it_and_by_no_address(
    company, provider, guest, other, clock
):  # fmt: skip
    """The owner of the mailbox connects it on a known device, is told by mail, comes in by it, and takes it away."""
    await company.comes(EMAIL, "profile")
    people = await rows(company, "person")
    browser = await company.centre(EMAIL)
    owner = Guest(company, provider, guest.trust)
    owner.client = browser.client
    assert "buktikan dahulu" in await owner.reads("/keamanan")
    await _not_yet(company, owner)
    assert (await guest.comes()).headers["location"] == NEW, "the address that a provider says joins nobody"
    await browser.know(clock, EMAIL)
    provider.now = clock() // 1_000_000
    elsewhere = await owner.over_there(await owner.leaves(SAFE, CONNECT))
    assert (await other.client.get(elsewhere)).status_code == 410, "nor does another browser connect it"
    assert (await owner.client.get(elsewhere)).headers["location"] == SAFE
    assert "Terhubung" in await owner.reads("/keamanan")
    assert await rows(company, "person") == people
    assert "1027" in await owner.reads("/data")
    await company.settled()
    assert "Cara masuk baru" in company.post.sent[-1].subject
    assert "menghubungkan akun Google LLC" in await owner.reads("/keamanan")
    assert (await other.comes()).headers["location"] == CENTRE
    assert "1027" not in await other.reads("/data")
    await _put_away(company, owner)
    assert (await rows(company, "connection"), await rows(company, "ident WHERE field = 'sign_in'")) == (0, 0)
    assert (await other.client.get(f"{CENTRE}/data")).headers["location"] == CENTRE, "its sessions ended with it"
    other.client.cookies.clear()
    assert (await other.comes()).headers["location"] == NEW


async def _not_yet(company: Company, owner: Guest) -> None:
    """A mailed link alone connects nothing, whatever form is posted."""
    who = await company.desk.read(lambda s: visitors.present(s, owner.cookie("session"), owner.cookie("device")))
    leaving = Leaving("google", "id", ORIGIN + BACK, frozenset(QUESTIONS), who)
    with pytest.raises(Refused):
        await depart(company.desk, company.surface.providers["google"], leaving)


async def _put_away(company: Company, owner: Guest) -> None:
    """Press the button that disconnects."""
    form = form_to((await owner.client.get(SAFE)).text, CONNECT.removeprefix(f"/{SLUG}"), f"/{SLUG}")
    assert (await owner.client.post(CONNECT, data=hidden(form))).headers["location"] == SAFE
    assert "1027" not in await owner.reads("/data")


@one_engine
async def test_a_second_factor_is_asked_for_past_a_provider_and_sql_brings_no_connection_back(
    company, provider, guest, other, clock
):  # fmt: skip
    """Decision 0047 holds: the provider is one way to the door, the code the only one through it."""
    await guest.begins()
    page = (await guest.client.get(f"{SAFE}/kunci")).text
    codes = pyotp.TOTP(re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)[1].replace(" ", ""))
    form = hidden(next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'value="enrol"' in each))
    done = await guest.client.post(f"{SAFE}/kunci", data=form | {"code": codes.at(clock() // 1_000_000)})
    assert done.status_code == 200
    assert (await guest.again()).headers["location"] == CENTRE
    assert "Sari Contoh" not in await guest.reads("/data")
    assert f'action="{CENTRE}/kode"' in (await guest.client.get(f"{CENTRE}/data")).text
    store, mine = company.desk.store, "SELECT person, secret, org, provider, made, mac, ledger_id FROM connection"
    (row,) = await store.read(lambda tx: tx.all(mine))
    await other.client.get(CENTRE)
    provider.changed = {"sub": "2048"}
    await other.begins()
    (theirs,) = [r for r in await store.read(lambda tx: tx.all(mine)) if r[0] != row[0]]
    await store.write(lambda tx: tx.run("UPDATE ident SET person = $1 WHERE blind_index = $2", row[0], theirs[1]))
    await store.write(lambda tx: tx.run("UPDATE connection SET person = $1 WHERE secret = $2", row[0], theirs[1]))
    assert (await other.again()).status_code == 500
    assert "connection_tampered" in company.desk.alarms


@one_engine
async def test_an_address_is_added_by_its_own_mailbox_and_two_accounts_are_not_made_one(
    company, provider, guest, other, clock
):  # fmt: skip
    """Just signed in, typed twice, told; the address is a way in from then on."""
    await guest.begins()
    assert "Tambah alamat e-mail" in await guest.reads("/perbaiki")
    clock.forward(seconds=601)
    assert "sepuluh menit" in words((await _asks(guest, "sari@surat.example")).text)
    provider.now = clock() // 1_000_000
    await guest.again()
    assert (await _asks(guest, "sari@surat.example")).status_code == 303
    link = await _pindah(company, "sari@surat.example")
    for typed, status in (("lain@surat.example", 422), ("sari@surat.example", 303)):
        page = await other.client.get(link)
        done = await other.client.post(f"{CENTRE}/pindah", data=hidden(page.text) | {"email": typed})
        assert done.status_code == status, words(done.text)[:300]
    assert (await guest.client.get(f"{CENTRE}/data")).status_code == 303, "its sessions ended"
    await company.settled()
    assert (company.post.sent[-1].to, "ditambahkan" in company.post.sent[-1].subject) == ("sari@surat.example", True)
    await guest.again()
    assert "sari@surat.example" in await guest.reads("/data")
    browser = await company.centre("sari@surat.example")
    assert "menambahkan alamat e-mail" in words(await browser.get(f"{CENTRE}/pemakaian"))
    assert (await rows(company, "person WHERE population = 'user'"), await company.strange()) == (1, [])


@one_engine
async def test_an_address_of_somebody_else_is_not_taken_by_an_account_of_a_provider(company, provider, guest):
    await company.comes(EMAIL, "profile")
    await guest.begins()
    people = await rows(company, "person")
    assert (await _asks(guest, EMAIL)).status_code == 303, "the asker is not told whose it is"
    page = await guest.client.get(await _pindah(company, EMAIL))
    done = await guest.client.post(f"{CENTRE}/pindah", data=hidden(page.text) | {"email": EMAIL})
    assert (done.status_code, "dua akun tidak kami gabung" in words(done.text)) == (422, True)
    assert (await rows(company, "person"), await company.strange()) == (people, [])
    assert EMAIL not in (await company.centre(EMAIL)).page


@one_engine
async def test_a_consent_for_a_recipient_without_a_channel_is_named_on_every_page(company, guest):
    """In the copy that its person takes home, and where staff write down that it is taken back."""
    await guest.begins()
    who = await company.desk.read(lambda s: visitors.present(s, guest.cookie("session"), guest.cookie("device")))
    paper = (await export(company.desk, who, "html", "id")).body.decode()
    assert ", Google LLC" in paper
    desk = await company.staff("privacy_desk")
    assert ", Dapur Contoh" in await desk.text("/konsol/permohonan/catat/withdrawal")


async def _asks(guest: Guest, email: str) -> httpx.Response:
    """Type an address into the form that adds it."""
    form = form_to((await guest.client.get(f"{CENTRE}/perbaiki")).text, "/pusat-privasi/alamat", f"/{SLUG}")
    return await guest.client.post(f"{CENTRE}/alamat", data=hidden(form) | {"email": email})


async def _pindah(company: Company, to: str) -> str:
    """Take the link out of the newest letter to an address."""
    await company.settled()
    mail = next(mail for mail in reversed(company.post.sent) if mail.to == to and "/pindah/" in mail.text)
    return re.search(rf"/{SLUG}\S+?/pindah/\S+", mail.text)[0]


@one_engine
async def test_an_erasure_takes_the_connection_along(company, provider, guest, other):
    """Whoever began by a provider reads on the page what others get by mail; the account is new here afterwards."""
    await guest.begins()
    assert "tidak dapat diputuskan" in await guest.reads("/keamanan")
    page = await guest.client.get(f"{CENTRE}/hapus")
    assert "tidak ada e-mail yang membawanya" in words(page.text)
    asked = await guest.client.post(
        f"{CENTRE}/hapus", data=hidden(form_to(page.text, "/pusat-privasi/hapus", f"/{SLUG}"))
    )
    assert asked.status_code == 303
    assert asked.headers["location"].startswith(f"/{SLUG}/c/"), "no letter brings the certificate: the page leads to it"
    await company.passes()
    await company.settled()
    tables = ("person", "record", "sealed", "connection", "ident", "session", "device", "consent", "state")
    assert [await rows(company, table) for table in tables] == [0] * len(tables)
    assert not company.post.sent
    assert (await other.comes()).headers["location"] == NEW


@one_engine
async def test_what_the_notice_does_not_declare_lets_nobody_in(company, provider, guest):
    """A version that declares the way no more closes it, and a required claim that is missing is told by name."""
    provider.changed = {"name": ""}
    assert (await guest.comes()).headers["location"] == NEW
    missing = await guest.client.get(NEW)
    assert missing.status_code == 400
    assert "nama" in words(missing.text)
    notice = company.desk.notice
    closed = msgspec.structs.replace(notice, points={n: p for n, p in notice.points.items() if n != "google_sign_in"})
    assert (unfit(notice, "google"), unfit(closed, "google"), way(closed, "google")) == ("", "point", None)


@one_engine
async def test_a_token_that_is_not_ours_lets_nobody_in(company, provider, guest, monkeypatch):
    """Of another issuer, for another client, with another nonce, over; unsigned, or signed with the public key."""
    strange = (
        {"iss": "https://other.example"},
        {"aud": "somebody-else"},
        {"nonce": "x" * 43},
        {"exp": 1},
        {"azp": "x"},
    )
    for changed in strange:
        provider.changed = changed
        assert "tidak dapat diverifikasi" in await refused(company, await guest.comes()), changed
    provider.changed = {}
    public, key = provider.key.as_pem(private=False), provider.key

    def unsigned(_head, text, _key, _algorithms):
        head = _b64(b'{"alg":"none"}')
        return f"{head}.{_b64(text.encode())}."

    def confused(_head, text, _key, _algorithms):
        secret = jwk.OctKey.import_key(public)
        return _signed({"alg": "HS256", "kid": key.kid}, text, secret, ["HS256"])

    _signed = jws.serialize_compact
    for forged in (unsigned, confused):
        monkeypatch.setattr(jws, "serialize_compact", forged)
        await refused(company, await guest.comes())


@one_engine
async def test_what_came_back_once_comes_back_no_more(company, provider, guest, other):
    """The same address twice; a state of another browser; a state made up; one that waited too long."""
    back = await guest.over_there(await guest.leaves())
    assert "sudah berakhir" in words((await other.client.get(back)).text)
    made_up = re.sub(r"state=[^&]+", "state=" + "A" * 43, back)
    assert (await guest.client.get(made_up)).status_code == 410
    assert (await guest.client.get(f"{back}&state=twice")).status_code == 410
    assert (await guest.client.get(back)).status_code == 303, "neither of them took it away"
    assert (await guest.client.get(back)).status_code == 410
    late = await guest.over_there(await guest.leaves())
    company.clock.forward(seconds=601)
    assert (await guest.client.get(late)).status_code == 410
    assert await rows(company, "person") == 0


@one_engine
async def test_a_code_of_somebody_else_is_no_way_in(company, provider, guest, other):
    """Injected into one's own state: the code is bound to another verifier, and the attacker's to their own browser."""
    theirs = dict(parse_qsl(urlsplit(await other.over_there(await other.leaves())).query))
    mine = dict(parse_qsl(urlsplit(await guest.over_there(await guest.leaves())).query))
    answer = await guest.client.get(BACK, params=mine | {"code": theirs["code"]})
    assert answer.status_code == 400
    assert not [c for c in answer.headers.get_list("set-cookie") if "session" in c]
    assert await rows(company, "person") == 0


@one_engine
async def test_new_keys_are_fetched_and_a_provider_that_is_down_leaves_nothing_half_done(company, provider, guest):
    await guest.begins()
    provider.key, old = jwk.RSAKey.generate_key(2048, {"kid": "b", "use": "sig"}), provider.key
    company.clock.forward(seconds=61)
    provider.now += 61
    assert (await guest.again()).headers["location"] == CENTRE
    provider.key = old
    guest.client.cookies.clear()
    back = await guest.over_there(await guest.leaves())
    provider.broken = 503
    down = await guest.client.get(back)
    assert (down.status_code, "tidak menjawab" in down.text) == (503, True)
    assert await rows(company, "errand") == 0
    company.clock.forward(hours=2)
    left = await guest.leaves()
    assert (left.status_code, "tidak menjawab" in left.text) == (503, True)
    assert "Lanjutkan" not in words(left.text)
    assert await rows(company, "errand") == 0


@one_engine
async def test_no_page_leads_where_a_stranger_says(company, provider, guest):
    left = await guest.leaves()
    assert dict(parse_qsl(urlsplit(unescape(re.search(r'url=([^"]+)"', left.text)[1])).query))["redirect_uri"] == (
        f"{ORIGIN}{BACK}"
    )
    back = await guest.over_there(left)
    answer = await guest.client.get(
        f"{back}&next=https://evil.example&redirect_uri=https://evil.example&back=//evil.example"
    )
    assert answer.headers["location"] == NEW
    strange = await guest.leaves(next="https://evil.example")
    assert strange.status_code == 403
