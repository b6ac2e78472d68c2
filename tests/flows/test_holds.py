"""What other law keeps of a part past its own end: sealed anew, for that law alone, until its end, and no more."""

import dataclasses

import pytest

from tepati.errors import NotFound, Refused
from tepati.flows.actor import Actor
from tepati.flows.acts.collect import collect
from tepati.flows.acts.erase import Ask, read_certificate, request
from tepati.flows.acts.left import left
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.sweep import sweep
from tepati.flows.desk import Desk
from tepati.flows.rewriting import rewrite
from tepati.flows.tick import tick
from tepati.rules.decide import decide
from tepati.rules.facts import Facts, Use
from tepati.store.port import Store
from tepati.vault.reconcile import reconcile
from tepati.vault.vault import Vault
from tests.conftest import Clock
from tests.flows.conftest import SLUG, Post, booking
from tests.flows.people import count, guest, hired, lines, paid, person_of
from tests.flows.spy import Killed, SpyStore

YEAR = 365 * 86_400_000_000
NAME, EMAIL, REFERENCE = "identity.name", "identity.email", "payment.reference"


async def facts_of(desk: Desk, person: bytes) -> Facts:
    found = await desk.read(lambda sheet: desk.vault.facts(sheet.tx, person))
    assert found
    return found[0]


async def of(store: Store, sql: str, *args: bytes) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await store.read(lambda tx: tx.all(sql, *args))]


async def customer(desk: Desk, post: Post, n: int = 1) -> tuple[str, bytes]:
    """Book and pay."""
    number = await guest(desk, post, n)
    await paid(desk, number, 900 + n)
    return number, await person_of(desk)


def may(desk: Desk, facts: Facts, purpose: str, field: str, person: bytes) -> bool:
    try:
        asked = Use("look", purpose, frozenset({field}), desk.now(), person=person)
        return field in decide(desk.policy, asked, facts).fields
    except Refused:
        return False


async def test_at_its_own_end_a_held_part_is_sealed_anew_and_serves_its_rule_alone(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """Payment ends after two years; its hold keeps it for ten, under a key made now, for bookkeeping alone."""
    number, person = await customer(desk, post)
    [(old, _)] = await of(store, "SELECT key, due FROM sealed WHERE person = $1 AND category = 'payment'", person)
    assert may(desk, await facts_of(desk, person), "orders", REFERENCE, person)
    clock.forward(days=2 * 365 + 3)
    await sweep(desk)
    [(key, due)] = await of(store, "SELECT key, due FROM sealed WHERE person = $1 AND category = 'payment'", person)
    assert key != old
    assert not await of(store, "SELECT 1 FROM dek WHERE person = $1 AND key = $2", person, bytes(old))
    facts = await facts_of(desk, person)
    [row] = [row for row in facts.rows.values() if row.point == "payment_report"]
    assert row.held == row.ends == {"payment": due}
    assert clock() + 7 * YEAR < int(str(due)) < clock() + 8 * YEAR + 5 * YEAR // 365, "ten years from when it came in"
    assert may(desk, facts, "bookkeeping", REFERENCE, person)
    with pytest.raises(Refused) as refused:
        decide(desk.policy, Use("look", "orders", frozenset({REFERENCE}), clock(), person=person), facts)
    assert (refused.value.code, refused.value.promise) == ("ended", "retention.payment")
    accountant, clerk = await hired(desk, "accountant"), await hired(desk, "privacy_desk")
    seen = await look(desk, accountant, Wish(number, "bookkeeping", frozenset({REFERENCE, NAME}), reason="audit"))
    assert seen.values == {REFERENCE: "REF-7", NAME: "Ratna Dewi"}
    for purpose, field in (("requests", REFERENCE), ("orders", REFERENCE)):
        with pytest.raises(Refused):
            await look(desk, clerk, Wish(number, purpose, frozenset({field})))
    assert await lines(desk, "end", "held") == ["retention.payment.hold"]
    assert await sweep(desk) == 0, "held once, it waits for the end of the hold"


async def test_of_a_held_category_only_the_fields_of_the_hold_are_left_and_they_lead_nowhere(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """The name on the invoice stays; address, phone and the index of the address go with the key."""
    _, person = await customer(desk, post)
    clock.forward(days=4 * 365 + 5)
    await sweep(desk)
    facts = await facts_of(desk, person)
    assert {c for row in facts.rows.values() for c in row.held} == {"identity", "payment"}
    assert await desk.read(lambda sheet: desk.vault.find(sheet.tx, EMAIL, "ratna@contoh.example")) is None
    assert not await of(store, "SELECT 1 FROM ident WHERE person = $1 AND field = 'identity.email'", person)
    assert not may(desk, facts, "bookkeeping", EMAIL, person)

    async def opens(sheet):
        known, _ = await sheet.facts(person)
        permit = await sheet.ask(Use("look", "bookkeeping", frozenset({NAME}), 0, person=person), known)
        found = await desk.vault.open(sheet.tx, permit, known)
        return {f"{o.category}.{n}": v.show() for o in found for n, v in o.values.items()}

    assert await desk.read(opens) == {NAME: "Ratna Dewi"}
    await collect(desk, booking(desk, 77))
    assert await person_of(desk) != person, "who comes again is somebody new"


async def test_at_the_end_of_the_hold_the_part_is_destroyed(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """Ten years after it came in nothing is left of the invoice, in the database or in a mirror."""
    _, person = await customer(desk, post)
    for _ in range(12):
        clock.forward(days=366)
        await sweep(desk)
    assert not await of(store, "SELECT 1 FROM sealed WHERE person = $1", person)
    assert not await of(store, "SELECT 1 FROM record WHERE person = $1", person)
    assert not await of(store, "SELECT 1 FROM dek WHERE person = $1 AND category IN ('identity', 'payment')", person)
    facts = await facts_of(desk, person)
    assert (facts.rows, {d.kind for d in facts.dealings.values()} - {"request"}) == ({}, set())
    held = {row[0] for m in desk.vault.room.keystore.mirrors for row in m.rows("SELECT category FROM dek")}
    assert held <= {"~opening", "~mail", "staff"}


async def test_who_never_paid_has_nothing_held(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """The rule speaks of invoices; without one the name ends with the notice's own time."""
    await guest(desk, post)
    person = await person_of(desk)
    clock.forward(days=4 * 365 + 5)
    await sweep(desk)
    assert not await of(store, "SELECT 1 FROM sealed WHERE person = $1", person)
    assert await lines(desk, "end", "held") == []


async def test_what_a_stranger_typed_is_held_by_no_law(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """A booking never confirmed ends whole, though the owner of the address has an invoice."""
    _, person = await customer(desk, post)
    before = await count(store, "sealed")
    await collect(desk, booking(desk, 2, identity__name="Orang Asing"))
    clock.forward(hours=49)
    await sweep(desk)
    assert await count(store, "sealed") == before
    assert not [c for row in (await facts_of(desk, person)).rows.values() for c in row.held]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE record SET created = 0",
        "UPDATE record SET created = created + 300000000000000000",
        "UPDATE record SET joined = 0",
        "UPDATE person SET status = 'held'",
    ],
)
async def test_sql_neither_prolongs_nor_prevents_a_hold(
    desk: Desk, post: Post, store: Store, clock: Clock, sql: str
) -> None:
    """What a hold rests on stands in the facts: the registers' columns decide nothing."""
    _, person = await customer(desk, post)
    [row] = [row for row in (await facts_of(desk, person)).rows.values() if row.point == "payment_report"]
    clock.forward(days=2 * 365 + 3)
    await store.write(lambda tx: tx.run(sql))
    await sweep(desk)
    [(due,)] = await of(store, "SELECT due FROM sealed WHERE person = $1 AND category = 'payment'", person)
    assert row.created + 10 * YEAR <= int(str(due)) <= row.created + 10 * YEAR + 4 * YEAR // 365


async def test_the_end_of_a_hold_moved_nearer_by_sql_destroys_nothing(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """The facts know until when a part is held."""
    _, person = await customer(desk, post)
    clock.forward(days=2 * 365 + 3)
    await sweep(desk)
    await store.write(lambda tx: tx.run("UPDATE sealed SET due = 0 WHERE category = 'payment'"))
    assert await sweep(desk) == 0
    assert await of(store, "SELECT 1 FROM sealed WHERE person = $1 AND category = 'payment'", person)
    assert "due_moved" in desk.alarms


async def test_a_blob_that_does_not_open_holds_up_nobody_else(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """What a hold needs must be opened; where it was forged the person waits, alarmed, and the others end."""
    _, person = await customer(desk, post)
    await guest(desk, post, 5, identity__email="budi@contoh.example")
    await store.write(
        lambda tx: tx.run("UPDATE sealed SET version = 9 WHERE person = $1 AND category = 'payment'", person)
    )
    clock.forward(days=4 * 365 + 5)
    await sweep(desk)
    assert await of(store, "SELECT 1 FROM sealed WHERE person = $1 AND category = 'payment'", person)
    assert not await of(store, "SELECT 1 FROM sealed WHERE person <> $1", person)
    assert any(code.startswith("blob_") for code in desk.alarms)


async def test_erased_later_the_part_stays_to_the_end_said_before(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """An erasure shortens no hold and lengthens none; the certificate names it."""
    number, person = await customer(desk, post)
    clock.forward(days=2 * 365 + 3)
    await tick(desk, post)
    clerk = await hired(desk, "privacy_desk")
    [(key, due)] = await of(store, "SELECT key, due FROM sealed WHERE person = $1 AND category = 'payment'", person)
    await request(desk, clerk, Ask(number, "counter", "in_person"))
    await tick(desk, post)
    body = await read_certificate(desk, post.link("certificate"))
    assert (body.left, body.held_until["payment"], body.held_fields["identity"]) == (0, due, (NAME,))
    [(new, again)] = await of(store, "SELECT key, due FROM sealed WHERE person = $1 AND category = 'payment'", person)
    assert new != key, "a new key again: a backup of before the erasure opens nothing"
    assert again == due
    facts = await facts_of(desk, person)
    assert facts.holds["payment"] == due
    assert may(desk, facts, "bookkeeping", REFERENCE, person)
    assert not may(desk, facts, "orders", REFERENCE, person)
    assert sorted(await lines(desk, "end", "held")) == [
        "retention.identity.hold", "retention.payment.hold", "retention.payment.hold"
    ]  # fmt: skip
    capability = post.link("certificate")
    clock.at = max(body.held_until.values()) - 1
    await tick(desk, post)
    clerk = Actor(clerk.person, clerk.roles, clock.at + 1)
    assert (await read_certificate(desk, capability)).held == body.held, "the way in lasts as long as the hold"
    assert (await left(desk, clerk, body.number)).held_until == body.held_until, "the number on paper leads there too"
    clock.at += 1
    await sweep(desk)
    assert not await of(store, "SELECT 1 FROM person WHERE person = $1", person)
    with pytest.raises(NotFound):
        await read_certificate(desk, capability)


async def test_each_record_has_its_own_end(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """Two invoices of two years: each is kept ten years from its own day."""
    number, person = await customer(desk, post)
    clock.forward(days=300)
    await paid(desk, number, 950)
    clock.forward(days=2 * 365 + 3)
    await sweep(desk)
    dues = sorted(int(str(row[0])) for row in await of(store, "SELECT due FROM sealed WHERE category = 'payment'"))
    assert abs(dues[1] - dues[0] - 300 * 86_400_000_000) < 2 * 86_400_000_000
    facts = await facts_of(desk, person)
    assert sorted(row.held["payment"] for row in facts.rows.values() if row.held) == dues


async def test_killed_anywhere_a_held_part_is_under_one_key(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """After each statement the process ends: either nothing happened, or all did; never both keys, never none."""
    _, person = await customer(desk, post)
    clock.forward(days=2 * 365 + 3)
    spied = SpyStore(store)
    watched = dataclasses.replace(desk, store=spied)
    killed = 0
    joined = "sealed s JOIN dek d ON d.person = s.person AND d.key = s.key"
    sql = f"SELECT s.key, s.version, d.ending FROM {joined} WHERE s.person = $1 AND s.category = 'payment'"
    [before] = await of(store, sql, person)
    for step in range(400):
        spied.left = step
        try:
            await sweep(watched)
        except Killed:
            killed += 1
            [(key, version, ending)] = await of(store, sql, person)
            row = next(r for r in (await facts_of(desk, person)).rows.values() if r.point == "payment_report")
            assert row.version == version, step
            assert bool(row.held) == str(ending).startswith("hold:") == (key != before[0]), step
            await reconcile(desk.vault.room, store)
            assert desk.vault.room.keystore.count(SLUG) == await count(store, "dek"), step
            continue
        break
    assert killed > 20
    [(_, _, ending)] = await of(store, sql, person)
    assert str(ending).startswith("hold:UU KUP 28(11):")
    assert may(desk, await facts_of(desk, person), "bookkeeping", REFERENCE, person)


async def test_killed_before_the_mirrors_heard_the_start_finishes_it(
    desk: Desk, post: Post, store: Store, clock: Clock, monkeypatch
) -> None:
    """Committed but not settled: the new key reaches the mirrors, and the old one leaves them."""
    await reconcile(desk.vault.room, store)
    _, person = await customer(desk, post)
    [(old,)] = await of(store, "SELECT key FROM sealed WHERE person = $1 AND category = 'payment'", person)
    clock.forward(days=2 * 365 + 3)

    async def killed(_self: Vault, _tx: int | None = None) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "settled", killed)
        for _ in range(4):
            with pytest.raises(Killed):
                await sweep(desk)
    await sweep(desk)
    [(new,)] = await of(store, "SELECT key FROM sealed WHERE person = $1 AND category = 'payment'", person)
    assert new != old
    await reconcile(desk.vault.room, store)
    mirrored = [{row[0] for row in m.rows("SELECT key FROM dek")} for m in desk.vault.room.keystore.mirrors]
    assert all(new in keys and old not in keys for keys in mirrored)
    assert desk.vault.room.keystore.intents(SLUG) == []


async def test_a_permit_of_another_purpose_opens_nothing_held(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """The vault checks again: even a permit that names the record opens no part that is past its end."""
    _, person = await customer(desk, post)
    clock.forward(days=2 * 365 + 3)
    await sweep(desk)

    async def opens(sheet):
        facts, _ = await sheet.facts(person)
        fields = frozenset({REFERENCE, NAME})
        permit = sheet.entering(person, frozenset(facts.rows), fields, "orders", "purposes.orders")
        found = await desk.vault.open(sheet.tx, permit, facts)
        return {f"{o.category}.{n}": v.show() for o in found for n, v in o.values.items()}

    assert await desk.read(opens) == {NAME: "Ratna Dewi"}, "the order's own name is still live"


async def test_a_held_part_takes_no_new_values(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """What a hold keeps is what it was when it was kept."""
    _, person = await customer(desk, post)
    clock.forward(days=2 * 365 + 3)
    await sweep(desk)
    facts = await facts_of(desk, person)
    record = next(name for name, row in facts.rows.items() if row.held)

    async def writes(sheet):
        await sheet.facts(person)
        permit = sheet.entering(person, frozenset({record}), frozenset({REFERENCE}), "bookkeeping", "points")
        await desk.vault.put(
            sheet.tx, permit, bytes.fromhex(record), {"payment": {"reference": "REF-8"}}, {"payment": "person"},
            {"payment": clock() + YEAR}, bytes(16),
        )  # fmt: skip

    with pytest.raises(Refused) as refused:
        await desk.write(writes)
    assert refused.value.promise == "retention.payment"


async def test_a_correction_reaches_what_lives_and_not_what_is_held(
    desk: Desk, post: Post, store: Store, clock: Clock
) -> None:
    """An invoice says the name it was written for; the newer booking takes the new one, and nothing is refused."""
    _, person = await customer(desk, post)
    clock.forward(days=365)
    await guest(desk, post, 2)
    clock.forward(days=3 * 365 + 5)
    await sweep(desk)

    async def corrects(sheet):
        facts, version = await sheet.facts(person)
        assert [row for row in facts.rows.values() if "identity" in row.held]
        await sheet.keep(person, await rewrite(sheet, person, facts, {NAME: "Ratna Baru"}, bytes(16)), version)

    await desk.write(corrects)

    async def names(sheet, purpose):
        facts, _ = await sheet.facts(person)
        permit = await sheet.ask(Use("look", purpose, frozenset({NAME}), 0, person=person), facts)
        return {
            o.values["name"].show() for o in await desk.vault.open(sheet.tx, permit, facts) if o.category == "identity"
        }

    assert await desk.read(lambda sheet: names(sheet, "orders")) == {"Ratna Baru"}
    assert await desk.read(lambda sheet: names(sheet, "bookkeeping")) == {"Ratna Baru", "Ratna Dewi"}
