"""A refusal is written down whatever happens meanwhile, leaves nothing in memory, and makes no erased person again."""

import dataclasses

import msgspec
import pytest

from tepati.errors import Conflict, Refused
from tepati.flows.acts.collect import collect
from tepati.flows.acts.look import Wish, look
from tepati.flows.desk import Desk
from tepati.web.site.surface import DeskSurface
from tests.flows.conftest import Post, booking
from tests.flows.spy import SpyStore
from tests.flows.test_attacks import confirmed, dispatcher

FORBIDDEN = frozenset({"booking.wish", "identity.email"})


class Losing(SpyStore):
    """Loses the race of every writing transaction but the first."""

    def __init__(self, store, races: int) -> None:
        super().__init__(store)
        self.first, self.races = True, races

    async def write(self, work):
        if not self.first and self.races:
            self.races -= 1
            raise Conflict("store_race")
        self.first = False
        return await super().write(work)


@pytest.mark.parametrize(("races", "counted"), [(1, 0), (99, 1)])
async def test_a_refusal_that_loses_its_race_is_told_and_kept(desk: Desk, post: Post, races: int, counted: int) -> None:
    """Who is refused hears so; the line is written again, or at least counted."""
    number, actor = await confirmed(desk, post), await dispatcher(desk)
    racing = dataclasses.replace(desk, store=Losing(desk.store, races))
    with pytest.raises(Refused):
        await look(racing, actor, Wish(number, "offers", FORBIDDEN))
    desk.refusals.count(0, "x", "y")  # the table is shared by both desks
    assert len(desk.refusals.take(desk.now() + 10**9, "ab" * 32)) - 1 == counted


async def test_nothing_of_a_refused_act_stays_in_memory(desk: Desk, post: Post) -> None:
    """What a transaction read of a person is forgotten when it rolls back, and when it only read."""
    number, actor = await confirmed(desk, post), await dispatcher(desk)
    with pytest.raises(Refused):
        await look(desk, actor, Wish(number, "offers", FORBIDDEN))
    person = await desk.read(lambda s: desk.vault.find(s.tx, "identity.email", "ratna@contoh.example"))
    await desk.read(lambda s: s.facts(person))
    assert not desk.vault.room.open


async def test_the_line_of_a_refusal_waits_for_an_erasure(desk: Desk, post: Post) -> None:
    """It locks the person it speaks of: else it would seal an opening for somebody erased in that moment."""
    number, actor = await confirmed(desk, post), await dispatcher(desk)
    spy = SpyStore(desk.store)
    with pytest.raises(Refused):
        await look(dataclasses.replace(desk, store=spy), actor, Wish(number, "offers", FORBIDDEN))
    locks = [sql for sql, _ in spy.seen if "FROM state" in sql]
    assert len(locks) == 2
    assert all("FOR UPDATE" in sql for sql in locks)


async def test_a_stranger_is_only_counted(desk: Desk) -> None:
    """Nobody knows them, so nothing is sealed for them."""
    with pytest.raises(Refused):
        await collect(desk, booking(desk, identity__nik="3201010101010001"))
    assert not desk.vault.room.open


async def test_who_may_not_look_does_not_learn_who_is_known(desk: Desk, post: Post) -> None:
    """Known and unknown address and number: one refusal, and each attempt a line."""
    number, actor = await confirmed(desk, post), await dispatcher(desk)
    wishes = [
        Wish("", "offers", FORBIDDEN, email="ratna@contoh.example"),
        Wish("", "offers", FORBIDDEN, email="nobody@contoh.example"),
        Wish(number, "offers", FORBIDDEN),
        Wish("HC-0000-0000", "offers", FORBIDDEN),
    ]
    before, heard = await desk.store.read(desk.log.pending), set()
    for wish in wishes:
        with pytest.raises(Refused) as refused:
            await look(desk, actor, wish)
        heard.add((refused.value.code, refused.value.promise))
    assert len(heard) == 1
    assert await desk.store.read(desk.log.pending) == before + len(wishes)


@pytest.mark.promise("T1")
async def test_what_the_site_refused_for_a_strange_field_is_counted_as_at_the_door(desk: Desk) -> None:
    """Undeclared fields refused: a form's page and a program's call are one count under the point's promise."""
    DeskSurface(desk, b"").stray("booking")
    strange = msgspec.structs.replace(booking(desk), values={**booking(desk).values, "identity.nik": "1"})
    with pytest.raises(Refused, match="undeclared_field"):
        await collect(desk, strange)
    (line,) = desk.refusals.take(desk.now() + 10**9, "ab" * 32)
    assert (line.act, line.answer, line.promise, line.n) == ("collect", "refused", "points.booking", 2)
