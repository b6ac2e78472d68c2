"""Attacks on the flows: strangers with somebody else's address, replayed links, SQL without keys, crashes anywhere."""

import asyncio
import dataclasses
import logging

import msgspec
import pytest

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, Tampered
from tepati.flows.actor import Actor
from tepati.flows.acts import enter
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.follow import follow
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.desk import Desk
from tepati.store.port import Store
from tepati.store.schema import TABLES
from tepati.vault.keystore import KeyStore
from tepati.vault.vault import Vault
from tests.flows.conftest import SLUG, Post, booking
from tests.flows.spy import Killed, SpyStore


async def confirmed(desk: Desk, post: Post, n: int = 1, **other: str) -> str:
    """Book and confirm; return the number."""
    number = (await collect(desk, booking(desk, n, **other))).number
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset({"offers_by_email"}), "id")
    return number


async def dispatcher(desk: Desk) -> Actor:
    """Let a dispatcher in, bound by the undertaking."""
    person = (
        await welcome(
            desk, Newcomer("Dimas", "dimas@fineclean.example", "0812 0000 1111", "kata sandi panjang", ("dispatcher",))
        )
    ).person
    return Actor(person, ("dispatcher",), await undertake(desk, person))


async def count(store: Store, table: str) -> int:
    row = await store.read(lambda tx: tx.one(f"SELECT count(*) FROM {table}"))
    return int(row[0]) if row else 0


async def test_the_same_address_sixteen_times_at_once_is_one_person(desk: Desk, store: Store) -> None:
    """Sixteen bookings with one new address, all at once, make one person with sixteen records."""
    got = await asyncio.gather(*(collect(desk, booking(desk, n)) for n in range(16)))
    assert len({g.number for g in got}) == 16
    assert (await count(store, "person"), await count(store, "ident WHERE field = 'identity.email'")) == (1, 1)
    assert await count(store, "record") == 16


async def test_the_same_form_twice_is_one_booking(desk: Desk, store: Store) -> None:
    """Pressing the button twice gives the same number and one record."""
    first, second = await asyncio.gather(collect(desk, booking(desk)), collect(desk, booking(desk)))
    assert first == second
    assert await count(store, "record") == 1


async def test_somebody_elses_address_reads_and_changes_nothing(desk: Desk, post: Post) -> None:
    """A stranger who books with a known address gets the same answer; the known person's facts stay as they are."""
    await confirmed(desk, post)
    person = await desk.read(lambda s: desk.vault.find(s.tx, "identity.email", "ratna@contoh.example"))
    before, _ = await desk.read(lambda s: desk.vault.facts(s.tx, person))
    stranger = await collect(desk, booking(desk, 2, identity__name="Orang Lain", location__address="Jalan Palsu 1"))
    unknown = await collect(desk, booking(desk, 3, identity__email="baru@contoh.example"))
    assert type(stranger) is type(unknown)
    assert len(stranger.number) == len(unknown.number)
    after, _ = await desk.read(lambda s: desk.vault.facts(s.tx, person))
    assert after.consents == before.consents
    assert after.dealings == before.dealings
    assert [row.joined for row in after.rows.values()] == [True, False]
    await deliver(desk, post)
    assert "Orang Lain" not in post.sent[-1].text + post.sent[-1].html  # nothing its requester typed


async def test_a_tick_is_no_consent_until_the_link(desk: Desk, post: Post) -> None:
    """Promotion ticked by whoever filled in the form does not count for the owner of the address."""
    await collect(desk, booking(desk))
    person = await desk.read(lambda s: desk.vault.find(s.tx, "identity.email", "ratna@contoh.example"))
    facts, _ = await desk.read(lambda s: desk.vault.facts(s.tx, person))
    assert not facts.consents
    await deliver(desk, post)
    await agree(desk, post.link("confirm"), frozenset(), "id")
    facts, _ = await desk.read(lambda s: desk.vault.facts(s.tx, person))
    assert not facts.consents


async def test_links_work_once_and_only_here(desk: Desk, post: Post, keystore: KeyStore) -> None:
    """Replayed, forged, foreign and late links are refused; opening one changes nothing."""
    await collect(desk, booking(desk))
    await deliver(desk, post)
    token = post.link("confirm")
    for _ in range(3):
        await follow(desk, token)  # a scanner fetches
    other = dataclasses.replace(desk, org="other", vault=Vault("other", keystore, desk.random))
    with pytest.raises(NotFound):
        await agree(other, token, frozenset(), "id")
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), "", "x" * 32, "\udcff" * 32, token + "a"):
        with pytest.raises(NotFound):
            await agree(desk, forged, frozenset(), "id")
    await agree(desk, token, frozenset(), "id")
    with pytest.raises(Expired):
        await agree(desk, token, frozenset({"offers_by_email"}), "id")


async def test_a_link_does_what_it_was_mailed_for_and_nothing_else(desk: Desk, post: Post) -> None:
    """Who got a link into the privacy centre confirms no booking with it, and the link of a booking lets nobody in."""
    await collect(desk, booking(desk))
    await deliver(desk, post)
    confirms = post.link("confirm")
    await enter.ask(desk, "ratna@contoh.example", "id", "")
    await deliver(desk, post)
    enters = post.link("enter")
    with pytest.raises((Expired, NotFound)):
        await agree(desk, enters, frozenset(), "id")
    with pytest.raises(NotFound):
        await enter.enter(desk, confirms, "", "")
    assert (await enter.enter(desk, enters, "", "")).session
    assert (await agree(desk, confirms, frozenset(), "id")).number


async def test_a_late_link_is_refused_and_the_booking_is_not_kept(desk: Desk, post: Post, clock, store: Store) -> None:
    """Two days later the link is over, and what was typed is destroyed, person and all."""
    from tepati.flows.acts.sweep import sweep

    await collect(desk, booking(desk))
    await deliver(desk, post)
    clock.forward(hours=48, seconds=1)
    with pytest.raises(Expired):
        await agree(desk, post.link("confirm"), frozenset(), "id")
    await sweep(desk)
    for table in (t.name for t in TABLES if t.fate == "delete"):  # to cut the log is owed by the organisation
        assert await count(store, "duty WHERE kind <> 'cut'" if table == "duty" else table) == 0, table


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ({"identity.nik": "3201010101010001"}, "points.booking"),
        ({"payment.reference": "x"}, "points.booking"),
        ({"__proto__": "x"}, "points.booking"),
    ],
)
async def test_undeclared_fields_are_refused(desk: Desk, store: Store, change: dict[str, str], promise: str) -> None:
    """What the notice does not declare for the point cannot enter by any name."""
    form = booking(desk)
    with pytest.raises(Refused) as refused:
        await collect(desk, msgspec.structs.replace(form, values={**form.values, **change}))
    assert refused.value.promise == promise
    assert await count(store, "person") == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identity.email", "bukan alamat"), ("identity.email", "a@b" + "c" * 300 + ".example"), ("identity.name", ""),
        ("identity.name", "x" * 100_000), ("identity.phone", "12"), ("identity.age", "tua"),
        ("booking.service", "sapu"), ("booking.date", "besok"), ("identity.name", "\ud800"),
        ("identity.name", "Rat\u202ena"), ("location.address", "a\x00b"),
    ],
)  # fmt: skip
async def test_wrong_values_are_named_and_nothing_is_kept(desk: Desk, store: Store, field: str, value: str) -> None:
    """Wrong types, absurd sizes, broken text: a clear fault for the field, nothing kept, the value never repeated."""
    form = booking(desk)
    with pytest.raises(BadInput) as bad:
        await collect(desk, msgspec.structs.replace(form, values={**form.values, field: value}))
    assert field.partition(".")[2] in " ".join(bad.value.faults)
    if len(value) > 2:
        assert value not in str(bad.value)
    assert await count(store, "person") == 0


async def test_the_index_pointed_at_another_person_is_noticed(desk: Desk, post: Post, store: Store) -> None:
    """SQL without keys points one address at another person: the use is refused and the alarm raised."""
    await confirmed(desk, post)
    other = await confirmed(desk, post, 2, identity__email="lain@contoh.example", identity__name="Lain")
    rows = await store.read(lambda tx: tx.all("SELECT person FROM person WHERE population = 'customer'"))
    a, b = (row[0] for row in rows)
    await store.write(
        lambda tx: tx.run("UPDATE ident SET person = $1 WHERE person = $2 AND field = 'identity.email'", b, a)
    )
    await store.write(lambda tx: tx.run("UPDATE dealing SET person = $1 WHERE number <> $2", b, other))
    actor = await dispatcher(desk)
    number = await store.read(lambda tx: tx.one("SELECT number FROM dealing WHERE number <> $1", other))
    with pytest.raises(Tampered) as found:
        await look(desk, actor, Wish(str(number[0]), "orders", frozenset({"identity.name"})))
    assert found.value.code == "dealing_number"
    assert await count(store, "observation WHERE outcome = 'tampered'") == 1


async def test_a_consent_flipped_in_sql_is_refused(desk: Desk, post: Post, store: Store) -> None:
    """A state row changed without the key does not verify: refused, alarmed, a gap on the board."""
    number = await confirmed(desk, post)
    row = await store.read(lambda tx: tx.one("SELECT body FROM state"))
    await store.write(
        lambda tx: tx.run("UPDATE state SET body = $1", row[0].replace(b"offers_by_email", b"offers_by_emaiI"))
    )
    with pytest.raises(Tampered):
        await look(desk, await dispatcher(desk), Wish(number, "orders", frozenset({"identity.name"})))
    assert await count(store, "observation WHERE outcome = 'tampered'") == 1


async def test_an_old_state_row_put_back_is_refused(desk: Desk, post: Post, store: Store) -> None:
    """The row of before the withdrawal, MAC and all, is older than the key store remembers."""
    number = await confirmed(desk, post)
    old = await store.read(lambda tx: tx.one("SELECT version, body, mac FROM state"))
    await collect(desk, booking(desk, 2))
    await store.write(lambda tx: tx.run("UPDATE state SET version = $1, body = $2, mac = $3", *old))
    with pytest.raises(Tampered):
        await look(desk, await dispatcher(desk), Wish(number, "orders", frozenset({"identity.name"})))


async def test_no_value_reaches_sql_logs_or_errors(desk: Desk, post: Post, store: Store, caplog) -> None:
    """From form to look, no SQL text or parameter, log line or error holds a personal value in clear."""
    caplog.set_level(logging.DEBUG)
    spied = SpyStore(store)
    watched = dataclasses.replace(desk, store=spied)
    number = await confirmed(watched, post)
    actor = await dispatcher(watched)
    await look(
        watched, actor, Wish(number, "orders", frozenset({"identity.name", "identity.phone", "location.address"}))
    )
    with pytest.raises(Refused) as refused:
        await look(watched, actor, Wish(number, "offers", frozenset({"identity.name"})))
    typed = [b"Ratna", b"ratna@contoh", b"81234567890", b"Kenanga", b"dimas@", b"Dimas"]
    passed = [
        part if isinstance(part, bytes) else str(part).encode() for sql, args in spied.seen for part in (sql, *args)
    ]
    said = [caplog.text.encode(), str(refused.value).encode(), repr(watched.alarms).encode()]
    assert not [value for value in typed for part in (*passed, *said) if value.lower() in part.lower()]


async def test_killed_anywhere_in_a_booking_nothing_is_half_done(desk: Desk, store: Store) -> None:
    """After each statement in turn the process ends: nothing stands but what stood before; the next try succeeds."""
    spied = SpyStore(store)
    watched = dataclasses.replace(desk, store=spied)
    tables = [t.name for t in TABLES if t.fate == "delete" or t.name.startswith("log_")]
    for step in range(200):
        spied.left = step
        try:
            await collect(watched, booking(desk))
        except Killed:
            assert not [t for t in tables if await count(store, t)], step
            continue
        break
    spied.left = -1
    assert 15 < step < 150
    assert await count(store, "record") == 1


async def test_killed_between_commit_and_mirrors_start_up_repairs(desk: Desk, store: Store, monkeypatch) -> None:
    """The database committed and the mirrors never heard: reconciliation brings the keys there, everything opens."""
    from tepati.vault.reconcile import reconcile

    await reconcile(desk.vault.room, store)  # as every start does

    async def killed(_tx: int | None = None) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "settled", lambda _self, tx=None: killed(tx))
        with pytest.raises(Killed):
            await collect(desk, booking(desk))
    assert await count(store, "record") == 1
    await reconcile(desk.vault.room, store)
    assert desk.vault.room.keystore.count(SLUG) == await count(store, "dek")


async def test_a_lost_race_is_told_as_such(desk: Desk, monkeypatch) -> None:
    """An act that loses every race ends in Conflict, not in a half-written act."""

    async def lost(*_args: object) -> None:
        raise Conflict("claimed")

    monkeypatch.setattr(Vault, "claim_new", lost)
    with pytest.raises(Conflict):
        await collect(desk, booking(desk))
