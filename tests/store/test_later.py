"""Writes that wait: they are seen by whatever comes after them, raise no later than the commit, and roll back."""

import pytest

from tepati.errors import Conflict
from tepati.store.later import TOGETHER, Part, Waiting, steps, table, together
from tepati.store.port import Store, Tx

PUT = "INSERT INTO decoy (person, org, kind, since, ledger_id) VALUES ($1, $2, $3, $4, $5)"
ADD = (
    "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (org, promise, what, day) DO UPDATE SET n = counter.n + excluded.n"
)
MOVE = "UPDATE decoy SET kind = $2 WHERE person = $1"
DROP = "DELETE FROM decoy WHERE person = $1"


def _decoy(n: int, kind: str = "unticked") -> tuple[bytes, str, str, int, bytes]:
    return n.to_bytes(16, "big"), "o", kind, n, bytes(16)


async def _kinds(tx: Tx) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await tx.all("SELECT since, kind FROM decoy WHERE org = 'o' ORDER BY since")]


@pytest.mark.parametrize("n", [1, 3, TOGETHER + 1])
def test_what_waits_is_seen_by_the_next_statement_and_after_the_commit(store: Store, run, n: int) -> None:
    async def work(tx: Tx) -> list[tuple[object, ...]]:
        await tx.later(PUT, [_decoy(i) for i in range(n)])
        await tx.later(ADD, [("o", "p", "w", day, 1, 0) for day in range(n)])
        return await _kinds(tx)

    wanted = [(i, "unticked") for i in range(n)]
    assert run(store.write(work)) == wanted
    assert run(store.read(_kinds)) == wanted
    count = run(store.read(lambda tx: tx.one("SELECT sum(n) FROM counter WHERE org = 'o'")))
    assert count == (n,)


def test_many_new_rows_go_in_the_order_of_their_tree_and_changes_in_their_own() -> None:
    """Rows that lie together are written together; an UPDATE's arguments say nothing of where its row lies."""
    wanted = [_decoy(n) for n in range(TOGETHER + 1)]
    waiting = Waiting()
    waiting.add(PUT, wanted[::-1])
    waiting.add(MOVE, [(row[0], "withdrawn") for row in wanted[::-1]])
    new, moved = waiting.take()
    assert new.rows == wanted
    assert [row[0] for row in moved.rows] == [row[0] for row in wanted[::-1]]


def test_statements_on_one_row_keep_their_order(store: Store, run) -> None:
    async def work(tx: Tx) -> None:
        await tx.later(PUT, [_decoy(1), _decoy(2), _decoy(3)])
        await tx.later(MOVE, [(_decoy(1)[0], "withdrawn"), (_decoy(2)[0], "unshared")])
        await tx.later(DROP, [(_decoy(2)[0],)])
        await tx.later(ADD, [("o", "p", "w", 1, 1, 0)])
        await tx.later(ADD, [("o", "p", "w", 1, 1, 0)])

    run(store.write(work))
    assert run(store.read(_kinds)) == [(1, "withdrawn"), (3, "unticked")]
    assert run(store.read(lambda tx: tx.one("SELECT n FROM counter WHERE org = 'o'"))) == (2,)


def test_what_cannot_be_written_raises_no_later_than_the_commit_and_leaves_nothing(store: Store, run) -> None:
    run(store.write(lambda tx: tx.later(PUT, [_decoy(1)])))

    async def work(tx: Tx) -> None:
        await tx.later(ADD, [("o", "p", "w", 1, 1, 0)])
        await tx.later(PUT, [_decoy(1)])

    with pytest.raises(Conflict):
        run(store.write(work))
    assert run(store.read(lambda tx: tx.one("SELECT count(*) FROM counter"))) == (0,)


def test_work_that_fails_sends_nothing_of_what_waited(store: Store, run) -> None:
    async def work(tx: Tx) -> None:
        await tx.later(PUT, [_decoy(1)])
        raise KeyError

    with pytest.raises(KeyError):
        run(store.write(work))
    assert run(store.read(_kinds)) == []


def test_parts_of_an_act_are_one_statement() -> None:
    sql = together(((PUT, 2, 5, False), (DROP, 1, 1, False)))
    assert sql == (
        "WITH w0 AS (INSERT INTO decoy (person, org, kind, since, ledger_id) VALUES"
        " ($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10)), w1 AS (DELETE FROM decoy WHERE person = $11) SELECT 1"
    )
    many = [step.kind for step in steps([Part(PUT, [_decoy(i) for i in range(TOGETHER + 1)]), Part(DROP, [(b"x",)])])]
    assert many == ["copy", "run"]


@pytest.mark.parametrize("known", [[1, 2], [1, 9], [9]])
def test_what_must_change_one_row_each_raises_where_it_does_not(store: Store, run, known: list[int]) -> None:
    run(store.write(lambda tx: tx.later(PUT, [_decoy(1), _decoy(2)])))

    async def work(tx: Tx) -> None:
        await tx.later(ADD, [("o", "p", "w", 1, 1, 0)])
        await tx.later(MOVE, [(_decoy(n)[0], "withdrawn") for n in known], once="lost_it")

    if 9 in known:  # nobody is number nine
        with pytest.raises(Conflict, match=r"^lost_it$"):
            run(store.write(work))
        assert run(store.read(_kinds)) == [(1, "unticked"), (2, "unticked")]
        assert run(store.read(lambda tx: tx.one("SELECT count(*) FROM counter"))) == (0,)
    else:
        run(store.write(work))
        assert run(store.read(_kinds)) == [(1, "withdrawn"), (2, "withdrawn")]


def test_an_insert_that_may_meet_a_row_is_counted_row_by_row(store: Store, run) -> None:
    quiet = f"{PUT} ON CONFLICT DO NOTHING"
    run(store.write(lambda tx: tx.later(quiet, [_decoy(1), _decoy(2)], once="was_there")))
    with pytest.raises(Conflict, match=r"^was_there$"):
        run(store.write(lambda tx: tx.later(quiet, [_decoy(3), _decoy(2)], once="was_there")))
    assert run(store.read(_kinds)) == [(1, "unticked"), (2, "unticked")]


def test_only_writes_can_wait() -> None:
    with pytest.raises(ValueError, match="only"):
        table("SELECT 1")
