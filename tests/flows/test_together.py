"""Pure reads share a commit: each answer leaves when its line is durable, and each act fails by itself."""

import asyncio
import base64
from functools import partial

import pytest

from tepati.errors import Expired, NotFound, Refused
from tepati.flows import ending, members
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.staff import signed_in
from tepati.flows.together import share
from tepati.registers import sessions, staff
from tepati.rules.facts import FOREVER
from tests.flows.people import count, guest, hired, lines

FIELDS = frozenset({"identity.name", "location.address"})


class Counted:
    """A store that counts its transactions: those that write, and those that only read."""

    def __init__(self, store):
        self._store, self.writes, self.reads, self.engine = store, 0, 0, store.engine

    async def read(self, work, *, single=False):
        self.reads += 1
        return await self._store.read(work, single=single)

    async def write(self, work):
        self.writes += 1
        return await self._store.write(work)

    def __getattr__(self, name):
        return getattr(self._store, name)


@pytest.fixture
def counted(desk):
    object.__setattr__(desk, "store", Counted(desk.store))  # the desk is frozen; this one counts
    return desk.store


async def test_many_looks_are_few_commits_with_a_line_and_two_openings_each(desk, post, counted):
    numbers = [await guest(desk, post, n, identity__email=f"g{n}@contoh.example") for n in range(1, 5)]
    staff = await hired(desk, "dispatcher")
    before, kept = len(await lines(desk, "look", "allowed")), await count(desk.store, "opening")
    counted.writes = 0
    seen = await asyncio.gather(*(look(desk, staff, Wish(n, "orders", FIELDS)) for n in numbers * 6))
    assert counted.writes <= 12, "alone they would be 24"
    assert {one.values["identity.name"] for one in seen} == {"Ratna Dewi"}
    assert [one.number for one in seen] == numbers * 6
    assert await count(desk.store, "opening") == kept + 48
    assert len(await lines(desk, "look", "allowed")) == before + 24


async def test_whoever_is_refused_in_a_group_is_refused_alone(desk, post):
    number = await guest(desk, post)
    may, may_not = await hired(desk, "dispatcher"), await hired(desk, "cleaner")
    answers = await asyncio.gather(
        look(desk, may, Wish(number, "orders", FIELDS)),
        look(desk, may_not, Wish(number, "offers", FIELDS)),
        look(desk, may, Wish("HC-0000-0000", "orders", FIELDS)),
        look(desk, may, Wish(number, "orders", FIELDS)),
        return_exceptions=True,
    )
    assert [type(one) for one in answers[1:3]] == [Refused, NotFound]
    assert answers[0].values == answers[3].values
    assert answers[0].line != answers[3].line
    assert len(await lines(desk, "look", "allowed")) == 2
    assert len(await lines(desk, "look", "refused")) == 1


async def test_an_act_that_fails_after_it_wrote_takes_nobody_along(desk, post):
    number, staff = await guest(desk, post), await hired(desk, "dispatcher")

    async def writes_and_fails(sheet):
        await sheet.tx.run("UPDATE record SET created = created + 1")
        raise NotFound("no_such_number")

    async def breaks(sheet):
        raise ZeroDivisionError

    answers = await asyncio.gather(
        look(desk, staff, Wish(number, "orders", FIELDS)),
        share(desk, writes_and_fails),
        share(desk, breaks),
        look(desk, staff, Wish(number, "orders", FIELDS)),
        return_exceptions=True,
    )
    assert [type(one) for one in answers[1:3]] == [NotFound, ZeroDivisionError]
    assert len(await lines(desk, "look", "allowed")) == 2
    assert answers[0].values == answers[3].values
    assert answers[0].line != answers[3].line


async def test_a_value_opened_in_a_group_that_is_not_committed_never_leaves(desk, post, counted):
    """The line is what allows the answer: no commit, no answer."""
    number, staff = await guest(desk, post), await hired(desk, "dispatcher")
    given = []

    async def lost(work):
        async def undone(tx):
            given.append(await work(tx))
            raise OSError

        return await counted._store.write(undone)

    counted.write = lost
    with pytest.raises(OSError):
        await look(desk, staff, Wish(number, "orders", FIELDS))
    assert given, "the values had been opened"
    del counted.write
    assert await lines(desk, "look", "allowed") == []


async def test_whoever_is_held_by_another_act_is_waited_for_alone(desk, post):
    """No act of a group waits for a row: the others are answered while one person's erasure goes on (PostgreSQL)."""
    if desk.store.engine == "sqlite":
        pytest.skip("writes one at a time")
    numbers = [await guest(desk, post, n, identity__email=f"g{n}@contoh.example") for n in (1, 2)]
    staff, here, go = await hired(desk, "dispatcher"), asyncio.Event(), asyncio.Event()
    person = await desk.read(lambda s: desk.vault.find(s.tx, "identity.email", "g1@contoh.example"))

    async def hold(sheet):
        await sheet.facts(person)
        here.set()
        await go.wait()

    holding = asyncio.create_task(desk.write(hold))
    await here.wait()
    held, free = (asyncio.create_task(look(desk, staff, Wish(n, "orders", FIELDS))) for n in numbers)
    assert (await asyncio.wait_for(free, 5)).values
    assert not held.done()
    go.set()
    await holding
    assert (await held).values


async def test_who_calls_is_asked_for_many_in_one_statement_and_each_is_told_alone(desk, counted):
    """Two members, a session that is none and one that ended: nobody gets another's answer, nobody is held up."""
    tokens = [
        await desk.write(partial(_seat, one)) for one in [await hired(desk, "dispatcher"), await hired(desk, "editor")]
    ]
    over = await desk.write(partial(_seat, await hired(desk, "cleaner")))
    held = sessions.Session(base64.urlsafe_b64decode(over)[:16], desk.vault.index("session", over), "staff", 0, FOREVER)
    await desk.write(lambda sheet: ending.session(sheet, held))
    counted.reads = 0
    found = await asyncio.gather(
        *(signed_in(desk, token) for token in [*tokens, over, "A" * 54] * 4), return_exceptions=True
    )
    assert [one.roles for one in found[:2]] == [("dispatcher",), ("editor",)]
    assert [type(one) for one in found[2:4]] == [Expired, Expired]
    assert [type(one) for one in found] == [type(one) for one in found[:4]] * 4
    if counted.engine == "postgresql":
        assert counted.reads <= 4 + 8, "alone they would be 16; those with no session are asked for again"


async def _seat(actor, sheet):
    member = await staff.get(sheet.tx, sheet.desk.mac, actor.person)
    return await members.seated(sheet, member, "signed in")
