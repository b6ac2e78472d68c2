"""Staff sign in by a passkey as well as by six digits; one factor always remains, and a lost one is taken away."""

import asyncio
import copy
import json
import re
from html import unescape

import httpx
import pyotp
import pytest

from tepati.flows import passwords
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.evidence import troubles
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tests.flows.conftest import desk, keystore, post  # noqa: F401 - fixtures
from tests.flows.people import PASSWORD
from tests.passkeys import Key
from tests.web.office import CONSOLE, ORG, Staff, console, form_to, hidden, words

DOOR, FACTORS, STAFF = "/konsol/masuk", "/konsol/cara-masuk", "/konsol/karyawan"
EMAIL = "dimas@fineclean.example"


class Member(Staff):
    """A member of staff who signs in again and again, by code or by key."""

    def __init__(self, app, clock, email: str, factor: str) -> None:
        line = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=CONSOLE)
        super().__init__(line)
        self.clock, self.email, self.codes = clock, email, pyotp.TOTP(factor)

    async def come(self, key: Key | None = None, **typed: str) -> int:
        """Sign in; return the status."""
        self.clock.forward(seconds=30)
        self.client.cookies.clear()
        page = (await self.client.get(ORG + DOOR)).text
        said = {"credential": key.get(asked(page))} if key else {"code": self.codes.at(self.clock() // 1_000_000)}
        self.typed = hidden(form_to(page, DOOR)) | {"email": self.email, "password": PASSWORD} | said | typed
        answer = await self.client.post(ORG + DOOR, data=self.typed)
        self.said = words(answer.text)
        return answer.status_code

    async def add(self, key: Key) -> int:
        page = (await self.get(FACTORS)).text
        data = {"do": "passkey", "credential": key.create(asked(page))}
        return (await self.client.post(ORG + FACTORS, data=hidden(form_to(page, FACTORS)) | data)).status_code


def asked(page: str) -> dict:
    return json.loads(unescape(re.search(r'data-options="([^"]*)"', page)[1]))


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """No memory for argon2: nothing here is about it."""

    async def verified(known: str, password: str) -> bool:
        return known == password

    async def hashed(password: str, salt: bytes) -> str:
        return password

    monkeypatch.setattr(passwords, "verified", verified)
    monkeypatch.setattr(passwords, "hashed", hashed)


async def office(desk, clock):  # noqa: F811
    """Let in a dispatcher and a director, with an undertaking each."""
    opened, app = console(desk, clock)
    made = []
    for name, role in (("dimas", "dispatcher"), ("rina", "director")):
        hired = await welcome(
            opened, Newcomer("Dimas", f"{name}@fineclean.example", "0812 0000 2222", PASSWORD, (role,))
        )
        await undertake(opened, hired.person)
        made.append(Member(app, clock, f"{name}@fineclean.example", hired.factor))
    return opened, *made


@pytest.mark.promise("T9")
async def test_staff_sign_in_by_a_passkey_and_never_by_less_than_two_factors(desk, clock):  # noqa: F811
    _, dimas, rina = await office(desk, clock)
    key = Key(CONSOLE)
    assert await dimas.come() == 303
    assert await dimas.add(key) == 303
    assert "Kunci sandi, perangkat lain" in await dimas.text(FACTORS)
    assert await dimas.come(key) == 303
    for wrong in ({"password": "bukan sandinya ini"}, {"email": rina.email}):
        assert await dimas.come(key, **wrong) == 403
    assert await dimas.come(Key(CONSOLE)) == 403
    assert (await dimas.client.post(ORG + DOOR, data=dimas.typed)).status_code == 403
    clock.forward(seconds=300)
    assert await dimas.come(key) == 303
    again = dimas.typed
    dimas.client.cookies.clear()
    assert (await dimas.client.post(ORG + DOOR, data=again)).status_code == 403, "the same answer opens nothing twice"
    assert await dimas.come(key) == 303
    assert "Cara Anda masuk diubah" in await dimas.text("/konsol/catatan-saya")
    clock.forward(seconds=300)
    dimas.client.cookies.clear()
    page = (await dimas.client.get(ORG + DOOR)).text
    typed = dimas.typed | hidden(form_to(page, DOOR)) | {"credential": key.get(asked(page))}
    ends = await asyncio.gather(*(dimas.client.post(ORG + DOOR, data=typed) for _ in range(4)))
    assert sorted(end.status_code for end in ends) == [303, 403, 403, 403], "one answer, sent by four at once"


@pytest.mark.promise("T9")
async def test_a_session_planted_before_the_door_is_never_the_one_that_opens(desk, clock):  # noqa: F811
    """Session fixation: neither another's live session nor an invented one becomes that of whoever signs in."""
    _, dimas, rina = await office(desk, clock)
    assert await rina.come() == 303
    planted = dict(rina.client.cookies.items())
    (name,) = [one for one in planted if one.endswith("staff_session")]
    for value in (planted[name], "A" * 54):
        dimas.client.cookies.clear()
        clock.forward(seconds=30)
        page = (await dimas.client.get(ORG + DOOR)).text
        said = {"email": EMAIL, "password": PASSWORD, "code": dimas.codes.at(clock() // 1_000_000)}
        line = {"cookie": f"{name}={value}"}
        done = await dimas.client.post(ORG + DOOR, data=hidden(form_to(page, DOOR)) | said, headers=line)
        assert done.status_code == 303
        assert dimas.client.cookies[name] != value, "a new one, which nobody knew before"
        assert (await dimas.client.get(f"{ORG}/konsol", headers={"cookie": line["cookie"]})).status_code in (200, 303)
    rina.client.cookies.clear()
    rina.client.cookies.update(planted)
    assert "Direktur" in (await rina.get("/konsol")).text, "what was planted is still whose it was"


async def test_a_screen_left_open_adds_nothing_and_the_last_factor_stays(desk, clock):  # noqa: F811
    _, dimas, _ = await office(desk, clock)
    assert await dimas.come() == 303
    page = (await dimas.get(FACTORS)).text
    form = hidden(form_to(page, FACTORS))
    last = await dimas.client.post(ORG + FACTORS, data=form | {"do": "remove", "key": ""})
    assert (last.status_code, "faktor terakhir" in last.text) == (422, True)
    key = Key(CONSOLE)
    assert await dimas.add(key) == 303
    page, more = (await dimas.get(FACTORS)).text, Key(CONSOLE)
    clock.forward(seconds=600)
    data = {"do": "passkey", "credential": more.create(asked(page))}
    late = await dimas.client.post(ORG + FACTORS, data=hidden(form_to(page, FACTORS)) | data)
    assert (late.status_code, "sepuluh menit" in late.text) == (422, True)
    assert "data-passkey" not in (await dimas.get(FACTORS)).text
    late = await dimas.client.post(ORG + FACTORS, data=form | {"do": "remove", "key": ""})
    assert "sepuluh menit" in late.text
    assert await dimas.come(key) == 303
    page = (await dimas.get(FACTORS)).text
    gone = await dimas.client.post(ORG + FACTORS, data=hidden(form_to(page, FACTORS)) | {"do": "remove", "key": ""})
    assert gone.headers["location"].endswith(DOOR)
    assert await dimas.come() == 403, "the authenticator is gone"
    assert await dimas.come(key) == 303
    page = (await dimas.get(FACTORS)).text
    secret = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)[1].replace(" ", "")
    dimas.codes = pyotp.TOTP(secret)
    data = {"do": "app", "code": dimas.codes.at(clock() // 1_000_000)}
    assert (await dimas.client.post(ORG + FACTORS, data=hidden(form_to(page, FACTORS)) | data)).status_code == 303
    assert await dimas.come() == 303


async def test_who_answers_for_the_staff_takes_a_lost_key_away_and_never_the_last(desk, clock, post):  # noqa: F811
    opened, dimas, rina = await office(desk, clock)
    key, other = Key(CONSOLE), Key(CONSOLE)
    assert await dimas.come() == 303
    assert await dimas.add(key) == 303
    assert await rina.come() == 303
    page = (await rina.get(STAFF)).text
    form = hidden(form_to(page, STAFF)) | {"do": "factor", "email": dimas.email}
    assert (await rina.client.post(ORG + STAFF, data=form | {"key": other.id.hex()})).status_code == 404
    assert (await rina.client.post(ORG + STAFF, data=form | {"key": key.id.hex()})).status_code == 303
    assert (await dimas.get("/konsol")).status_code == 303, "their sessions end"
    assert await dimas.come(key) == 403
    assert (await rina.client.post(ORG + STAFF, data=form | {"key": ""})).status_code == 422
    assert await dimas.come() == 303
    await deliver(opened, post)
    assert [(mail.to, mail.subject) for mail in post.sent] == [
        (EMAIL, "Cara masuk Anda ke konsol ditambah"), (EMAIL, "Cara masuk Anda ke konsol dilepas")
    ], "the member is told of each change, though it was somebody else's; what was refused tells nothing"  # fmt: skip
    assert "/factors/id/" in post.sent[0].text
    mine = (await dimas.get(FACTORS)).text
    no = await dimas.client.post(ORG + STAFF, data=hidden(form_to(mine, FACTORS)) | {"do": "factor"})
    assert no.status_code == 400


async def test_a_copied_key_of_staff_is_stopped_with_every_session(desk, clock, post):  # noqa: F811
    opened, dimas, _ = await office(desk, clock)
    key = Key(CONSOLE)
    assert await dimas.come() == 303
    assert await dimas.add(key) == 303
    twin = copy.copy(key)
    assert await dimas.come(key) == 303
    at_work = {"cookie": "; ".join(f"{one.name}={one.value}" for one in dimas.client.cookies.jar)}
    assert (await dimas.client.get(f"{ORG}/konsol", headers=at_work)).status_code == 200
    assert await dimas.come(twin) == 403
    assert "rupanya ada dua" in dimas.said
    assert (await dimas.client.get(f"{ORG}/konsol", headers=at_work)).status_code == 303
    assert await dimas.come(key) == 403
    assert [(one.promise, one.outcome) for one in await troubles(opened)] == [("security.second_factor", "warded")]
    await deliver(opened, post)
    assert (post.sent[-1].to, "tidak kami terima lagi" in post.sent[-1].subject) == (EMAIL, True)
    assert await dimas.come() == 303
