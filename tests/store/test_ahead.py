"""Questions announced ahead: answered along with the next one, as they would be alone."""

import pytest

from tepati.store.ahead import Ahead, joined
from tepati.store.port import Store, Tx

PUT = "INSERT INTO decoy (person, org, kind, since, ledger_id) VALUES ($1, $2, $3, $4, $5)"
ONE = "SELECT person, kind FROM decoy WHERE person = $1"
ALL = "SELECT since, kind FROM decoy WHERE org = $1 ORDER BY since"
LOCK = "SELECT since FROM decoy WHERE person = $1 FOR UPDATE"


def _decoy(n: int) -> tuple[bytes, str, str, int, bytes]:
    return n.to_bytes(16, "big"), "o", "unticked", n, bytes(16)


@pytest.fixture
def filled(store: Store, run) -> Store:
    run(store.write(lambda tx: tx.later(PUT, [_decoy(n) for n in range(3)])))
    return store


def test_answers_are_those_of_the_question_alone(filled: Store, run) -> None:
    async def work(tx: Tx) -> list[object]:
        await tx.ahead(ALL, "o")
        await tx.ahead(ALL, "nobody")
        await tx.ahead(LOCK, _decoy(2)[0])
        return [
            await tx.one(ONE, _decoy(1)[0]), await tx.all(ALL, "o"), await tx.one(LOCK, _decoy(2)[0]),
            await tx.all(ALL, "nobody"), await tx.one(ALL, "nobody"),
        ]  # fmt: skip

    every = [(n, "unticked") for n in range(3)]
    assert run(filled.write(work)) == [(_decoy(1)[0], "unticked"), every, (2,), [], None]


def test_the_question_announced_may_be_the_next_and_one_never_asked_harms_nothing(filled: Store, run) -> None:
    async def work(tx: Tx) -> list[object]:
        await tx.ahead(ONE, _decoy(1)[0])
        await tx.ahead(ONE, _decoy(1)[0])
        await tx.ahead(ALL, "o")
        return [await tx.one(ONE, _decoy(1)[0]), await tx.one(ONE, _decoy(9)[0])]

    assert run(filled.read(work)) == [(_decoy(1)[0], "unticked"), None]


def test_an_answer_is_given_once_then_the_table_is_asked_again(filled: Store, run) -> None:
    async def work(tx: Tx) -> list[object]:
        await tx.ahead(ALL, "o")
        first = [await tx.one(ONE, _decoy(1)[0]), len(await tx.all(ALL, "o"))]
        await tx.later(PUT, [_decoy(7)])
        return [*first, len(await tx.all(ALL, "o"))]

    assert run(filled.write(work)) == [(_decoy(1)[0], "unticked"), 3, 4]


def test_what_waits_to_be_written_is_seen(filled: Store, run) -> None:
    async def work(tx: Tx) -> list[object]:
        await tx.later(PUT, [_decoy(7)])
        await tx.ahead(ALL, "o")
        return [await tx.one(ONE, _decoy(7)[0]), len(await tx.all(ALL, "o"))]

    assert run(filled.write(work)) == [(_decoy(7)[0], "unticked"), 4]


def test_a_single_read_may_announce(filled: Store, run) -> None:
    async def work(tx: Tx) -> list[object]:
        await tx.ahead(ALL, "o")
        return [await tx.one(ONE, _decoy(1)[0]), len(await tx.all(ALL, "o"))]

    assert run(filled.read(work, single=True)) == [(_decoy(1)[0], "unticked"), 3]


def test_questions_become_one_statement() -> None:
    asked = Ahead()
    asked.add((ALL, ("o",)))
    sql, args = joined(asked.with_((ONE, (b"p",))))
    assert sql == (
        "SELECT ARRAY(SELECT x FROM (SELECT person, kind FROM decoy WHERE person = $1) x),"
        " ARRAY(SELECT x FROM (SELECT since, kind FROM decoy WHERE org = $2 ORDER BY since) x)"
    )
    assert args == [b"p", "o"]
