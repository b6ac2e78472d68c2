"""The outbox: every mail leaves at least once, always under the same name, and its body does not outlive it."""

import msgspec

from tepati.registers import outbox
from tepati.registers.backoff import pause
from tepati.registers.outbox import Mail, Waiting
from tepati.store.port import Store
from tests.conftest import Clock, Seeded
from tests.registers.calls import then

ORG, LEASE = "a", 60_000_000


async def _one(store: Store, random: Seeded, clock: Clock) -> Mail:
    mail = Mail(random(16), random(16), "confirm", clock.at, random(16), b"sealed body", ledger_id=random(16))
    await store.write(lambda tx: outbox.add(tx, ORG, mail, mail.ledger_id))
    return mail


async def _claim(store: Store, clock: Clock, limit: int = 100) -> list[Mail]:
    return await store.write(lambda tx: outbox.claim(tx, ORG, clock.at, limit, LEASE))


async def test_a_mail_leaves_and_its_body_goes(store: Store, random: Seeded, clock: Clock) -> None:
    """Claimed whole, sent, and then no sealed byte of it stays; the row goes with the sweep."""
    mail = await _one(store, random, clock)
    (mine,) = await _claim(store, clock)
    assert mine == msgspec.structs.replace(mail, attempts=1, taken=clock.at + LEASE)
    assert await store.write(lambda tx: outbox.done(tx, mine, clock.at))
    assert not await store.write(lambda tx: outbox.done(tx, mine, clock.at))
    assert await store.read(lambda tx: tx.all("SELECT state, blob FROM outbox")) == [("sent", b"")]
    assert await store.read(lambda tx: outbox.waiting(tx, ORG)) == Waiting(0, 0, None)
    assert await store.read(lambda tx: outbox.of(tx, mail.person)) == []
    clock.forward(days=400)
    assert await _claim(store, clock) == []
    assert await store.write(lambda tx: outbox.sweep(tx, ORG, clock.at, 10)) == 1
    assert await store.read(lambda tx: tx.all("SELECT mail FROM outbox")) == []


async def test_a_mail_refused_at_the_door_goes_too(store: Store, random: Seeded, clock: Clock) -> None:
    """A no said since it was written: noted as refused, never sent."""
    await _one(store, random, clock)
    (mine,) = await _claim(store, clock)
    await store.write(lambda tx: outbox.done(tx, mine, clock.at, "refused"))
    assert await store.read(lambda tx: tx.all("SELECT state, blob FROM outbox")) == [("refused", b"")]


async def test_workers_killed_anywhere_lose_nothing(store: Store, random: Seeded, clock: Clock) -> None:
    """Killed before sending, or between the server's yes and the note of it: every mail arrives, under one name."""
    made = [await _one(store, random, clock) for _ in range(12)]
    arrived: list[str] = []
    for _ in range(40):
        for mine in await _claim(store, clock, limit=5):
            fate = random(1)[0] % 3
            if fate >= 1:
                arrived.append(outbox.message_id(mine.mail, "a.example"))
            if fate == 2:
                await store.write(then(outbox.done, mine, clock.at))
        clock.at += LEASE
    names = {outbox.message_id(mail.mail, "a.example") for mail in made}
    assert set(arrived) == names
    assert len(arrived) > len(names), "at least once is not exactly once: this run shows it"
    assert await store.read(lambda tx: outbox.waiting(tx, ORG)) == Waiting(0, 0, None)


async def test_a_mail_that_fails_is_tried_again_and_given_up(store: Store, random: Seeded, clock: Clock) -> None:
    """Twelve tries over hours; then it is failed, counted, and its body waits for its sender's decision."""
    mail = await _one(store, random, clock)
    begin = clock.at
    ends = []
    for _ in range(outbox.TRIES):
        (mine,) = await _claim(store, clock)
        ends.append(await store.write(then(outbox.failed, mine, clock.at)))
        clock.at += pause(mine.attempts, mine.mail)
    assert ends == [False] * (outbox.TRIES - 1) + [True]
    assert 3_600_000_000 * 4 < clock.at - begin < 3_600_000_000 * 10
    assert await _claim(store, clock) == []
    assert await store.read(lambda tx: outbox.waiting(tx, ORG)) == Waiting(0, 1, None)
    assert [m.blob for m in await store.read(lambda tx: outbox.of(tx, mail.person))] == [b"sealed body"]


async def test_a_mail_no_server_will_take_is_given_up_at_once(store: Store, random: Seeded, clock: Clock) -> None:
    """A mailbox that does not exist is not asked twelve times."""
    await _one(store, random, clock)
    await _one(store, random, clock)
    first, second = await _claim(store, clock)
    assert await store.write(lambda tx: outbox.failed(tx, first, clock.at, final=True))
    assert not await store.write(lambda tx: outbox.failed(tx, second, clock.at))
    assert await store.read(lambda tx: outbox.waiting(tx, ORG)) == Waiting(1, 1, clock.at)
    assert await store.read(lambda tx: outbox.oldest_due(tx, ORG)) == clock.at


async def test_the_name_of_a_mail_is_its_own(random: Seeded) -> None:
    """RFC 5322: one Message-ID for one mail, the same at every try, and no two mails share it."""
    one, two = random(16), random(16)
    assert (
        outbox.message_id(one, "a.example")
        == outbox.message_id(one, "a.example")
        != outbox.message_id(two, "a.example")
    )
    assert outbox.message_id(b"\x01" * 16, "a.example") == "01" * 16 + "@a.example"
