"""How long the log was is known outside the database: an older head put back, though genuine, is refused."""

import pytest

from tepati.errors import Tampered
from tepati.ledger.log import Log
from tests.ledger.test_log import AT, SIGNER, append, ids

TABLES = ("log_head", "log_leaf", "log_tile")


class Kept:
    """An anchor in memory."""

    def __init__(self):
        self.heads = {}

    def newest(self, org):
        return self.heads.get(org)

    async def keep(self, org, size, root):
        self.heads[org] = max(self.heads.get(org, (0, b"")), (size, root))


def log(kept):
    return Log("fineclean", "fineclean.example/log", SIGNER, kept)


async def grow(store, some, random, n):
    await append(store, some, ids(random, n))
    await store.write(lambda tx: some.integrate(tx, AT))
    await some.mark.keep(await store.read(some.newest))


async def copied(store):
    return {t: await store.read(lambda tx, t=t: tx.all(f"SELECT * FROM {t}")) for t in TABLES}


async def put_back(store, rows):
    async def work(tx):
        for table in TABLES:
            await tx.run(f"DELETE FROM {table}")
            for row in rows[table]:
                places = ", ".join(f"${n + 1}" for n in range(len(row)))
                await tx.run(f"INSERT INTO {table} VALUES ({places})", *row)

    await store.write(work)


async def test_an_older_genuine_head_with_its_leaves_and_tiles_is_refused(store, random):
    kept = Kept()
    await grow(store, log(kept), random, 3)
    before = await copied(store)
    await grow(store, log(kept), random, 4)
    await put_back(store, before)
    await store.write(lambda tx: log(None).integrate(tx, AT))  # by itself it is sound: nothing in it tells
    with pytest.raises(Tampered) as found:
        await store.write(lambda tx: log(kept).integrate(tx, AT))
    assert (found.value.code, found.value.values) == ("ledger_rolled_back", {"size": 3, "newest": 7})
    await log(kept).mark.keep(await store.read(log(kept).newest))
    assert kept.heads["fineclean"][0] == 7


async def test_another_history_of_the_same_length_is_refused(store, random):
    kept = Kept()
    await grow(store, log(kept), random, 3)
    before = await copied(store)
    await grow(store, log(kept), random, 4)
    await put_back(store, before)
    await append(store, log(None), ids(random, 4), start=50)
    await store.write(lambda tx: log(None).integrate(tx, AT))  # signed again, by us, over other lines
    with pytest.raises(Tampered) as found:
        await store.write(lambda tx: log(kept).integrate(tx, AT))
    assert found.value.code == "ledger_rolled_back"


async def test_a_head_taken_away_is_no_new_log(store, random):
    kept = Kept()
    await grow(store, log(kept), random, 3)
    await put_back(store, dict.fromkeys(TABLES, ()))
    with pytest.raises(Tampered):
        await store.write(lambda tx: log(kept).integrate(tx, AT))


async def test_it_is_kept_at_most_once_a_second(store, random):
    mark = log(Kept()).mark
    assert [mark.due(AT + n * 200_000) for n in range(11)] == [n % 5 == 0 for n in range(11)]
    assert not log(None).mark.due(AT)
