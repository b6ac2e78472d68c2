"""Signing in: each code once, the same refusal for all, and the throttle before the work."""

import asyncio

import pyotp
import pytest

from tepati.errors import Refused, Unavailable
from tepati.flows import passwords
from tepati.flows.acts.staff import Newcomer, sign_in, signed_in, welcome
from tepati.flows.desk import Desk
from tepati.store.port import Store
from tests.conftest import Clock

EMAIL, PASSWORD = "dimas@fineclean.example", "kata sandi panjang"


async def factor(desk: Desk) -> str:
    """Let a dispatcher in, and return the key of their authenticator."""
    return (await welcome(desk, Newcomer("Dimas", EMAIL, "0812 0000 1111", PASSWORD, ("dispatcher",)))).factor


def code(secret: str, clock: Clock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.at // 1_000_000 + 30 * steps)


async def test_a_code_works_once(desk: Desk, clock: Clock) -> None:
    """A code read over a shoulder, or off the wire, is worth nothing within its half minute, nor is an older one."""
    secret = await factor(desk)
    old = code(secret, clock, -1)
    token = await sign_in(desk, EMAIL, PASSWORD, code(secret, clock))
    assert (await signed_in(desk, token)).roles == ("dispatcher",)
    for used in (code(secret, clock), old):
        with pytest.raises(Refused):
            await sign_in(desk, EMAIL, PASSWORD, used)
    clock.forward(seconds=30)
    assert await sign_in(desk, EMAIL, PASSWORD, code(secret, clock))


async def test_one_code_used_at_once_by_four_opens_one_session(desk: Desk, clock: Clock, store: Store) -> None:
    """The race for one code has one winner."""
    given = code(await factor(desk), clock)
    ends = await asyncio.gather(*(sign_in(desk, EMAIL, PASSWORD, given) for _ in range(4)), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Refused", "Refused", "Refused", "str"]
    row = await store.read(lambda tx: tx.one("SELECT count(*) FROM session"))
    assert row == (1,)


@pytest.mark.parametrize("email", [EMAIL, "nobody@fineclean.example", "no address"])
async def test_after_five_failures_nothing_is_hashed(desk: Desk, clock: Clock, monkeypatch, email: str) -> None:
    """Known, unknown or no address at all: the sixth try is told to wait, and argon2 is not asked."""
    asked: list[str] = []

    async def wrong(known: str, _password: str) -> bool:
        asked.append(known)
        return False

    monkeypatch.setattr(passwords, "verified", wrong)
    await factor(desk)
    for _ in range(passwords.FAILURES):
        with pytest.raises(Refused) as refused:
            await sign_in(desk, email, PASSWORD, "000000")
        assert refused.value.code == "sign_in_failed"
    with pytest.raises(Unavailable):
        await sign_in(desk, f" {email.upper()}", PASSWORD, "000000")
    assert len(asked) == passwords.FAILURES, "every refusal cost the same work, the sixth none"
    clock.at += passwords.WINDOW
    with pytest.raises(Refused):
        await sign_in(desk, email, PASSWORD, "000000")


async def test_failures_are_in_the_ledger_as_a_number(desk: Desk, clock: Clock) -> None:
    """Failed sign-ins of a minute are one line: how many, and nobody's address."""
    await factor(desk)
    for _ in range(3):
        with pytest.raises(Refused):
            await sign_in(desk, EMAIL, PASSWORD, "000000")
    clock.forward(seconds=60)
    (line,) = desk.refusals.take(clock.at, "ab" * 32)
    assert (line.act, line.answer, line.n, line.opening) == ("sign_in", "refused", 3, "")


async def test_more_sign_ins_than_the_queue_holds_are_sent_away(monkeypatch) -> None:
    """A flood waits in no memory."""
    monkeypatch.setattr(passwords, "QUEUE", 2)
    work = [passwords.verified(passwords.NOBODY, "x") for _ in range(6)]
    ends = await asyncio.gather(*work, return_exceptions=True)
    assert [end for end in ends if end is not False] == [end for end in ends if isinstance(end, Unavailable)]
    assert len([end for end in ends if isinstance(end, Unavailable)]) == 4
