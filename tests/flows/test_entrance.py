"""Staff type in only where their role answers for it, under their name; looks without a task say why; numbers clash."""

import dataclasses

import msgspec
import pytest

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows.acts.collect import collect
from tepati.flows.acts.look import Wish, look
from tepati.flows.desk import Desk
from tepati.flows.entrance import entered
from tepati.flows.entry import Form
from tepati.store.port import Store
from tests.conftest import Clock
from tests.flows.conftest import Post, booking
from tests.flows.people import count, guest, hired, lines, paid


def spoken(desk: Desk, **other: object) -> Form:
    return msgspec.structs.replace(booking(desk), **({"channel": "phone"} | other))  # type: ignore[arg-type]


async def test_who_answers_for_a_purpose_may_type_and_is_named(desk: Desk, store: Store) -> None:
    """The dispatcher's role stands in the person's opening, the dispatcher in their own."""
    actor = await hired(desk, "dispatcher")
    before = await count(store, "opening WHERE party = 'actor'")
    (form,) = await entered(desk, actor, [spoken(desk)])
    assert (form.actor, form.role) == (actor.person, "dispatcher")
    await collect(desk, form)
    assert await count(store, "opening WHERE party = 'actor'") == before + 1
    row = await store.read(lambda tx: tx.one("SELECT person FROM opening WHERE party = 'actor' ORDER BY due DESC"))
    assert row is not None
    assert bytes(row[0]) == actor.person  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "change"),
    [
        ("analyst", {}), ("accountant", {}), ("cleaner", {}), ("dispatcher", {"channel": "site"}),
        ("dispatcher", {"point": "payment_report", "channel": "api"}), ("dispatcher", {"point": "complaint"}),
        ("dispatcher", {"channel": "counter"}),
    ],
)  # fmt: skip
async def test_others_may_not_and_the_refusal_names_them(desk: Desk, role: str, change: dict[str, str]) -> None:
    """Role, point and channel must fit; the refusal is a line with the actor's opening."""
    with pytest.raises(Refused, match="role_may_not_enter"):
        await entered(desk, await hired(desk, role), [spoken(desk, **change)])
    assert await lines(desk, "collect", "refused") == [f"roles.{role}"]


async def test_a_declared_role_alone_enters(desk: Desk) -> None:
    """``entered_by`` names one role, whatever others may."""
    point = msgspec.structs.replace(desk.notice.points["booking"], entered_by="accountant")
    notice = msgspec.structs.replace(desk.notice, points={**desk.notice.points, "booking": point})
    door = dataclasses.replace(desk, notice=notice)
    assert (await entered(door, await hired(desk, "accountant"), [spoken(desk)]))[0].role == "accountant"
    with pytest.raises(Refused):
        await entered(door, await hired(desk, "dispatcher"), [spoken(desk)])
    with pytest.raises(Refused, match="unknown_point"):
        await entered(door, await hired(desk, "service_desk"), [spoken(desk, point="tidak_ada")])


async def test_no_undertaking_no_entry(desk: Desk) -> None:
    """Who did not sign types nothing in."""
    actor = dataclasses.replace(await hired(desk, "dispatcher"), undertaken=0)
    with pytest.raises(Refused, match="undertaking_missing"):
        await entered(desk, actor, [spoken(desk)])


async def test_a_language_the_notice_lacks_is_a_fault(desk: Desk) -> None:
    """What is written into the link is one of the notice's languages, nothing else."""
    with pytest.raises(BadInput) as bad:
        await collect(desk, msgspec.structs.replace(booking(desk), language="id,0,0,x"))
    assert bad.value.faults == {"language": "language_not_offered"}


async def test_a_role_without_a_window_says_why(desk: Desk, post: Post) -> None:
    """The accountant is tied to no task: without a reason, or with an essay, nothing is opened."""
    number = await guest(desk, post)
    await paid(desk, number)
    clerk = await hired(desk, "accountant")
    wish = Wish(number, "bookkeeping", frozenset({"identity.name"}))
    for reason in ("", "   ", "x" * 201):
        with pytest.raises(BadInput) as bad:
            await look(desk, clerk, dataclasses.replace(wish, reason=reason))
        assert set(bad.value.faults) == {"reason"}
    assert (await look(desk, clerk, dataclasses.replace(wish, reason="faktur November"))).values


async def test_two_dealings_of_one_number_open_neither(
    desk: Desk, post: Post, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new dealing draws again where its number is taken; where two have one all the same, nobody is opened."""
    from tepati.flows import numbers

    own = numbers.number_of
    monkeypatch.setattr(
        numbers, "number_of", lambda org, person, thing, again=0: own(org, b"", b"", again) if again < 2 else "HC-X"
    )
    await guest(desk, post, 1)
    await guest(desk, post, 2, identity__email="dua@contoh.example")
    rows = await store.read(lambda tx: tx.all("SELECT number FROM dealing ORDER BY opened, number"))
    assert len({str(row[0]) for row in rows}) == 2, "drawn again"
    number = str(rows[0][0])
    await store.write(lambda tx: tx.run("UPDATE dealing SET number = $1", number))
    actor = await hired(desk, "dispatcher")
    with pytest.raises(NotFound):
        await look(desk, actor, Wish(number, "orders", frozenset({"identity.name"})))
    assert desk.alarms == ["number_ambiguous"]
