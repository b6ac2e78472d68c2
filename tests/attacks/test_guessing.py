"""Guessing at doors: many tries at once are no more tries, refusals take the same time, nobody keeps others out."""

import asyncio
import time

import pyotp
import pytest

from tepati.errors import Refused, Unavailable
from tepati.flows import passwords
from tepati.flows.acts.enter import LETTERS_A_DAY, ask
from tepati.flows.acts.staff import Newcomer, sign_in, welcome
from tepati.flows.desk import Desk
from tepati.registers import devices
from tepati.registers.devices import Device
from tepati.store.port import Store
from tests.attacks.world import A, cell, confirmed, person
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import PASSWORD
from tests.web.office import ORG, console, form_to, hidden

EMAIL = "dimas@fineclean.example"


async def factor(desk: Desk) -> str:
    return (await welcome(desk, Newcomer("Dimas", EMAIL, "0812 0000 1111", PASSWORD, ("dispatcher",)))).factor


async def test_sixteen_guesses_at_once_are_five(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A try counts before its work: else whoever sends all of a window's guesses together has as many as they like."""
    asked = []

    async def slow(known: str, _password: str) -> bool:
        asked.append(known)
        await asyncio.sleep(0)
        return False

    monkeypatch.setattr(passwords, "verified", slow)
    await factor(desk)
    ends = await asyncio.gather(*(sign_in(desk, EMAIL, "x", "000000") for _ in range(16)), return_exceptions=True)
    assert [type(end) for end in ends].count(Refused) == passwords.FAILURES == len(asked)
    assert [type(end) for end in ends].count(Unavailable) == 16 - passwords.FAILURES


async def test_who_signs_in_rightly_uses_up_no_try(desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six times within a window, and once while the machine had no time for it."""
    secret = await factor(desk)
    for _ in range(passwords.FAILURES + 1):
        assert await sign_in(desk, EMAIL, PASSWORD, pyotp.TOTP(secret).at(clock.at // 1_000_000))
        clock.forward(seconds=30)

    async def busy(_known: str, _password: str) -> bool:
        raise Unavailable("sign_in_wait")

    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verified", busy)
        for _ in range(passwords.FAILURES + 1):
            with pytest.raises(Unavailable):
                await sign_in(desk, EMAIL, PASSWORD, "000000")
    assert await sign_in(desk, EMAIL, PASSWORD, pyotp.TOTP(secret).at(clock.at // 1_000_000))


@pytest.mark.parametrize("password", [PASSWORD, "salah sama sekali"])
async def test_a_refused_sign_in_leaves_on_a_beat(desk: Desk, clock: Clock, password: str) -> None:
    """A right password costs a transaction more than a wrong one: the time of a wrong code would tell it."""
    import httpx

    opened, app = console(desk, clock)
    await factor(opened)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://konsol.fineclean.example") as line:
        door = (await line.get(f"{ORG}/konsol/masuk")).text
        typed = hidden(form_to(door, "/konsol/masuk")) | {"email": EMAIL, "password": password, "code": "000000"}
        started = time.perf_counter()
        answer = await line.post(f"{ORG}/konsol/masuk", data=typed)
        took = time.perf_counter() - started
    assert answer.status_code == 403
    assert took >= 0.1, "not before the first beat"


async def test_a_strangers_letters_do_not_keep_the_owner_out(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """Who knows an address uses up its links of a day; the owner's known device has its own, and no more than those."""
    await confirmed(desk, post, 1, A)
    who, secret = await person(desk, A), "peramban yang dikenal"
    row = Device(who, desk.vault.index("device", secret), "other", clock.at, clock.at, clock.at + 2**50)
    await store.write(lambda tx: devices.put(tx, desk.mac, desk.org, row, bytes(16)))
    links = "SELECT count(*) FROM link WHERE kind = 'enter'"
    for _ in range(2 * LETTERS_A_DAY):
        await ask(desk, A, "id", "peramban lain")
    assert await cell(store, links) == LETTERS_A_DAY
    for _ in range(2 * LETTERS_A_DAY):
        await ask(desk, A, "id", secret)
    assert await cell(store, links) == 2 * LETTERS_A_DAY
    await ask(desk, "tak.dikenal@contoh.example", "id", secret)


async def test_a_device_that_waits_or_is_over_has_no_letters_of_its_own(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    await confirmed(desk, post, 1, A)
    who = await person(desk, A)
    for secret, known, expires in (("menunggu", 10**12, 2**50), ("lampau", -2, -1)):
        row = Device(who, desk.vault.index("device", secret), "other", clock.at, clock.at + known, clock.at + expires)
        await store.write(lambda tx, row=row: devices.put(tx, desk.mac, desk.org, row, bytes(16)))
    for secret in ("menunggu", "lampau"):
        for _ in range(LETTERS_A_DAY + 2):
            await ask(desk, A, "id", secret)
    assert await cell(store, "SELECT count(*) FROM link WHERE kind = 'enter'") == LETTERS_A_DAY
