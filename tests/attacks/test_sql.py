"""SQL without keys: each row that the door trusts, changed behind its back, is refused and alarmed."""

import msgspec
import pytest

from tepati.errors import Expired, Refused, Tampered
from tepati.flows.acts.agree import agree
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.follow import follow
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.staff import signed_in
from tepati.flows.acts.withdraw import withdraw
from tepati.flows.desk import Desk
from tepati.flows.tick import tick
from tepati.store.port import Store
from tests.attacks.world import A, B, alarms, cell, confirmed, hired, person, rows, sql
from tests.conftest import Clock
from tests.flows.conftest import SLUG, Post, booking

NAME = frozenset({"identity.name"})


async def test_an_index_pointed_at_a_victim_joins_no_record_to_them(desk: Desk, post: Post, store: Store) -> None:
    """Mallory's own address made to lead to the victim: her booking must not become the victim's newest address."""
    await confirmed(desk, post, 1, A)
    await confirmed(desk, post, 2, B)
    victim, mallory = await person(desk, B), await person(desk, A)
    await sql(store, "UPDATE ident SET person = $1 WHERE person = $2 AND field = 'identity.email'", victim, mallory)
    with pytest.raises(Tampered):
        await collect(desk, booking(desk, 3, identity__email=A))
    assert "index_points_elsewhere" in await alarms(store)
    assert await cell(store, "SELECT count(*) FROM record WHERE person = $1", victim) == 1


async def test_a_link_pointed_at_another_person_gives_no_consent_for_them(desk: Desk, post: Post, store: Store) -> None:
    """Mallory's own mailed link, its row rewritten to the victim's record: no yes in the victim's name."""
    await confirmed(desk, post, 1, B, frozenset())
    await collect(desk, booking(desk, 2, identity__email=B))  # somebody books with the victim's address
    victim = await person(desk, B)
    record = await cell(store, "SELECT record FROM record WHERE person = $1 AND joined = 0", victim)
    await deliver(desk, post)
    await collect(desk, booking(desk, 3, identity__email=A))
    await deliver(desk, post)
    token, mallory = post.link("confirm", A), await person(desk, A)
    about = f"{record.hex()},offers_by_email"
    secret = await cell(store, "SELECT secret FROM link WHERE person = $1", mallory)
    await sql(store, "UPDATE ident SET person = $1 WHERE blind_index = $2", victim, secret)
    await sql(store, "UPDATE link SET person = $1, about = $2 WHERE secret = $3", victim, about, secret)
    for act in (lambda: follow(desk, token), lambda: agree(desk, token, frozenset({"offers_by_email"}), "id")):
        with pytest.raises(Tampered):
            await act()
    facts, _ = await desk.read(lambda s: desk.vault.facts(s.tx, victim))
    assert not facts.consents
    assert await alarms(store)


@pytest.mark.parametrize("change", ["kind = 'stop'", "about = 'offers_by_email'", "expires = expires + 864000000000"])
async def test_a_link_changed_in_any_column_is_refused(desk: Desk, post: Post, store: Store, change: str) -> None:
    """Another kind, another subject, a longer life: a link does what it was mailed for, or nothing."""
    await collect(desk, booking(desk))
    await deliver(desk, post)
    token = post.link("confirm")
    assert await sql(store, f"UPDATE link SET {change}") == 1
    for act in (follow(desk, token), agree(desk, token, frozenset(), "id"), withdraw(desk, token, "id")):
        with pytest.raises(Tampered):
            await act


async def test_a_used_link_made_unused_confirms_nothing_again(desk: Desk, post: Post, store: Store) -> None:
    """What was confirmed stands in the MACed facts: the link's own mark may be reset, the answer may not."""
    await confirmed(desk, post, 1, A, frozenset())
    token = post.link("confirm", A)
    await sql(store, "UPDATE link SET used = NULL")
    with pytest.raises(Expired):
        await agree(desk, token, frozenset({"offers_by_email"}), "id")
    victim = await person(desk, A)
    known = await desk.read(lambda s: desk.vault.facts(s.tx, victim))
    assert known is not None
    assert not known[0].consents


async def test_numbers_of_two_dealings_exchanged_show_and_erase_nobody_else(
    desk: Desk, post: Post, store: Store
) -> None:
    """The number on the phone is bound to its dealing: exchanged by SQL, the door opens and erases nothing."""
    one, two = await confirmed(desk, post, 1, A), await confirmed(desk, post, 2, B)
    await sql(store, "UPDATE dealing SET number = 'x' WHERE number = $1", one)
    await sql(store, "UPDATE dealing SET number = $1 WHERE number = $2", one, two)
    await sql(store, "UPDATE dealing SET number = $1 WHERE number = 'x'", two)
    with pytest.raises(Tampered):
        await look(desk, await hired(desk, "dispatcher"), Wish(one, "orders", NAME))
    with pytest.raises(Tampered):
        await request(desk, await hired(desk, "privacy_desk", "w@fineclean.example"), Ask(one, "counter", "in_person"))
    assert await cell(store, "SELECT count(*) FROM request") == 0
    assert "dealing_number" in await alarms(store)


async def test_a_dealing_pointed_at_another_person_is_refused(desk: Desk, post: Post, store: Store) -> None:
    """The dealing's person changed: the number no longer belongs to it."""
    one = await confirmed(desk, post, 1, A)
    await confirmed(desk, post, 2, B)
    await sql(store, "UPDATE dealing SET person = $1 WHERE number = $2", await person(desk, B), one)
    with pytest.raises(Tampered):
        await look(desk, await hired(desk, "dispatcher"), Wish(one, "orders", NAME))


async def test_an_erasure_written_in_by_sql_erases_nobody(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """A request, its duty and its certificate copied from one person to another: the facts know of no request."""
    number = await confirmed(desk, post, 1, A)
    await confirmed(desk, post, 2, B)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "counter", "in_person"))
    victim = await person(desk, B)
    for table in ("request", "duty", "outbox"):
        await sql(store, f"UPDATE {table} SET person = $1", victim)
    await tick(desk, post)
    clock.forward(days=6.9)  # the letter never leaves: half a day before the limit an erasure goes on without it
    await tick(desk, post)
    for email in (A, B):
        assert await cell(store, "SELECT count(*) FROM sealed WHERE person = $1", await person(desk, email)) > 0
    assert "request_unknown" in await alarms(store)


async def test_a_cancelled_erasure_made_waiting_again_erases_nobody(desk: Desk, post: Post, store: Store) -> None:
    """What was cancelled stands in the facts too."""
    number = await confirmed(desk, post, 1, A)
    await request(desk, await hired(desk, "privacy_desk"), Ask(number, "email", "link"))
    await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))  # the letter carries a receipt
    await deliver(desk, post)
    duty = (
        await rows(store, "SELECT person, duty, org, kind, due, state, attempts, taken, about, ledger_id FROM duty")
    )[0]
    from tepati.flows.acts.erase import cancel

    await cancel(desk, post.link("confirm", A))
    await sql(store, "UPDATE request SET state = 'waiting', done = NULL")
    await sql(store, "DELETE FROM duty")
    await sql(
        store, "INSERT INTO duty (person, duty, org, kind, due, state, attempts, taken, about, ledger_id)"
        " VALUES ($1, $2, $3, $4, 0, 'open', 0, 0, $9, $10)".replace("$9", "$5").replace("$10", "$6"),
        duty[0], duty[1], duty[2], duty[3], duty[8], duty[9],
    )  # fmt: skip
    await tick(desk, post)
    assert await cell(store, "SELECT count(*) FROM sealed WHERE person = $1", await person(desk, A)) > 0


async def test_a_standing_row_flipped_sends_nothing(desk: Desk, post: Post, store: Store) -> None:
    """The prefilter is fooled; the door decides each one from the MACed facts and refuses."""
    await confirmed(desk, post, 1, A, frozenset())
    await confirmed(desk, post, 2, B)
    refused = await person(desk, A)
    await sql(store, "DELETE FROM standing WHERE person = $1", refused)
    await sql(
        store, "INSERT INTO standing (person, purpose, question, org, until, blocked, told) SELECT $1, purpose,"
        " question, org, until, blocked, told FROM standing WHERE person = $2", refused, await person(desk, B),
    )  # fmt: skip
    post.sent.clear()
    sent = await campaign(desk, await hired(desk, "editor"), "offer")
    await deliver(desk, post)
    assert (sent.queued, sent.refused) == (1, 1)
    assert [mail.to for mail in post.sent] == [B]


async def test_a_consent_flipped_in_the_register_sends_nothing(desk: Desk, post: Post, store: Store) -> None:
    """The register of consents is for reading; the door rests on the MACed facts."""
    await confirmed(desk, post, 1, A, frozenset())
    await sql(store, "UPDATE consent SET state = 'given', until = $1", 2**61)
    await sql(store, "UPDATE consent_event SET state = 'given'")
    post.sent.clear()
    assert (await campaign(desk, await hired(desk, "editor"), "offer")).queued == 0
    await deliver(desk, post)
    assert not post.sent


async def test_a_letter_pointed_at_another_person_never_leaves(desk: Desk, post: Post, store: Store) -> None:
    """Mail with a link would go to the wrong mailbox: its seal is bound to the person, so it stays."""
    await confirmed(desk, post, 1, A)
    await collect(desk, booking(desk, 2, identity__email=B))
    post.sent.clear()
    await sql(store, "UPDATE outbox SET person = $1 WHERE state = 'open'", await person(desk, A))
    refused = await deliver(desk, post)
    assert refused.sent == 0
    assert not post.sent


async def test_a_promotion_relabelled_as_a_service_letter_never_leaves(desk: Desk, post: Post, store: Store) -> None:
    """Withdrawn after it was queued: the outbox row renamed so that the door is asked for something harmless."""
    await confirmed(desk, post, 1, A)
    await campaign(desk, await hired(desk, "editor"), "offer")
    victim = await person(desk, A)
    facts, version = await desk.read(lambda s: desk.vault.facts(s.tx, victim))
    await desk.write(lambda s: keep_after_read(s, victim, msgspec.structs.replace(facts, consents={}), version))
    post.sent.clear()
    await sql(store, "UPDATE outbox SET message = 'confirm_booking:' WHERE state = 'open'")
    await deliver(desk, post)
    assert not post.sent
    assert await alarms(store)


async def keep_after_read(sheet, victim, facts, version) -> None:
    await sheet.facts(victim)
    await sheet.keep(victim, facts, version)


async def test_a_letter_that_left_made_open_again_leaves_nothing(desk: Desk, post: Post, store: Store) -> None:
    """Its body is gone."""
    await confirmed(desk, post, 1, A)
    post.sent.clear()
    await sql(store, "UPDATE outbox SET state = 'open', taken = 0, due = 0")
    await deliver(desk, post)
    assert not post.sent


async def test_a_role_added_in_sql_is_refused(desk: Desk, post: Post, store: Store) -> None:
    """The row of a member of staff is under a MAC."""
    from tepati.flows.acts.staff import sign_in

    await hired(desk, "dispatcher")
    await sql(store, "UPDATE staff SET roles = 'dispatcher privacy_desk'")
    with pytest.raises((Tampered, Refused)):
        await sign_in(desk, "dimas@fineclean.example", "kata sandi panjang", "000000")


async def test_a_session_written_in_by_sql_signs_nobody_in(desk: Desk, post: Post, store: Store) -> None:
    """Whoever writes a session row cannot make the hash of a token they know: its key is not in the database."""
    import base64
    import hashlib

    actor = await hired(desk, "dispatcher")
    token = base64.urlsafe_b64encode(actor.person + bytes(24)).decode()
    secret = hashlib.sha256(token.encode()).digest()[:16]
    await sql(
        store, "INSERT INTO session (person, secret, org, kind, made, expires, version, mac, ledger_id)"
        " SELECT $1, $2, $3, 'staff', 0, $4, 9, $5, ledger_id FROM staff", actor.person, secret, SLUG, 2**61, bytes(32),
    )  # fmt: skip
    with pytest.raises((Expired, Tampered)):
        await signed_in(desk, token)


async def test_one_forged_state_stops_no_clock_of_the_others(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """A tampered person must not hold up the sweep, the letters and the erasures of everybody else."""
    await collect(desk, booking(desk, 1, identity__email=A))
    await collect(desk, booking(desk, 2, identity__email=B))
    victim = await person(desk, A)
    await sql(store, "UPDATE state SET mac = $1 WHERE person = $2", bytes(32), victim)
    clock.forward(hours=49)
    await tick(desk, post)
    assert await cell(store, "SELECT count(*) FROM sealed WHERE person <> $1", victim) == 0
    assert await cell(store, "SELECT count(*) FROM sealed WHERE person = $1", victim) > 0
    assert "state_mac" in await alarms(store)


async def test_a_session_prolonged_by_sql_opens_nothing(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """Its end is under a MAC: prolonged after it is over, or before, it is refused and alarmed."""
    from tests.flows.test_leaving import entered

    _, token, _ = await entered(desk, clock)
    clock.forward(hours=9)
    await sql(store, "UPDATE session SET expires = $1", 2**61)
    with pytest.raises(Tampered) as tampered:
        await signed_in(desk, token)
    assert tampered.value.code == "session_tampered"
    assert "session_tampered" in await alarms(store)


async def test_a_session_put_back_after_its_member_lost_something_opens_nothing(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """The row of an ended session verifies by its own MAC; the floor in the key store is above its version."""
    from tepati.flows import members
    from tepati.registers import staff
    from tests.flows.test_leaving import entered

    person, token, _ = await entered(desk, clock)
    kept = (await rows(store, "SELECT secret, org, kind, made, expires, version, mac, ledger_id FROM session"))[0]

    async def narrows(sheet):
        await members.narrow(sheet, await staff.present(sheet.tx, desk.mac, person), bytes(16))

    await desk.write(narrows)
    await sql(store, "DELETE FROM session")
    await sql(
        store, "INSERT INTO session (person, secret, org, kind, made, expires, version, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", person, *kept,
    )  # fmt: skip
    with pytest.raises(Tampered) as tampered:
        await signed_in(desk, token)
    assert tampered.value.code == "session_old"
