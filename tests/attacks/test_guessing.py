"""Guessing at doors: many tries at once are no more tries, refusals take the same time, nobody keeps others out."""

import asyncio
import contextlib
import os
import threading
import time

import httpx
import pyotp
import pytest

from tepati.errors import Refused, Unavailable
from tepati.flows import passwords
from tepati.flows.acts.collect import collect
from tepati.flows.acts.enter import LETTERS_A_DAY, ask
from tepati.flows.acts.staff import Newcomer, mark, sign_in, welcome
from tepati.flows.desk import Desk
from tepati.flows.mailboxes import A_DAY, mailbox
from tepati.registers import devices
from tepati.registers.devices import Device
from tepati.store.port import Store
from tepati.web.console import entrance
from tests.attacks.world import A, cell, confirmed, person
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
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


async def test_a_stranger_does_not_keep_a_member_out_of_their_own_browser(desk: Desk, clock: Clock) -> None:
    """A thousand wrong tries, and a table of counts that strangers filled: the browser they signed in with goes on."""
    secret, known = await factor(desk), mark(desk, EMAIL)
    for n in range(passwords.ROOM + 1):
        with contextlib.suppress(Unavailable):
            desk.attempts.begin(n.to_bytes(32), clock.at)
    for _ in range(passwords.FAILURES):
        with contextlib.suppress(Unavailable):
            desk.attempts.begin(bytes.fromhex(known), clock.at)
    right = pyotp.TOTP(secret).at(clock.at // 1_000_000)
    with pytest.raises(Unavailable):
        await sign_in(desk, EMAIL, PASSWORD, right)
    assert await sign_in(desk, f" {EMAIL.upper()} ", PASSWORD, right, known)


@pytest.mark.parametrize("claimed", ["", "another", "absurd \ud800", "upper"])
async def test_guessing_stays_bounded_in_a_known_browser_too(desk: Desk, monkeypatch, claimed: str) -> None:
    """Five of each kind in a window, and whatever is no mark of this very address counts among the strangers'."""
    asked = []

    async def wrong(known: str, _password: str) -> bool:
        asked.append(known)
        return False

    monkeypatch.setattr(passwords, "verified", wrong)
    await factor(desk)
    own = mark(desk, EMAIL)
    false = {"another": mark(desk, "bima@fineclean.example"), "upper": own.upper()}.get(claimed, claimed)
    tries = [sign_in(desk, EMAIL, "x", "000000", browser) for _ in range(16) for browser in (own, false)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(end) for end in ends].count(Refused) == 2 * passwords.FAILURES == len(asked)


async def test_the_door_knows_the_browser_by_a_cookie_that_nobody_can_make(desk: Desk, clock: Clock) -> None:
    """Signed out, and a stranger at the door: the same browser comes in; one with a forged cookie does not."""
    opened, app = console(desk, clock)
    secret = await factor(opened)

    async def come(line: httpx.AsyncClient, password: str = PASSWORD) -> int:
        clock.forward(seconds=30)
        door = hidden(form_to((await line.get(f"{ORG}/konsol/masuk")).text, "/konsol/masuk"))
        code = pyotp.TOTP(secret).at(clock.at // 1_000_000)
        typed = {"email": EMAIL, "password": password, "code": code}
        return (await line.post(f"{ORG}/konsol/masuk", data=door | typed)).status_code

    def browser() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://konsol.fineclean.example")

    async with browser() as own, browser() as stranger, browser() as forger:
        assert await come(own) == 303
        out = hidden(form_to((await own.get(f"{ORG}/konsol/kerahasiaan")).text, "/konsol/keluar"))
        assert (await own.post(f"{ORG}/konsol/keluar", data=out)).status_code == 303
        left = own.cookies["__Host-home-cleaning-staff_session"]
        assert left.startswith("~")
        assert (await own.get(f"{ORG}/konsol")).status_code == 303, "what is left is no session"
        clock.at = (clock.at // passwords.WINDOW + 1) * passwords.WINDOW
        for _ in range(passwords.FAILURES):
            assert await come(stranger, "salah sama sekali") == 403
        assert await come(stranger) == 503
        forger.cookies.set("__Host-home-cleaning-staff_session", left[:-2] + "AA")
        assert await come(forger) == 503
        assert await come(own) == 303


@pytest.mark.parametrize("password", [PASSWORD, "salah sama sekali"])
async def test_a_refused_sign_in_leaves_on_a_beat(desk: Desk, clock: Clock, password: str) -> None:
    """A right password costs a transaction more than a wrong one: the time of a wrong code would tell it."""
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


async def test_one_mailbox_under_many_plus_addresses_is_written_to_ten_times(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """Each address is somebody of their own, and each form is answered alike; the mailbox behind them is spared."""
    for n in range(A_DAY + 5):
        assert (await collect(desk, booking(desk, n, identity__email=f"Sasaran+{n}@contoh.example"))).number
    assert await cell(store, "SELECT count(*) FROM person WHERE population = 'customer'") == A_DAY + 5
    assert await cell(store, "SELECT count(*) FROM link WHERE kind = 'booking'") == A_DAY
    await collect(desk, booking(desk, 90, identity__email="sasaran@contoh.example"))
    assert await cell(store, "SELECT count(*) FROM link WHERE kind = 'booking'") == A_DAY, (
        "the bare address is the same"
    )
    await collect(desk, booking(desk, 91, identity__email="lain+1@contoh.example"))
    clock.forward(hours=24)
    await collect(desk, booking(desk, 92, identity__email="sasaran+again@contoh.example"))
    assert await cell(store, "SELECT count(*) FROM link WHERE kind = 'booking'") == A_DAY + 2


@pytest.mark.parametrize(
    ("address", "box"),
    [("a+b@c.example", "a@c.example"), ("a+b+c@c.example", "a@c.example"), ("a@c.example", "a@c.example"),
     ("+b@c.example", "+b@c.example"), ("a.b@c.example", "a.b@c.example")],
)  # fmt: skip
def test_what_is_one_mailbox(address: str, box: str) -> None:
    assert mailbox(address) == box


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_flood_of_tries_leaves_the_loop_to_other_pages(desk: Desk, clock: Clock, monkeypatch) -> None:
    """Sixty refused at the same instant are drawn in turns: a page asked for then does not wait for them all."""
    _, app = console(desk, clock)
    beat, drawn, there, draw = asyncio.Event(), list[str](), asyncio.Semaphore(0), entrance.opened

    def busy() -> None:
        raise Unavailable("sign_in_wait")

    async def together(_started: float) -> None:
        there.release()
        await beat.wait()

    def counted(*args: object):
        drawn.append("try")
        return draw(*args)

    monkeypatch.setattr(passwords, "room", busy)
    monkeypatch.setattr(entrance, "on_the_beat", together)
    line = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://konsol.fineclean.example")
    async with line:
        page = f"https://fineclean.example{ORG}/"
        await line.get(page)  # its template is read once
        door = hidden(form_to((await line.get(f"{ORG}/konsol/masuk")).text, "/konsol/masuk"))

        async def wrong(n: int) -> None:
            typed = {"email": f"siapa{n}@contoh.example", "password": "x", "code": "000000"}
            assert (await line.post(f"{ORG}/konsol/masuk", data=door | typed)).status_code == 503

        tries = [asyncio.create_task(wrong(n)) for n in range(60)]
        for _ in tries:
            await there.acquire()
        monkeypatch.setattr(entrance, "opened", counted)
        beat.set()
        await asyncio.sleep(0)
        assert (await line.get(page)).status_code == 200
        assert len(drawn) < 30, "it was answered between them"
        await asyncio.gather(*tries)
        assert len(drawn) == 60


def test_hashes_stand_back_behind_pages() -> None:
    """Their threads, and the lanes that these start, run when the loop has nothing to do."""
    there = passwords._POOL.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result(10)
    assert there == min(19, os.getpriority(os.PRIO_PROCESS, 0) + passwords.NICE)
