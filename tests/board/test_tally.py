"""The ledger is counted once: whatever the batches, whoever is killed between them, whoever counts at the same time."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tepati.board.recount import recount
from tepati.board.tally import LEDGER, MISSING, OPENINGS, UNREADABLE, count, tally
from tepati.registers import counters
from tepati.registers.counters import WHOLE, Count, join
from tests.board.conftest import ORG, line, write_lines

DAY = 86_400_000_000
START = 1_795_000_000_000_000

lines = st.lists(
    st.builds(
        line,
        act=st.sampled_from(["collect", "look", "erase", "alarm"]),
        answer=st.sampled_from(["done", "refused", "allowed"]),
        promise=st.sampled_from(["points.booking", "purposes.offers", "roles", ""]),
        purpose=st.sampled_from(["offers", "orders", ""]),
        at=st.integers(0, 5).map(lambda day: START + day * DAY),
        n=st.integers(1, 30),
        openings=st.integers(0, 3),
    ),
    max_size=30,
)


@given(lines, st.lists(st.integers(1, 7), min_size=1, max_size=30))
def test_any_split_counts_the_same(made, sizes) -> None:
    """Sums of parts are the sum of the whole."""
    numbered = list(enumerate(made))
    parts, rest, i = {}, numbered, 0
    while rest:
        size = sizes[i % len(sizes)]
        for key, value in count(rest[:size], START).items():
            join(parts, key, value)
        rest, i = rest[size:], i + 1
    assert parts == count(numbered, START)


@given(lines)
def test_every_line_is_in_the_whole_once(made) -> None:
    """The sum under no promise is the number of persons of all lines."""
    sums = count(enumerate(made), START)
    assert sum(c.n for (p, w, _), c in sums.items() if p == WHOLE and w != OPENINGS) == sum(m.n for m in made)
    assert sum(c.n for (_, w, _), c in sums.items() if w == OPENINGS) == sum(m.openings for m in made)


def test_a_line_speaks_for_its_promise_and_its_purpose_once() -> None:
    sums = count([(7, line("send", "refused", "purposes.offers", "offers", START))], START)
    assert {(p, w) for p, w, _ in sums} == {("purposes.offers", "send.refused"), (WHOLE, "send.refused")}
    assert set(sums.values()) == {Count(1, 7)}


async def all_of(store, limit):
    moved = 0
    while step := await store.write(lambda tx: tally(tx, ORG, START, limit)):
        moved += step
    return moved


async def test_batches_leave_the_same_sums(store) -> None:
    made = [line("look", ("allowed", "refused")[i % 3 == 0], f"roles.r{i % 4}", "orders", START) for i in range(57)]
    await store.write(lambda tx: write_lines(tx, made, START))
    assert await all_of(store, 10) == 57
    want = counters.with_totals(count(enumerate(made), START))
    assert await store.read(lambda tx: counters.on(tx, ORG)) == _by_promise(want, 0)
    assert await store.read(lambda tx: counters.on(tx, ORG, START // DAY)) == _by_promise(want, START // DAY)


def _by_promise(sums, day):
    out: dict = {}
    for (promise, what, at), value in sums.items():
        if at == day:
            out.setdefault(promise, {})[what] = value
    return out


async def test_counting_again_counts_nothing(store) -> None:
    await store.write(lambda tx: write_lines(tx, [line("look", "allowed", "roles.a", at=START)] * 3, START))
    await all_of(store, 500)
    before = await store.read(lambda tx: counters.on(tx, ORG))
    assert await all_of(store, 500) == 0
    assert await store.read(lambda tx: counters.on(tx, ORG)) == before


@pytest.mark.parametrize("after", range(1, 8))
async def test_killed_at_any_statement_counts_every_line_once(store, after) -> None:
    """A crash before the commit leaves cursor and sums where they were; the next run counts the rest."""
    made = [line("look", "allowed", "roles.a", at=START)] * 5
    await store.write(lambda tx: write_lines(tx, made, START))

    class Killed(Exception):
        pass

    class Dying:
        def __init__(self, tx):
            self.tx, self.engine, self.id, self.left = tx, tx.engine, tx.id, after

        def __getattr__(self, name):
            self.left -= 1
            if self.left < 0:
                raise Killed
            return getattr(self.tx, name)

    async def dies(tx):
        await tally(Dying(tx), ORG, START, 2)
        raise Killed

    with pytest.raises(Killed):
        await store.write(dies)
    assert await store.read(lambda tx: counters.on(tx, ORG)) == {}
    assert await all_of(store, 2) == 5
    sums = await store.read(lambda tx: counters.on(tx, ORG))
    assert sums["roles.a"]["look.allowed"] == Count(5, 4)


async def test_two_at_once_count_each_line_once(store) -> None:
    made = [line("look", "allowed", "roles.a", at=START)] * 40
    await store.write(lambda tx: write_lines(tx, made, START))
    await asyncio.gather(*(all_of(store, 3) for _ in range(4)))
    await all_of(store, 3)
    sums = await store.read(lambda tx: counters.on(tx, ORG))
    assert sums["roles.a"]["look.allowed"].n == 40


async def test_nothing_past_the_signed_head_is_counted(store) -> None:
    await store.write(lambda tx: write_lines(tx, [line("look", "allowed", "roles.a", at=START)] * 4, START))
    await store.write(lambda tx: tx.run("UPDATE log_head SET size = 3 WHERE org = $1", ORG))
    assert await all_of(store, 500) == 3


async def test_a_removed_row_and_an_unreadable_one_are_found(store) -> None:
    """Somebody with SQL but without keys took a row out and wrote another over: the sums say so."""
    made = [line("look", "allowed", "roles.a", at=START), b"{}", line("look", "allowed", "roles.a", at=START)]
    await store.write(lambda tx: write_lines(tx, made, START))
    await store.write(lambda tx: tx.run("DELETE FROM log_leaf WHERE org = $1 AND idx = 2", ORG))
    assert await all_of(store, 500) == 3
    sums = await store.read(lambda tx: counters.on(tx, ORG))
    assert sums[LEDGER] == {UNREADABLE: Count(1, START), MISSING: Count(1, START)}
    assert sums["roles.a"]["look.allowed"].n == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.integers(0, 9)), max_size=8))
def test_added_counts_join_as_sums(store, run, made) -> None:
    """The database adds as ``join`` does."""
    want: dict = {}

    async def work(tx):
        await tx.run("DELETE FROM counter")
        for promise, day, n in made:
            await counters.add(tx, ORG, {(promise, "x", day): Count(n, n)})
        return await counters.on(tx, ORG)

    for promise, day, n in made:
        join(want, (promise, "x", day), Count(n, n))
    assert run(store.write(work)) == _by_promise(counters.with_totals(want), 0)


async def test_a_sum_changed_by_sql_is_found(store) -> None:
    """SQL without keys: somebody makes refusals disappear, another invents looks; the ledger disagrees."""
    made = [line("look", ("allowed", "refused")[i % 2], "roles.a", "orders", START, openings=1) for i in range(20)]
    await store.write(lambda tx: write_lines(tx, made, START))
    await all_of(store, 7)
    assert await recount(store, ORG) == []
    await store.write(
        lambda tx: tx.run("UPDATE counter SET n = 1 WHERE promise = 'roles.a' AND what = 'look.refused' AND day = 0")
    )
    await store.write(lambda tx: counters.add(tx, ORG, {("roles.b", "look.allowed", 9): Count(5, 1)}))
    found = [(d.promise, d.what, d.summed.n, d.counted.n) for d in await recount(store, ORG)]
    assert found == [("roles.a", "look.refused", 1, 10), ("roles.b", "look.allowed", 5, 0)]


async def test_looks_and_clocks_are_no_lines(store) -> None:
    await store.write(lambda tx: counters.finished(tx, ORG, "rights.access", START, 5, late=True))
    assert await recount(store, ORG) == []
