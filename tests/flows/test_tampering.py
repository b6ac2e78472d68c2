"""Rows changed by SQL: one alarm an hour, one bad row holds up no other, a certificate says what we wrote."""

import pytest

from tepati.errors import NotFound, Tampered
from tepati.flows.acts.campaign import Sent, campaign
from tepati.flows.acts.erase import Ask, completed, destroyed, read_certificate, request
from tepati.flows.acts.receipt import receipt
from tepati.flows.desk import Desk
from tepati.flows.tick import tick
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import count, guest, hired, lines, person_of

STANDS = (
    "INSERT INTO standing (person, purpose, question, org, until, blocked, told)"
    " VALUES ($1, 'offers', 'offers_by_email', 'home-cleaning', 9000000000000000, 0, 1)"
    " ON CONFLICT (person, purpose, question) DO UPDATE SET until = excluded.until, blocked = 0, told = 1"
)


async def broken(store: Store, person: bytes) -> None:
    await store.write(lambda tx: tx.run("UPDATE state SET version = version + 1 WHERE person = $1", person))


async def test_a_repeated_alarm_is_one_line_an_hour(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """Fifty reads of a forged row: one line at once, one that counts the rest, once the hour is over."""
    await guest(desk, post)
    person = await person_of(desk)
    await broken(store, person)
    clock.at -= clock.at % 3_600_000_000
    before = len(await lines(desk, "alarm", "tampered"))
    for _ in range(50):
        with pytest.raises(Tampered):
            await desk.write(lambda sheet: sheet.facts(person))
    await desk.settle_refusals()
    assert len(await lines(desk, "alarm", "tampered")) == before + 1
    assert len(desk.alarms) == 1
    clock.forward(hours=1)
    assert desk.repeated.take(desk.now(), "")[0].n == 49
    with pytest.raises(Tampered):
        await desk.write(lambda sheet: sheet.facts(person))
    assert len(await lines(desk, "alarm", "tampered")) == before + 2, "a new hour, a new line"


async def test_one_forged_person_does_not_stop_a_campaign(desk: Desk, post: Post, store: Store) -> None:
    """The others get their letter, the alarm is raised, and who was refused is counted in a line."""
    await guest(desk, post, 1)
    await guest(desk, post, 2, identity__email="dua@contoh.example")
    await broken(store, await person_of(desk))
    editor = await hired(desk, "editor")
    assert await campaign(desk, editor, "offer") == Sent(1, 0)
    assert await count(store, "observation WHERE outcome = 'tampered'") == 1
    assert await campaign(desk, editor, "offer") == Sent(0, 1), "one a week"


async def test_who_is_refused_after_the_prefilter_is_counted_in_a_line(desk: Desk, post: Post, store: Store) -> None:
    """SQL that makes the prefilter let somebody by gains a line of the refusal, and no letter."""
    await guest(desk, post, yes=False)
    person = await person_of(desk)
    await store.write(lambda tx: tx.run(STANDS, person))
    assert await campaign(desk, await hired(desk, "editor"), "offer") == Sent(0, 1)
    assert await lines(desk, "send", "refused") == ["messages.offer"]


@pytest.mark.parametrize("change", ["body = replace(body, '\"left\":0', '\"left\":1')", "erased = erased + 1"])
async def test_a_certificate_changed_by_sql_opens_for_nobody(
    desk: Desk, post: Post, store: Store, change: str
) -> None:  # fmt: skip
    """Its facts are under a MAC; another's certificate still grows."""
    one = await guest(desk, post, 1)
    two = await guest(desk, post, 2, identity__email="dua@contoh.example")
    clerk = await hired(desk, "privacy_desk")
    first = await request(desk, clerk, Ask(one, "counter", "in_person"))
    await tick(desk, post)
    forged = post.link("certificate")
    await request(desk, clerk, Ask(two, "counter", "in_person"))
    await tick(desk, post)
    sound = post.link("certificate")
    await store.write(lambda tx: tx.run(f"UPDATE certificate SET {change} WHERE number = $1", first.number))
    for read in (read_certificate, receipt):
        with pytest.raises(Tampered):
            await read(desk, forged)
    assert await destroyed(desk, 99) == 1
    assert await completed(desk) == 0 or not (await read_certificate(desk, sound)).copies
    assert (await read_certificate(desk, sound)).destroyed
    with pytest.raises(NotFound):
        await read_certificate(desk, "0" * 48)
    assert await count(store, "observation WHERE outcome = 'tampered'") == 1
