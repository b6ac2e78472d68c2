"""What members of staff may do: under an undertaking, in a session, as their role of the notice and no further."""

import dataclasses

import pyotp
import pytest

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused
from tepati.flows import answering
from tepati.flows.actor import Actor
from tepati.flows.acts.campaign import launch
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.staff import Newcomer, sign_in, signed_in, undertake, welcome
from tepati.flows.desk import Desk, Sheet
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.people import PASSWORD, count, guest, hired, lines

NAME = frozenset({"identity.name"})
NEW = Newcomer("Wulan Sari", "wulan@fineclean.example", "0812 5550 0202", PASSWORD, ("privacy_desk",))


async def test_signed_in_with_both_factors_they_act_until_the_day_is_over(desk: Desk, post: Post, clock: Clock) -> None:
    """The session says who it is; the undertaking counts from its signature; eight hours later it is over.

    In a role whose door is a one-time link nobody acts here (``roles.cleaner.by``).
    """
    number = await guest(desk, post)
    new = dataclasses.replace(NEW, roles=("cleaner", "dispatcher"))
    welcomed = await welcome(desk, new)
    code = pyotp.TOTP(welcomed.factor).at(clock() // 1_000_000)
    token = await sign_in(desk, new.email, PASSWORD, code)
    with pytest.raises(Refused) as refused:
        await look(desk, await signed_in(desk, token), Wish(number, "orders", NAME))
    assert refused.value.promise == "accountability.supervision"
    await undertake(desk, welcomed.person)
    assert (await signed_in(desk, token)).roles == ("dispatcher",)
    seen = await look(desk, await signed_in(desk, token), Wish(number, "orders", NAME))
    assert seen.values == {"identity.name": "Ratna Dewi"}
    for other in (token[:-1], token[::-1], "", "\udcff"):
        with pytest.raises(Expired):
            await signed_in(desk, other)
    clock.forward(hours=8)
    with pytest.raises(Expired):
        await signed_in(desk, token)


async def test_an_undertaking_runs_out_after_a_year(desk: Desk, post: Post, clock: Clock) -> None:
    """Signed before first access and yearly again, or nothing opens."""
    number = await guest(desk, post)
    actor = await hired(desk, "dispatcher")
    clock.at = actor.undertaken
    with pytest.raises(Refused) as refused:
        await look(desk, actor, Wish(number, "orders", NAME))
    assert refused.value.promise == "accountability.supervision"
    renewed = dataclasses.replace(actor, undertaken=await undertake(desk, actor.person))
    assert (await look(desk, renewed, Wish(number, "orders", NAME))).values


@pytest.mark.parametrize(
    ("role", "purpose", "fields", "promise"),
    [
        ("dispatcher", "offers", NAME, "roles.dispatcher"),
        ("dispatcher", "orders", frozenset({"identity.email"}), "roles.dispatcher"),
        ("accountant", "bookkeeping", frozenset({"location.address"}), ""),
        ("service_desk", "service", NAME, "roles.service_desk"),
        ("cleaner", "orders", frozenset({"location.address"}), "roles.cleaner"),
        ("privacy_desk", "requests", NAME, "roles.privacy_desk"),
        ("outside_counsel", "orders", NAME, ""),
    ],
)
async def test_each_role_is_refused_what_is_not_its_own(
    desk: Desk, post: Post, role: str, purpose: str, fields: frozenset[str], promise: str
) -> None:
    """Other purposes, other fields, no open case: refused with the promise that refuses, and written down."""
    number = await guest(desk, post)
    with pytest.raises(Refused) as refused:
        await look(desk, await hired(desk, role), Wish(number, purpose, fields))
    assert not promise or refused.value.promise == promise
    assert await lines(desk, "look", "refused") == [refused.value.promise]


async def test_who_handles_a_request_sees_masked_and_only_while_it_runs(desk: Desk, post: Post) -> None:
    """The privacy desk sees enough to know the person, and nothing before or after the request."""
    number = await guest(desk, post)
    clerk, other = await hired(desk, "privacy_desk"), await hired(desk, "director", "privacy_desk")
    await request(desk, clerk, Ask(number, "email", "link"))
    wish = Wish("", "requests", frozenset({"identity.name", "identity.phone"}), email="ratna@contoh.example")
    with pytest.raises(Refused, match="reason_own"):
        await look(desk, clerk, wish)
    seen = await look(desk, other, wish)
    assert not [value for value in seen.values.values() if value in {"Ratna Dewi", "+6281234567890"}]
    with pytest.raises(NotFound):
        await look(desk, clerk, dataclasses.replace(wish, email="bukan@contoh.example"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"roles": ("raja",)}, "roles"), ({"roles": ()}, "roles"), ({"password": "pendek"}, "password"),
        ({"email": "bukan"}, "staff.email"), ({"name": ""}, "staff.name"), ({"phone": "12"}, "staff.phone"),
    ],
)  # fmt: skip
async def test_a_faulty_newcomer_is_not_let_in(desk: Desk, store: Store, change: dict[str, object], fault: str) -> None:
    """Every fault is named by its field, its value is not, and nobody is half let in."""
    with pytest.raises(BadInput) as bad:
        await welcome(desk, dataclasses.replace(NEW, **change))
    assert set(bad.value.faults) == {fault}
    assert await count(store, "staff") == await count(store, "person") == 0


async def test_one_address_is_one_member(desk: Desk, store: Store) -> None:
    """The same address twice is a conflict, and leaves one member."""
    await welcome(desk, NEW)
    with pytest.raises(Conflict):
        await welcome(desk, dataclasses.replace(NEW, name="Orang Lain"))
    assert await count(store, "staff") == await count(store, "person") == 1


@pytest.mark.parametrize("role", ["director", "privacy_desk"])
async def test_who_approves_lets_no_second_approver_in(desk: Desk, role: str) -> None:
    """Whoever lets somebody in sees the first password and the key: with them one person would be two."""
    director = await hired(desk, "director")
    with pytest.raises(BadInput) as refused:
        await welcome(desk, dataclasses.replace(NEW, roles=("dispatcher", role)), director)
    assert refused.value.faults == {"roles": "role_by_operator"}
    await welcome(desk, dataclasses.replace(NEW, roles=("dispatcher",)), director)


async def test_whoever_has_no_role_at_the_console_is_refused_in_words_everywhere(desk: Desk, post: Post) -> None:
    """A cleaner alone, whose one role acts by links: each act says no, written down, and none of them breaks."""
    number = await guest(desk, post)
    nobody = dataclasses.replace(await hired(desk, "cleaner"), roles=())
    acts = (
        look(desk, nobody, Wish(number, "orders", NAME)), launch(desk, nobody, "offer", b"x"),
        desk.write(lambda sheet: _may_answer(sheet, nobody)), request(desk, nobody, Ask(number, "email", "link")),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(Refused):
            await act


async def _may_answer(sheet: Sheet, actor: Actor) -> None:
    answering.may(sheet, actor)
