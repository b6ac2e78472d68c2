"""What was ended stays ended: a row that verifies by its own MAC, put back by SQL, opens nothing."""

import pytest

from tepati.errors import Expired, NotFound, Tampered
from tepati.flows.acts import enter
from tepati.flows.acts.arrive import arrive, place
from tepati.flows.acts.assign import assign
from tepati.flows.acts.dismiss import sign_out
from tepati.flows.acts.forget import forget
from tepati.flows.acts.staff import signed_in
from tepati.flows.desk import Desk
from tepati.store.port import Store
from tepati.vault import mirror
from tepati.vault.mirror import Op
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.inside import come_in
from tests.flows.people import guest
from tests.flows.test_leaving import again, entered
from tests.flows.test_visits import PHONE, given, local

SESSION = "person, secret, org, kind, made, expires, version, mac, ledger_id"
LINK = "person, secret, org, kind, about, made, expires, used, ledger_id"
IDENT = "blind_index, org, field, person"
DEVICE = "person, secret, org, label, made, known, expires, mac, ledger_id"


async def rows(store: Store, table: str, columns: str) -> list[tuple[object, ...]]:
    """Copy rows, as whoever has SQL can."""
    return [tuple(row) for row in await store.read(lambda tx: tx.all(f"SELECT {columns} FROM {table}"))]


async def put_back(store: Store, table: str, columns: str, copied: list[tuple[object, ...]]) -> None:
    """Write them in again."""
    places = ", ".join(f"${n}" for n in range(1, len(columns.split(",")) + 1))
    insert = f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING"
    await store.write(lambda tx: tx.many(insert, copied))  # type: ignore[arg-type]


async def test_a_member_who_signed_out_is_not_signed_in_again(desk: Desk, store: Store, clock: Clock) -> None:
    """The other session of the same member goes on."""
    _, token, factor = await entered(desk, clock)
    other = await again(desk, clock, factor)
    copied = await rows(store, "session", SESSION)
    assert await sign_out(desk, await signed_in(desk, token), token)
    await put_back(store, "session", SESSION, copied)
    with pytest.raises(Tampered) as found:
        await signed_in(desk, token)
    assert found.value.code == "session_old"
    assert "session_old" in desk.alarms
    assert await signed_in(desk, other)


async def test_a_person_who_left_is_not_let_in_again(desk: Desk, post: Post, store: Store) -> None:
    """Nor by the same link, whose row SQL made unused."""
    await guest(desk, post)
    who, held = await come_in(desk, post)
    copied, link = await rows(store, "session", SESSION), post.link("enter")
    await enter.leave(desk, who)
    with pytest.raises(Expired):
        await enter.visitor(desk, held.session, held.device)
    await put_back(store, "session", SESSION, copied)
    with pytest.raises(Tampered):
        await enter.visitor(desk, held.session, held.device)
    with pytest.raises(Expired):
        await enter.enter(desk, link, "", "android")
    await store.write(lambda tx: tx.run("UPDATE link SET used = NULL"))
    with pytest.raises(Tampered):
        await enter.enter(desk, link, "", "android")
    assert {"session_old", "link_tampered"} <= set(desk.alarms)


async def test_sessions_ended_together_stay_ended(desk: Desk, post: Post, store: Store) -> None:
    """All but the one that ended them."""
    await guest(desk, post)
    _, first = await come_in(desk, post)
    who, second = await come_in(desk, post)
    copied = await rows(store, "session", SESSION)
    await forget(desk, who, "")
    await put_back(store, "session", SESSION, copied)
    with pytest.raises(Tampered):
        await enter.visitor(desk, first.session, first.device)
    assert await enter.visitor(desk, second.session, second.device)


async def test_a_device_forgotten_is_a_stranger(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """Put back it is not known; asked for again it waits its day, and is."""
    await guest(desk, post)
    who, held = await come_in(desk, post)
    await enter.know(desk, who, "android", "id")
    clock.forward(hours=24)
    who, held = await come_in(desk, post, device=held.device)
    assert who.known
    copied = await rows(store, "device", DEVICE)
    await forget(desk, who, who.device.hex())
    await put_back(store, "device", DEVICE, copied)
    seen = await enter.visitor(desk, held.session, held.device)
    assert (seen.known, seen.waits) == (False, 0)
    await enter.know(desk, seen, "android", "id")
    clock.forward(hours=24)
    assert (await come_in(desk, post, device=held.device))[0].known


async def test_what_ended_is_remembered_as_long_as_it_could_have_lived(desk: Desk, clock: Clock, store: Store) -> None:
    """Then the row is over by itself, and the next roll lets the name go: the key store does not grow."""
    _, token, _ = await entered(desk, clock)
    await sign_out(desk, await signed_in(desk, token), token)
    keystore = desk.vault.room.keystore
    names = lambda: keystore.mirrors[1].rows("SELECT key FROM gone")  # noqa: E731
    assert len(names()) == 1
    await keystore.settle([Op(mirror.FORGET_GONE, [(clock(),)], cuts=True)])
    assert len(names()) == 1
    await keystore.settle([Op(mirror.FORGET_GONE, [(clock.forward(hours=9),)], cuts=True)])
    assert names() == []


async def test_a_link_to_a_visit_put_back_shows_nothing(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """When another was sent in its place, neither the link nor the phone it was bound to comes back."""
    number, dispatcher, cleaner, link = await given(desk, post)
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    links, idents = await rows(store, "link", LINK), await rows(store, "ident", IDENT)
    await assign(desk, dispatcher, number, cleaner.person)
    await put_back(store, "link", LINK, links)
    await put_back(store, "ident", IDENT, idents)
    with pytest.raises(NotFound):
        await place(desk, link, PHONE, "id")


async def test_a_link_to_a_visit_made_unused_binds_no_other_phone(desk: Desk, post: Post, clock: Clock) -> None:
    """What opened once was opened, whatever its row says."""
    link = (await given(desk, post))[3]
    clock.at = local(25, 13)
    await arrive(desk, link, PHONE)
    await desk.store.write(lambda tx: tx.run("UPDATE link SET used = NULL"))
    with pytest.raises(Tampered):
        await arrive(desk, link, "another phone")
