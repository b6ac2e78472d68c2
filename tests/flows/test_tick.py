"""The clock: what is due is done, what waits is no failure, one bad duty holds up nobody, what is over is forgotten."""

import pyotp
import pytest

from tepati.errors import Tampered
from tepati.flows.acts import erase
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.staff import Newcomer, sign_in, welcome
from tepati.flows.acts.withdraw import withdraw
from tepati.flows.desk import Desk
from tepati.flows.tick import KEEP, LATER, tick
from tepati.registers import duties
from tepati.store.port import Store, Value
from tests.attacks.world import cell, confirmed, hired
from tests.conftest import Clock
from tests.flows.conftest import Post

PASSWORD = "kata sandi panjang"


async def count(store: Store, table: str) -> Value:
    """Count rows."""
    return await cell(store, f"SELECT count(*) FROM {table}")


async def lines(store: Store) -> Value:
    """Count the lines of the ledger, numbered already or not."""
    return await cell(store, "SELECT (SELECT count(*) FROM log_pending) + (SELECT count(*) FROM log_leaf)")


async def waiting(desk: Desk) -> list[duties.Duty]:
    """Take what is due, as a worker would see it."""
    return await desk.store.write(lambda tx: duties.claim(tx, desk.org, desk.now(), 10, 1))


async def test_an_erasure_waits_for_its_letter_and_that_is_no_failure(
    desk: Desk, post: Post, clock: Clock, store: Store
) -> None:
    """While the letter cannot leave the duty is put back for a minute, untouched; then the person is gone."""
    number = await confirmed(desk, post, 1, "ratna@contoh.example")
    await tick(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "counter", "in_person"))
    post.down = True
    for _ in range(4):
        done = await tick(desk, post)
        assert (done.erased, done.failed) == (0, 0)
        clock.forward(seconds=LATER / 1_000_000)
    [duty] = await waiting(desk)
    assert duty.attempts == 1, "the try of this test alone: waiting counted as no failure"
    post.down = False
    clock.forward(hours=1)
    assert (await tick(desk, post)).mail.sent == 1
    assert await count(store, "sealed WHERE category <> 'staff'") == 0
    assert await count(store, "duty WHERE state = 'open' AND kind = 'erase'") == 0


async def test_a_letter_that_never_leaves_does_not_stop_an_erasure(desk: Desk, post: Post, clock: Clock) -> None:
    """Twelve hours before the limit the erasure happens, its certificate marked untold."""
    number = await confirmed(desk, post, 1, "ratna@contoh.example")
    opened = await request(desk, await hired(desk, "privacy_desk"), Ask(number, "counter", "in_person"))
    post.down = True
    assert (await tick(desk, post)).erased == 0
    clock.at = opened.due - erase.TELL_BEFORE
    assert (await tick(desk, post)).erased == 1


async def test_one_failing_duty_holds_up_nobody(desk: Desk, post: Post, clock: Clock, monkeypatch) -> None:
    """What fails waits longer each time and is tried again; the next duty is carried out in the same round."""
    clerk = await hired(desk, "privacy_desk")
    first = await confirmed(desk, post, 1, "ratna@contoh.example")
    second = await confirmed(desk, post, 2, "lain@contoh.example")
    for number in (first, second):
        await request(desk, clerk, Ask(number, "counter", "in_person"))
        clock.forward(seconds=1)
    await tick(desk, post)
    perform, failed = erase.perform, []

    async def sabotaged(at: Desk, duty: duties.Duty) -> erase.Certificate | None:
        if not failed or failed[0] == duty.duty:
            failed.append(duty.duty)
            raise Tampered("state_mac")
        return await perform(at, duty)

    clock.forward(seconds=LATER / 1_000_000)
    again = [await confirmed(desk, post, n, f"orang{n}@contoh.example") for n in (3, 4)]
    for number in again:
        await request(desk, clerk, Ask(number, "counter", "in_person"))
    monkeypatch.setattr(erase, "perform", sabotaged)
    done = await tick(desk, post)
    assert (done.failed, done.erased) == (1, 1)
    monkeypatch.setattr(erase, "perform", perform)
    assert (await tick(desk, post)).erased == 0, "it waits"
    clock.forward(hours=1)
    assert (await tick(desk, post)).erased == 1


async def test_what_is_over_is_forgotten_and_the_ledger_is_not(
    desk: Desk, post: Post, clock: Clock, store: Store
) -> None:
    """Mails that left go a week later, sessions when they end; lines stay."""
    await confirmed(desk, post, 1, "ratna@contoh.example")
    await tick(desk, post)
    secret = await welcome(desk, Newcomer("Sari", "sari@fineclean.example", "0812 0000 2222", PASSWORD, ("editor",)))
    await sign_in(desk, "sari@fineclean.example", PASSWORD, _code(secret.factor, clock))
    before = await lines(store)
    assert (await count(store, "outbox"), await count(store, "session")) == (2, 1)
    clock.forward(hours=8)
    assert (await tick(desk, post)).swept == 1
    assert (await count(store, "outbox"), await count(store, "session")) == (2, 0)
    clock.at += KEEP
    assert (await tick(desk, post)).swept == 2
    assert await count(store, "outbox") == 0
    assert await lines(store) >= before
    assert (await tick(desk, post)).swept == 0


def _code(factor: str, clock: Clock) -> str:
    return pyotp.TOTP(factor).at(clock.at // 1_000_000)


async def test_a_promotion_reaches_all_who_agreed_and_is_asked_again_when_it_leaves(
    desk: Desk, post: Post, clock: Clock
) -> None:
    """On both engines: queued from the first person on, and a no said after that still counts."""
    for n, email in enumerate(("ratna@contoh.example", "budi@contoh.example")):
        await confirmed(desk, post, n, email)
    await tick(desk, post)
    editor = await hired(desk, "editor")
    assert (await campaign(desk, editor, "offer")).queued == 2
    assert (await tick(desk, post)).mail.sent == 2
    clock.forward(days=8)
    await campaign(desk, editor, "offer")
    await withdraw(desk, post.link("confirm", "ratna@"), "id")
    done = await tick(desk, post)
    assert (done.mail.sent, done.mail.refused) == (2, 1), "who said no after it was queued gets its confirmation only"


@pytest.mark.parametrize("times", [1, 3])
async def test_an_empty_tick_changes_nothing(desk: Desk, post: Post, store: Store, times: int) -> None:
    """Nothing due, nothing written: no line, no mail."""
    for _ in range(times):
        done = await tick(desk, post)
        assert (done.mail.sent, done.erased, done.ended, done.completed, done.failed, done.swept) == (0, 0, 0, 0, 0, 0)
    assert await lines(store) == 0
