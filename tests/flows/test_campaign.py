"""A promotion goes to those whose state allows it, each asked again; nothing leaves without the relay's agreement."""

import dataclasses

import msgspec
import pytest

from tepati.errors import NotFound, Refused
from tepati.flows.acts.agreements import agreements
from tepati.flows.acts.campaign import Sent, campaign
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.preview import preview
from tepati.flows.acts.staff import undertake
from tepati.flows.acts.withdraw import withdraw
from tepati.flows.desk import Desk
from tepati.registers import counters
from tepati.rules.policy import compile as compiled
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import count, guest, hired, lines

YEARS = 2 * 366


def observing(desk: Desk, purpose: str) -> Desk:
    """Put one purpose under ``enforce: observe``: a pilot counts what it would refuse."""
    said = msgspec.structs.replace(desk.notice.purposes[purpose], enforce="observe")
    notice = msgspec.structs.replace(desk.notice, purposes={**desk.notice.purposes, purpose: said})
    return dataclasses.replace(desk, notice=notice, policy=compiled(notice))


async def test_only_those_who_said_yes_get_it(desk: Desk, post: Post, clock: Clock) -> None:
    """Yes, no, never confirmed, taken back, run out: one of five is written to."""
    await guest(desk, post, 1, identity__email="ya@contoh.example")
    await guest(desk, post, 2, yes=False, identity__email="tidak@contoh.example")
    await collect(desk, booking(desk, 3, identity__email="belum@contoh.example"))
    await guest(desk, post, 4, identity__email="cabut@contoh.example")
    editor = await hired(desk, "editor")
    assert await campaign(desk, editor, "offer") == Sent(2, 0)
    await deliver(desk, post)
    await withdraw(desk, post.link("confirm", "cabut@contoh.example"), "id")
    before = len(post.sent)
    clock.forward(days=8)  # the limit is one a week
    assert await campaign(desk, editor, "offer") == Sent(1, 0)
    await deliver(desk, post)
    assert [mail.to for mail in post.sent[before:]] == ["ya@contoh.example"]
    assert post.sent[-1].unsubscribe
    clock.forward(days=YEARS)
    editor = dataclasses.replace(editor, undertaken=await undertake(desk, editor.person))
    assert await campaign(desk, editor, "offer") == Sent(0, 0), "the yes was given for two years"


async def test_a_no_between_queue_and_departure_counts(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """What is queued is asked again when it leaves; withdrawing twice is the same as once and is counted once."""
    await guest(desk, post)
    editor = await hired(desk, "editor")
    await campaign(desk, editor, "offer")
    await deliver(desk, post)
    token = post.link("confirm")
    clock.forward(days=8)
    await campaign(desk, editor, "offer")
    for _ in range(2):
        await withdraw(desk, token, "id")
    assert (await deliver(desk, post)).refused == 1
    assert await count(store, "outbox WHERE state = 'refused' AND length(blob) = 0") == 1
    sums = await desk.read(lambda sheet: counters.on(sheet.tx, desk.org))
    assert sums["rights.withdrawal.within"][counters.DONE].n == 1
    assert counters.LATE not in sums["rights.withdrawal.within"]


@pytest.mark.parametrize("role", ["dispatcher", "privacy_desk", "outside_counsel"])
async def test_who_may_not_send_is_refused_and_written_down(desk: Desk, post: Post, store: Store, role: str) -> None:
    """Only a role for the purpose that may send; a preview counts nobody for the others either."""
    await guest(desk, post)
    actor = await hired(desk, role)
    with pytest.raises(Refused) as refused:
        await preview(desk, actor, "offer")
    assert refused.value.promise == f"roles.{role}"
    assert await lines(desk, "send", "refused") == [f"roles.{role}"]
    assert await count(store, "outbox WHERE state = 'open'") == 0
    with pytest.raises(NotFound):
        await campaign(desk, actor, "hadiah")


async def test_without_the_relays_agreement_nothing_leaves_and_nothing_is_lost(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """UU PDP Art. 51: no paper, no mail. All letters wait, the refusal is counted; the paper lets them go."""
    await collect(desk, booking(desk))
    await store.write(lambda tx: tx.run("DELETE FROM agreement"))
    for _ in range(20):
        done = await deliver(desk, post)
        assert (done.sent, done.refused, done.failed) == (0, 1, 0)
        clock.forward(hours=1)
    assert post.sent == []
    await desk.settle_refusals()
    assert set(await lines(desk, "refuse", "refused")) == {"recipients.mailer.agreement"}
    await agreements(desk, await hired(desk, "director"), "mailer", (clock(), clock() + 1_000_000), b"kertas")
    assert (await deliver(desk, post)).sent == 1


@pytest.mark.parametrize("hours", [-1, 1])
async def test_an_agreement_holds_in_its_term_only(desk: Desk, post: Post, clock: Clock, hours: int) -> None:
    """Before its first and after its last instant it is none."""
    clerk = await hired(desk, "privacy_desk")
    start = clock() + hours * 3_600_000_000
    await agreements(desk, clerk, "mailer", (start, start + 60_000_000) if hours > 0 else (start, clock()), b"kertas")
    await collect(desk, booking(desk))
    assert (await deliver(desk, post)).sent == 0


async def test_an_agreement_that_another_replaced_is_not_in_force_again(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:  # fmt: skip
    """Its row verifies by its own MAC, put back by SQL: nothing leaves, until an act says so."""
    clerk = await hired(desk, "director")
    columns = "since, until, document, mac"
    long, short = (clock(), clock() + 10**15), (clock(), clock() + 60_000_000)
    await agreements(desk, clerk, "mailer", long, b"kertas")
    old = await store.read(lambda tx: tx.one(f"SELECT {columns} FROM agreement WHERE recipient = 'mailer'"))
    await agreements(desk, clerk, "mailer", short, b"kertas")
    clock.forward(hours=1)
    sets = "since = $1, until = $2, document = $3, mac = $4"
    await store.write(lambda tx: tx.run(f"UPDATE agreement SET {sets} WHERE recipient = 'mailer'", *old))  # type: ignore[misc]
    await collect(desk, booking(desk))
    assert (await deliver(desk, post)).sent == 0
    assert desk.alarms == []
    await agreements(desk, clerk, "mailer", long, b"kertas")
    assert (await deliver(desk, post)).sent == 1


async def test_a_forged_agreement_sends_nothing_and_raises_one_alarm(desk: Desk, post: Post, store: Store) -> None:
    """An agreement written by SQL does not verify: nothing leaves, nothing crashes, one alarm."""
    await collect(desk, booking(desk))
    await store.write(lambda tx: tx.run("UPDATE agreement SET recipient = 'mailer', until = until - 1"))
    for _ in range(3):
        assert (await deliver(desk, post)).sent == 0
    assert desk.alarms == ["agreement_tampered"]
    assert await count(store, "observation WHERE outcome = 'tampered'") == 1


async def test_what_is_only_observed_opens_nothing(desk: Desk, post: Post, store: Store) -> None:
    """Under ``enforce: observe`` a use that would be refused is counted and gets no value: look and letter alike."""
    number = await guest(desk, post)
    pilot = observing(observing(desk, "orders"), "offers")
    actor = await hired(pilot, "dispatcher")
    seen = await look(pilot, actor, Wish(number, "orders", frozenset({"identity.email"})))
    assert (seen.values, seen.observed, seen.promise) == ({}, "field_not_seen", "roles.dispatcher")
    allowed = await look(pilot, actor, Wish(number, "orders", frozenset({"identity.name"})))
    assert (allowed.values, allowed.observed) == ({"identity.name": "Ratna Dewi"}, "")
    assert await lines(desk, "look", "observed") == ["roles.dispatcher"]
    with pytest.raises(Refused):
        await look(desk, actor, Wish(number, "orders", frozenset({"identity.email"})))


async def test_an_observed_letter_does_not_leave(desk: Desk, post: Post, clock: Clock) -> None:
    """A promotion queued, its yes withdrawn: where promotion is only observed it is counted, and still not sent."""
    await guest(desk, post)
    pilot = observing(desk, "offers")
    editor = await hired(pilot, "editor")
    await campaign(pilot, editor, "offer")
    await deliver(pilot, post)
    token, before = post.link("confirm"), len(post.sent)
    clock.forward(days=8)
    await campaign(pilot, editor, "offer")
    await withdraw(pilot, token, "id")
    done = await deliver(pilot, post)
    assert (done.sent, done.refused, len(post.sent)) == (0, 1, before)
    assert await lines(pilot, "send", "observed") == ["consents.offers_by_email"]
