"""Erasure on request: nothing is left, or what the law holds and no more; each step waits for the one before."""

import dataclasses

import pytest

from tepati.board.board import board
from tepati.errors import Expired, NotFound, Refused
from tepati.flows import erasure
from tepati.flows.acts import erase
from tepati.flows.acts.audit import audit
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.erase import Ask, cancel, destroyed, outlived, read_certificate, request
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.sweep import sweep
from tepati.flows.certificate import decode, limit
from tepati.flows.desk import Desk
from tepati.flows.tick import tick
from tepati.registers import counters, duties, requests
from tepati.rules.decide import decide
from tepati.rules.facts import Facts, Use
from tepati.store.port import Store
from tepati.store.schema import TABLES
from tepati.vault.reconcile import reconcile
from tepati.vault.roll import roll
from tepati.vault.vault import Vault
from tests.conftest import Clock
from tests.flows.conftest import SLUG, Post
from tests.flows.people import count, guest, hired, lines, paid, person_of
from tests.flows.spy import Killed, SpyStore

COUNTER = "counter", "in_person"
PERSONS = [t.name for t in TABLES if any(c.name == "person" for c in t.columns)]


async def left(desk: Desk, person: bytes) -> dict[str, int]:
    """Read back every table that knows persons."""
    found = {}
    for table in PERSONS:
        row = await desk.store.read(lambda tx, t=table: tx.one(f"SELECT count(*) FROM {t} WHERE person = $1", person))
        if row and row[0]:
            found[table] = int(row[0])
    return found


async def facts_of(desk: Desk, person: bytes) -> Facts:
    found = await desk.read(lambda sheet: desk.vault.facts(sheet.tx, person))
    assert found
    return found[0]


async def test_nothing_is_left_and_the_certificate_says_so(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """No table knows the person any more, no mirror has a key of them, and the letter left before."""
    number = await guest(desk, post)
    person = await person_of(desk)
    clerk = await hired(desk, "privacy_desk")
    opened = await request(desk, clerk, Ask(number, *COUNTER))
    sent = len(post.sent)
    done = await tick(desk, post)
    assert (len(post.sent) - sent, done.erased) == (1, 1)
    assert await left(desk, person) == {}
    assert desk.vault.room.keystore.held(person) == 0
    body = await read_certificate(desk, post.link("certificate"))
    assert (body.number, body.left, body.held, body.told) == (opened.number, 0, {}, "told")
    assert body.keys > 0
    assert body.values > 0
    assert body.openings > 0
    with pytest.raises(NotFound):
        await look(desk, clerk, Wish(number, "requests", frozenset({"identity.name"})))
    await store.write(lambda tx: tx.run("DELETE FROM agreement"))  # the fixture's has no line
    await lines(desk, "erase", "erased")
    assert await audit(desk) == []


async def test_read_back_tells_a_key_that_a_mirror_kept(desk: Desk, post: Post, monkeypatch) -> None:
    """What read-back finds stands on the certificate: it is no constant."""
    number = await guest(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    monkeypatch.setattr(type(desk.vault.room.keystore), "held", lambda _self, _person: 3)
    await tick(desk, post)
    assert (await read_certificate(desk, post.link("certificate"))).left == 3


async def test_the_law_holds_the_name_of_who_paid_and_no_more(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """With a payment UU KUP 28(11) keeps name and payment; address, order and index go, staff see nothing."""
    number = await guest(desk, post)
    person = await person_of(desk)
    await paid(desk, number)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await tick(desk, post)
    body = await read_certificate(desk, post.link("certificate"))
    assert body.left == 0
    assert body.held == dict.fromkeys(("identity", "payment"), "UU KUP 28(11)")
    assert body.held_fields["identity"] == ("identity.name",)
    assert set(body.held_until) == {"identity", "payment"}
    assert all(until > clock() + 9 * 365 * 86_400_000_000 for until in body.held_until.values())
    assert set(await left(desk, person)) == {"person", "state", "record", "sealed", "dek"}
    assert await count(store, "ident WHERE field = 'identity.email'") == 0
    facts = await facts_of(desk, person)
    assert (facts.consents, facts.dealings) == ({}, {})
    assert set(facts.holds) == {"identity", "payment"} == set(facts.ended)
    for purpose, field in (("orders", "identity.name"), ("service", "identity.name")):
        with pytest.raises(Refused):
            decide(desk.policy, Use("look", purpose, frozenset({field}), clock(), person=person), facts)
    asked = Use("look", "bookkeeping", frozenset({"identity.name"}), clock(), person=person)
    assert decide(desk.policy, asked, facts).fields == {"identity.name"}, "the rule's own purpose alone may"
    clock.at = max(body.held_until.values())
    await sweep(desk)
    assert await left(desk, person) == {}, "the hold ended, and the person with it"


async def test_without_a_payment_nothing_is_held(desk: Desk, post: Post) -> None:
    """The rule speaks of invoices: the name of somebody who never paid is kept by no law."""
    number = await guest(desk, post)
    person = await person_of(desk)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await tick(desk, post)
    assert await left(desk, person) == {}


async def test_mail_down_the_erasure_waits_then_happens_untold(desk: Desk, post: Post, clock: Clock) -> None:
    """The letter leaves first; where it cannot, the person is erased all the same 12 hours before the limit."""
    number = await guest(desk, post)
    person = await person_of(desk)
    opened = await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    post.down = True
    for _ in range(3):
        assert (await tick(desk, post)).erased == 0
        clock.forward(hours=20)
    assert await left(desk, person)
    clock.at = opened.due - 12 * erase.HOUR - 1
    assert (await tick(desk, post)).erased == 0
    clock.at = opened.due - 12 * erase.HOUR + 3_600_000_000
    assert (await tick(desk, post)).erased == 1
    assert await left(desk, person) == {}
    row = await desk.store.read(lambda tx: tx.one("SELECT body FROM certificate"))
    assert row is not None
    assert decode(str(row[0])).told == "untold"
    made = await desk.store.read(lambda tx: board(tx, desk.notice, desk.org, clock(), desk=desk))
    [shown] = [each for each in made.rows if each.promise.id == "rights.erasure"]
    assert (shown.state, shown.since) == ("broken", clock()), "the board says that somebody was not told"
    assert "could not be delivered" in shown.cause.en
    await desk.store.write(lambda tx: tx.run("DELETE FROM agreement"))  # the fixture's has no line
    await lines(desk, "alarm", "broken")
    assert await audit(desk) == []


async def test_a_letter_the_door_refused_told_nobody(desk: Desk, post: Post, store: Store) -> None:
    """A letter that was taken out of the queue unsent does not count as told."""
    number = await guest(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await store.write(lambda tx: tx.run("UPDATE outbox SET state = 'refused' WHERE state = 'open'"))
    await tick(desk, post)
    row = await store.read(lambda tx: tx.one("SELECT body FROM certificate"))
    assert row is not None
    assert decode(str(row[0])).told == "untold"


async def test_asked_by_link_it_waits_a_day_and_can_be_cancelled_once(desk: Desk, post: Post, clock: Clock) -> None:
    """The link cancels once; nobody who handles requests sees the person afterwards, and the order goes on."""
    number = await guest(desk, post)
    person = await person_of(desk)
    clerk = await hired(desk, "privacy_desk")
    opened = await request(desk, clerk, Ask(number, "email", "link"))
    await tick(desk, post)
    assert opened.at == clock() + erasure.WAIT
    token = post.link("confirm")
    assert await cancel(desk, token) == opened.number
    with pytest.raises(Expired):
        await cancel(desk, token)
    clock.forward(days=2)
    assert (await tick(desk, post)).erased == 0
    assert "sealed" in await left(desk, person)
    with pytest.raises(Refused) as refused:
        await look(desk, clerk, Wish(number, "requests", frozenset({"identity.name"})))
    assert refused.value.promise == "roles.privacy_desk"
    again = await request(desk, clerk, Ask(number, *COUNTER))
    assert again.number != opened.number
    assert (await tick(desk, post)).erased == 1


async def test_a_day_later_the_cancel_link_is_over(desk: Desk, post: Post, clock: Clock) -> None:
    """What was not cancelled within the day is carried out, and the link ends with it."""
    number = await guest(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "email", "link"))
    await tick(desk, post)
    token = post.link("confirm")
    clock.forward(hours=24)
    with pytest.raises(Expired):
        await cancel(desk, token)
    assert (await tick(desk, post)).erased == 1
    with pytest.raises(NotFound):
        await cancel(desk, token)


async def test_asked_twice_is_one_request(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """The second asking joins the first; asked again in person, it does not wait out the link's day."""
    number = await guest(desk, post)
    person = await person_of(desk)
    clerk = await hired(desk, "privacy_desk")
    first = await request(desk, clerk, Ask(number, "email", "link"))
    clock.forward(hours=2)
    second = await request(desk, clerk, Ask(number, "phone", "link"))
    assert (second.number, second.due, second.at) == (first.number, first.due, first.at)
    assert await count(store, "request") == 1
    assert await count(store, "certificate") == 1
    third = await request(desk, clerk, Ask(number, *COUNTER))
    assert (third.number, third.due, third.at) == (first.number, first.due, clock())
    assert (await tick(desk, post)).erased == 1
    assert await left(desk, person) == {}


@pytest.mark.parametrize(
    ("role", "channel", "code"),
    [("dispatcher", "counter", ""), ("editor", "email", ""), ("privacy_desk", "pigeon", "channel_not_offered")],
)
async def test_the_wrong_role_or_channel_is_refused_and_written_down(
    desk: Desk, post: Post, store: Store, role: str, channel: str, code: str
) -> None:
    """A refused request leaves its line, in the person's openings too, and nothing else."""
    number = await guest(desk, post)
    person = await person_of(desk)
    actor = await hired(desk, role)
    before = await left(desk, person)
    with pytest.raises(Refused) as refused:
        await request(desk, actor, Ask(number, channel, "in_person"))
    assert not code or refused.value.code == code
    assert (await lines(desk, "erase", "refused")) == [refused.value.promise]
    after = await left(desk, person)
    assert after.pop("opening") == before.pop("opening") + 1
    assert {t: n for t, n in after.items() if t != "dek"} == {t: n for t, n in before.items() if t != "dek"}
    assert await count(store, "request") == 0


async def test_an_unknown_number_and_a_lapsed_undertaking_are_refused(desk: Desk, post: Post) -> None:
    """Neither guesses nor colleagues whose undertaking ran out erase anybody."""
    number = await guest(desk, post)
    clerk = await hired(desk, "privacy_desk")
    with pytest.raises(NotFound):
        await request(desk, clerk, Ask("HC-0000-0000", *COUNTER))
    with pytest.raises(Refused) as refused:
        await request(desk, dataclasses.replace(clerk, undertaken=desk.now()), Ask(number, *COUNTER))
    assert refused.value.promise == "accountability.supervision"


async def test_killed_anywhere_in_an_erasure_it_happens_once(desk: Desk, post: Post, store: Store) -> None:
    """After each statement in turn the process ends: the duty comes back, all is erased, one line says so."""
    number = await guest(desk, post)
    person = await person_of(desk)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))  # the letter carries a receipt
    await deliver(desk, post)
    [duty] = await desk.read(lambda sheet: duties.of(sheet.tx, person))
    before = await left(desk, person)
    spied = SpyStore(store)
    watched = dataclasses.replace(desk, store=spied)
    for step in range(400):
        spied.left = step
        try:
            done = await erase.perform(watched, duty)
        except Killed:
            row = await store.read(lambda tx: tx.one("SELECT erased FROM certificate"))
            if row and row[0]:
                break  # the act was over: only the look afterwards was cut
            assert await left(desk, person) == before, step
            continue
        assert done is not None
        break
    assert step > 20
    assert await left(desk, person) == {}
    assert await lines(desk, "erase", "erased") == ["rights.erasure"]
    assert await erase.perform(desk, duty) is None, "a second worker finds nothing to do"


async def test_killed_between_commit_and_mirrors_the_keys_go_at_the_next_start(
    desk: Desk, post: Post, store: Store, monkeypatch
) -> None:
    """The database forgot, the mirrors have not heard: reconciliation finishes what was announced."""
    await reconcile(desk.vault.room, store)
    number = await guest(desk, post)
    person = await person_of(desk)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))  # the letter carries a receipt
    await deliver(desk, post)
    [duty] = await desk.read(lambda sheet: duties.of(sheet.tx, person))

    async def killed(_self: Vault, _tx: int | None = None) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "settled", killed)
        with pytest.raises(Killed):
            await erase.perform(desk, duty)
    assert await left(desk, person) == {}
    await reconcile(desk.vault.room, store)
    assert desk.vault.room.keystore.held(person) == 0
    assert desk.vault.room.keystore.count(SLUG) == await count(store, "dek")


async def test_a_certificate_says_when_the_root_above_its_key_ends(desk: Desk, post: Post, clock: Clock) -> None:
    """A roll overwrites; only the end of the root version above makes more of it, and the first day said stays."""
    await reconcile(desk.vault.room, desk.store)
    number = await guest(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    clock.forward(days=1)
    await tick(desk, post)
    until = clock() + 7 * 86_400_000_000
    assert await outlived(desk, "scheduled until", until) == 0, "its epoch is alive"
    gone = await roll(desk.vault.room, desk.store)
    await destroyed(desk, max(gone.destroyed))
    body = await read_certificate(desk, post.link("certificate"))
    assert (body.grade, body.ends) == ("overwritten, media unknown", 0)
    assert await outlived(desk, "scheduled until", until) == 1
    assert await outlived(desk, "scheduled until", until + 1) == 0
    body = await read_certificate(desk, post.link("certificate"))
    assert (body.grade, body.ends) == ("scheduled until", until)


@pytest.mark.parametrize(("days", "late"), [(1, False), (8, True)])
async def test_the_clock_stops_when_the_key_is_destroyed(
    desk: Desk, post: Post, clock: Clock, days: int, late: bool
) -> None:
    """The roll that destroys the epoch ends the clock, counts how long it took, and tells what came late."""
    await reconcile(desk.vault.room, desk.store)
    number = await guest(desk, post)
    opened = await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    asked = clock()
    await tick(desk, post)
    assert (await read_certificate(desk, post.link("certificate"))).destroyed == 0
    clock.forward(days=days)
    gone = await roll(desk.vault.room, desk.store)
    assert await destroyed(desk, max(gone.destroyed)) == 1
    assert await destroyed(desk, max(gone.destroyed)) == 0, "counted once"
    sums = (await desk.read(lambda sheet: counters.on(sheet.tx, desk.org)))["rights.erasure.within"]
    assert sums[counters.DONE] == (1, clock() - asked)
    assert (counters.LATE in sums) == late == (clock() > opened.due)
    body = await read_certificate(desk, post.link("certificate"))
    assert body.destroyed == clock()
    clock.at = max(body.copies.values())
    assert (await tick(desk, post)).completed == 1


async def test_a_certificate_names_every_copy_and_completes_with_the_last_known(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """What we cannot end is listed, with its last day or without one; it grows to complete when ours are over."""
    await reconcile(desk.vault.room, store)
    desk = dataclasses.replace(desk, beside=("snapshots",))
    number = await guest(desk, post)
    assert await limit(desk) == 0
    opened = await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await tick(desk, post)
    assert await limit(desk) == opened.due, "a roll must come before it"
    body = await read_certificate(desk, post.link("certificate"))
    days = 30 * 24 * erase.HOUR
    assert set(body.copies) >= {"backups", "snapshots", "mail_log"}
    assert clock() + days <= body.copies["backups"] <= clock() + days + 24 * erase.HOUR
    assert {last for name, last in body.copies.items() if name != "backups"} == {0}, "nobody can say"
    gone = await roll(desk.vault.room, store)
    assert await destroyed(desk, max(gone.destroyed)) == 1
    assert await limit(desk) == 0
    clock.at = body.copies["backups"] - 1
    assert (await tick(desk, post)).completed == 0
    clock.at += 1
    assert (await tick(desk, post)).completed == 1


async def test_a_certificate_ends_after_ninety_days_if_it_is_complete(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """It names nobody and still ends; one that waits for a key to be destroyed waits for that."""
    await reconcile(desk.vault.room, store)
    number = await guest(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await tick(desk, post)
    clock.forward(days=91)
    await tick(desk, post)
    assert await count(store, "certificate") == 1
    gone = await roll(desk.vault.room, store)
    await destroyed(desk, max(gone.destroyed))
    await tick(desk, post)
    assert await count(store, "certificate") == 0


async def test_a_certificate_opens_by_its_link_only_and_names_nobody(desk: Desk, post: Post, store: Store) -> None:
    """A guessed link opens nothing; the stored body holds nothing that was typed."""
    number = await guest(desk, post)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, *COUNTER))
    await tick(desk, post)
    token = post.link("certificate")
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), "", "\udcff", token + "0"):
        with pytest.raises(NotFound):
            await read_certificate(desk, wrong)
    row = await store.read(lambda tx: tx.one("SELECT body FROM certificate"))
    assert row is not None
    assert not [typed for typed in ("Ratna", "ratna@", "Kenanga", number) if typed in str(row[0])]
    assert await desk.read(lambda sheet: requests.open_of(sheet.tx, bytes(16), "erasure")) is None
