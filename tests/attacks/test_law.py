"""As a lawyer would try it: uses that no single promise allows, put together from several that are."""

from itertools import product

import pytest

from tepati.errors import NotFound, Refused, TepatiError
from tepati.flows.actor import Actor
from tepati.flows.acts.close import close
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.staff import Newcomer, undertake, welcome
from tepati.flows.acts.withdraw import withdraw
from tepati.flows.desk import Desk
from tepati.store.port import Store
from tests.attacks.world import A, B, confirmed, hired
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import paid


async def both(desk: Desk, *roles: str) -> Actor:
    """Let somebody in who has several roles."""
    person = (await welcome(desk, Newcomer("Rangkap", "rangkap@fineclean.example", "0812 0000 3333",
                                           "kata sandi panjang", roles))).person  # fmt: skip
    return Actor(person, roles, await undertake(desk, person))


async def test_two_roles_are_no_third(desk: Desk, post: Post) -> None:
    """What one role sees, for the purpose of another: each combination that neither has alone."""
    number = await confirmed(desk, post, 1, A)
    await paid(desk, number)
    roles = ("dispatcher", "accountant", "editor", "service_desk")
    actor, notice = await both(desk, *roles), desk.notice
    fields = sorted({path for role in roles for path in notice.roles[role].sees})
    purposes = sorted({purpose for role in roles for purpose in notice.roles[role].for_})
    refused = 0
    for path, purpose in product(fields, purposes):
        alone = [role for role in roles if path in notice.roles[role].sees and purpose in notice.roles[role].for_]
        if alone:
            continue
        with pytest.raises(Refused):
            await look(desk, actor, Wish(number, purpose, frozenset({path}), "karena dapat"))
        refused += 1
    assert refused > 10
    seen = await look(desk, actor, Wish(number, "orders", frozenset({"identity.name", "location.address"})))
    assert seen.role == "dispatcher"


async def test_fields_of_two_purposes_are_not_opened_by_one(desk: Desk, post: Post) -> None:
    """A wish that is half allowed opens nothing."""
    number = await confirmed(desk, post, 1, A)
    await paid(desk, number)
    actor = await hired(desk, "dispatcher")
    for more in ("payment.reference", "identity.email", "usage.pages"):
        with pytest.raises(Refused):
            await look(desk, actor, Wish(number, "orders", frozenset({"identity.name", more})))


async def test_a_task_that_is_over_is_no_reason(desk: Desk, post: Post, clock: Clock) -> None:
    """The booking is closed: the dispatcher's window with it, by number, by address, and by the person found before."""
    number = await confirmed(desk, post, 1, A)
    actor, wish = await hired(desk, "dispatcher"), frozenset({"identity.phone"})
    assert (await look(desk, actor, Wish(number, "orders", wish))).values
    clock.forward(hours=24 * 7)
    await close(desk, actor, number)
    for asked in (Wish(number, "orders", wish), Wish("", "orders", wish, email=A),
                  Wish(number, "orders", wish, "pelanggan menelepon")):  # fmt: skip
        with pytest.raises((Refused, NotFound)):
            await look(desk, actor, asked)


async def test_a_strangers_booking_opens_no_window_on_the_owner(desk: Desk, post: Post) -> None:
    """Staff who type a booking under a customer's address cannot see by it what the customer gave before."""
    first = await confirmed(desk, post, 1, A, location__address="Jalan Rahasia 1, Depok")
    second = (await collect(desk, booking(desk, 2, location__address="Jalan Palsu 2, Depok"))).number
    actor = await hired(desk, "dispatcher")
    await close(desk, actor, first)
    with pytest.raises(TepatiError):
        seen = await look(desk, actor, Wish(second, "orders", frozenset({"location.address"})))
        assert "Rahasia" not in str(seen.values)
        raise NotFound("only the unproven record's own")


async def test_an_answered_no_is_kept_against_every_way_of_asking(desk: Desk, post: Post, store: Store) -> None:
    """Withdrawn by the promotion's link: no letter that waits, no campaign, no look for that purpose uses it again."""
    from tepati.flows.acts.campaign import launch
    from tepati.flows.tick import tick

    number = await confirmed(desk, post, 1, A)
    other = await confirmed(desk, post, 2, B)
    editor = await hired(desk, "editor")
    await launch(desk, editor, "offer", bytes(15) + b"1")
    await tick(desk, post)
    link = next(mail.unsubscribe for mail in post.sent if mail.unsubscribe and mail.to == A)
    await withdraw(desk, link.rpartition("/")[2], "id")
    post.sent.clear()
    await launch(desk, editor, "offer", bytes(15) + b"2")
    for _ in range(3):
        await tick(desk, post)
        await deliver(desk, post)
    assert not any(mail.unsubscribe for mail in post.sent if mail.to == A)
    with pytest.raises(Refused):
        await look(desk, editor, Wish(number, "offers", frozenset({"identity.name"})))
    assert other
