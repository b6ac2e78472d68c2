"""The log on both engines: what was appended is in it once, proven, and what was touched by SQL is noticed."""

import asyncio
import collections

import pytest

from tepati.errors import Conflict, NotFound, Tampered, Unavailable
from tepati.ledger import group, note, pending, tree
from tepati.ledger.entry import Line, encode
from tepati.ledger.log import Log
from tepati.ledger.refusals import Refusals

AT = 1_795_000_000_000_000
SIGNER = note.signer("fineclean.example/log", b"\x01" * 32)
WITNESS = note.signer("auditor.example/w1", b"\x02" * 32, tree.WITNESS)


def log(org="fineclean"):
    return Log(org, "fineclean.example/log", SIGNER, pen=b"\x03" * 32)


def entry(i):
    return encode(Line(AT, "agree", "done", "purposes.offers", "offers", "ab" * 32, f"{i:064x}", leaves=1))


async def append(store, some, ids, start=0):
    async def work(tx):
        for i, id in enumerate(ids, start):
            await some.append(tx, id, id[0] % 16, AT, entry(i))

    await store.write(work)


def ids(random, n):
    return [random(16) for _ in range(n)]


async def test_lines_are_numbered_once_and_proven(store, random):
    ours, made = log(), ids(random, 600)
    await append(store, ours, made)
    assert await store.read(ours.pending) == 600
    counts = [await store.write(lambda tx: ours.integrate(tx, AT, 250)) for _ in range(4)]
    assert counts == [250, 250, 100, 0]
    assert await store.read(ours.pending) == 0
    head = tree.read_head((await store.read(ours.head)).encode())
    leaves = await store.read(lambda tx: ours.leaves(tx, 0, 600))
    assert (head.size, head.root) == (600, tree.root_of([tree.leaf_hash(one) for one in leaves]))
    assert tree.check_signature(head, SIGNER.key) == 0
    assert collections.Counter(leaves) == collections.Counter(entry(i) for i in range(600))
    for i in (0, 255, 256, 599):
        index = await store.read(lambda tx, i=i: ours.find(tx, made[i]))
        path = await store.read(lambda tx, index=index: ours.inclusion(tx, index, 600))
        assert leaves[index] == entry(i)
        assert tree.check_inclusion(tree.leaf_hash(entry(i)), index, 600, path, head.root)


async def test_every_old_head_is_the_beginning_of_the_new(store, random):
    ours, heads = log(), []
    for n in (1, 254, 1, 1, 300, 43):
        await append(store, ours, ids(random, n))
        await store.write(lambda tx: ours.integrate(tx, AT))
        heads.append(tree.read_head((await store.read(ours.head)).encode()))
    last = heads[-1]
    assert last.size == 600
    for old in heads:
        path = await store.read(lambda tx, old=old: ours.consistency(tx, old.size, last.size))
        assert tree.check_consistency(old.size, last.size, old.root, last.root, path)


async def test_two_logs_in_one_database_do_not_mix(store, random):
    mine, yours = log(), log("other")
    await append(store, mine, ids(random, 3))
    await append(store, yours, ids(random, 2), start=100)
    assert await store.write(lambda tx: mine.integrate(tx, AT)) == 3
    assert await store.read(yours.pending) == 2
    assert await store.write(lambda tx: yours.integrate(tx, AT)) == 2
    assert len(await store.read(lambda tx: yours.leaves(tx, 0, 2))) == 2


async def test_an_act_that_fails_leaves_no_line(store, random):
    ours = log()

    async def work(tx):
        await ours.append(tx, random(16), 1, AT, entry(1))
        raise Conflict("lost")

    with pytest.raises(Conflict):
        await store.write(work)
    assert await store.read(ours.pending) == 0


async def test_a_sequencer_that_fails_at_any_statement_changes_nothing(store, random):
    """A crash between any two steps: the statements are counted, and each in turn is the last."""
    ours = log()
    await append(store, ours, ids(random, 5))
    await store.write(lambda tx: ours.integrate(tx, AT, 2))
    before = await store.read(ours.head)
    for last in range(20):

        async def work(tx, last=last):
            return await ours.integrate(Dying(tx, last), AT)

        try:
            done = await store.write(work)
        except Unavailable:
            assert await store.read(ours.head) == before
            assert await store.read(ours.pending) == 3
            continue
        break
    assert (done, last > 4) == (3, True)
    assert tree.read_head((await store.read(ours.head)).encode()).size == 5


class Dying:
    """A transaction that dies after some statements."""

    def __init__(self, tx, last):
        self._tx, self._left, self.engine = tx, last, tx.engine

    def __getattr__(self, name):
        self._left -= 1
        if self._left < 0:
            raise Unavailable("killed")
        return getattr(self._tx, name)


@pytest.mark.parametrize("sql", ["UPDATE log_tile SET hashes = $1", "UPDATE log_head SET root = $1"])
async def test_a_tree_changed_by_sql_stops_the_sequencer(store, random, sql):
    ours = log()
    await append(store, ours, ids(random, 3))
    await store.write(lambda tx: ours.integrate(tx, AT))
    await append(store, ours, ids(random, 1), start=9)
    await store.write(lambda tx: tx.run(sql, b"\x00" * (96 if "tile" in sql else 32)))
    with pytest.raises(Tampered):
        await store.write(lambda tx: ours.integrate(tx, AT))
    assert await store.read(ours.pending) == 1


CHANGES = {
    "what it says": ("UPDATE log_pending SET entry = $1", entry(7)),
    "its id": ("UPDATE log_pending SET id = $1", b"\x01" * 16),
    "its lane": ("UPDATE log_pending SET lane = (lane + 1) % 16 WHERE org = $1", "fineclean"),
    "its instant": ("UPDATE log_pending SET at = at + 1 WHERE org = $1", "fineclean"),
    "its log": ("UPDATE log_pending SET org = $1", "other"),
    "its MAC": ("UPDATE log_pending SET mac = $1", b""),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_pending_line_that_sql_changed_is_never_signed(store, random, what):
    """Nor does it hold up the lines behind it."""
    ours = log("other" if what == "its log" else "fineclean")
    await append(store, log(), [random(16)])
    sql, value = CHANGES[what]
    await store.write(lambda tx: tx.run(sql, value))
    assert await store.write(lambda tx: ours.integrate(tx, AT)) == 0
    assert (ours.strange, await store.read(ours.size), await store.read(ours.pending)) == (1, 0, 0)
    await append(store, ours, [random(16)])
    assert await store.write(lambda tx: ours.integrate(tx, AT)) == 1


async def test_a_pending_line_that_sql_wrote_is_never_signed(store, random):
    """Else whoever takes openings out by SQL would have us sign a line that tells of as many."""
    ours, forged = log(), encode(Line(AT, "erase", "done", "rights.erasure", "rights", "ab" * 32, "", openings=5))
    await append(store, ours, ids(random, 3))
    sql = f"INSERT INTO log_pending ({', '.join(pending.COLUMNS)}) VALUES (0, $1, 'fineclean', $2, $3, $4)"
    await store.write(lambda tx: tx.run(sql, bytes(16), AT, forged, bytes(16)))
    assert await store.write(lambda tx: ours.integrate(tx, AT)) == 3
    assert forged not in await store.read(lambda tx: ours.leaves(tx, 0, 3))
    assert ours.strange == 1


async def test_a_pending_row_put_back_is_taken_away_and_holds_up_no_line(store, random):
    ours, names = log(), ", ".join(pending.COLUMNS)
    await append(store, ours, [random(16)])
    row = await store.read(lambda tx: tx.one(f"SELECT {names} FROM log_pending"))
    await store.write(lambda tx: ours.integrate(tx, AT))
    await store.write(lambda tx: tx.copy("log_pending", pending.COLUMNS, [row]))
    await append(store, ours, [random(16)])
    with pytest.raises(Conflict):
        await store.write(lambda tx: ours.integrate(tx, AT))
    assert await store.write(lambda tx: pending.doubled(tx, "fineclean")) == 1
    assert await store.write(lambda tx: ours.integrate(tx, AT)) == 1
    assert await store.read(ours.size) == 2


async def test_a_leaf_removed_by_sql_is_named(store, random):
    ours = log()
    await append(store, ours, ids(random, 5))
    await store.write(lambda tx: ours.integrate(tx, AT))
    await store.write(lambda tx: tx.run("DELETE FROM log_leaf WHERE idx = 2"))
    with pytest.raises(Tampered, match="index=2"):
        await store.read(lambda tx: ours.leaves(tx, 0, 5))


async def test_a_line_is_pending_then_found_then_proven_and_an_unknown_one_is_neither(store, random):
    ours, (one,) = log(), ids(random, 1)
    await append(store, ours, [one])
    assert await store.read(lambda tx: ours.prove(tx, one)) is None
    await store.write(lambda tx: ours.integrate(tx, AT))
    proven = await store.read(lambda tx: ours.prove(tx, one))
    assert (proven.index, proven.entry, proven.witnesses) == (0, entry(0), 0)
    assert proven.proof.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\nfineclean.example/log\n1\n")
    with pytest.raises(NotFound):
        await store.read(lambda tx: ours.find(tx, random(16)))


async def test_a_cosigned_head_serves_later_proofs(store, random):
    ours, made = log(), ids(random, 3)
    await append(store, ours, made[:2])
    await store.write(lambda tx: ours.integrate(tx, AT))
    text = await store.read(ours.head)
    both = text + note.cosign(text.encode(), WITNESS, 1_795_000_001)
    assert await store.write(lambda tx: ours.cosign(tx, both, [WITNESS.key])) == 1
    await append(store, ours, made[2:], start=2)
    await store.write(lambda tx: ours.integrate(tx, AT))
    assert (await store.read(lambda tx: ours.prove(tx, made[0]))).witnesses == 1
    assert (await store.read(lambda tx: ours.prove(tx, made[2]))).witnesses == 0


async def test_a_cosigned_head_of_another_tree_is_not_kept(store, random):
    ours = log()
    await append(store, ours, ids(random, 2))
    await store.write(lambda tx: ours.integrate(tx, AT))
    for size in (2, 3):
        forged = note.checkpoint("fineclean.example/log", size, b"\x05" * 32, SIGNER)
        forged += note.cosign(forged.encode(), WITNESS, 1)
        with pytest.raises(Tampered):
            await store.write(lambda tx, forged=forged: ours.cosign(tx, forged, [WITNESS.key]))


def written(store, log):
    """Return what writes the lines of a group in one transaction."""

    async def run(rows):
        await store.write(lambda tx: log.append_many(tx, rows))
        return [row[0] for row in rows]

    return run


async def test_reads_share_a_commit_and_each_waits_for_it(store, random):
    ours, counted, gathered = log(), Counted(store), group.Group(most=40)
    rows = [(random(16), i % 16, AT, entry(i)) for i in range(100)]
    answers = await asyncio.gather(*(gathered.add(row, written(counted, ours)) for row in rows))
    assert answers == [row[0] for row in rows]
    assert await store.read(ours.pending) == 100
    await store.write(lambda tx: ours.integrate(tx, AT))
    leaves = await store.read(lambda tx: ours.leaves(tx, 0, 100))
    assert sorted(leaves) == sorted(entry(i) for i in range(100))
    assert 1 <= counted.writes <= 10
    await gathered.close()


class Counted:
    """A store that counts its writing transactions."""

    def __init__(self, store):
        self._store, self.writes = store, 0

    async def write(self, work):
        self.writes += 1
        return await self._store.write(work)


async def test_a_group_that_cannot_be_written_tells_everybody_and_writes_nothing(store, random):
    ours, twice, gathered = log(), random(16), group.Group()
    run = written(store, ours)
    calls = [gathered.add((random(16), 1, AT, entry(i)), run) for i in range(5)]
    calls += [gathered.add((twice, 1, AT, entry(9)), run), gathered.add((twice, 1, AT, entry(9)), run)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in answers] == [Conflict] * 7
    assert await store.read(ours.pending) == 0
    await gathered.add((random(16), 1, AT, entry(1)), run)
    assert await store.read(ours.pending) == 1


async def test_who_comes_while_the_last_writer_ends_is_written_too(store, random):
    """Whoever was told comes again at once: the writer has looked for the last time, and its place is not free yet."""
    ours, gathered = log(), group.Group(flights=1)
    run = written(store, ours)
    for i in range(3):
        await gathered.add((random(16), 1, AT, entry(i)), run)
    assert await store.read(ours.pending) == 3


async def test_a_caller_that_gives_up_harms_nobody(store, random):
    ours, gathered = log(), group.Group()
    run = written(store, ours)
    first = asyncio.create_task(gathered.add((random(16), 1, AT, entry(1)), run))
    second = asyncio.create_task(gathered.add((random(16), 1, AT, entry(2)), run))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert await store.read(ours.pending) == 2


async def test_who_waits_when_the_writers_are_stopped_hears_of_it(random):
    gathered = group.Group(flights=1)

    async def never(_rows):
        await asyncio.Event().wait()

    calls = [asyncio.create_task(gathered.add(n, never)) for n in range(3)]
    await asyncio.sleep(0.01)
    late = asyncio.create_task(gathered.add(9, never))
    await asyncio.sleep(0)
    for writer in list(gathered._writers):
        writer.cancel()
    answers = await asyncio.gather(*calls, late, return_exceptions=True)
    assert [type(one) for one in answers] == [Unavailable] * 4


def test_refusals_are_one_line_a_minute_act_and_promise():
    counted = Refusals()
    for i in range(100):
        counted.count(AT + i * 1_000_000, "look", "roles.cleaner" if i % 2 else "roles.dispatcher")
    assert counted.take(AT, "") == []
    lines = counted.take(AT + 180_000_000, "ab" * 32)
    assert sum(one.n for one in lines) == 100
    assert len({(one.at, one.promise) for one in lines}) == len(lines) <= 6
    assert counted.take(AT + 180_000_000, "") == []
    counted.again(lines)
    assert sum(one.n for one in counted.take(AT + 180_000_000, "")) == 100
    assert all(encode(one) for one in lines)


async def test_a_history_rewritten_by_sql_is_never_signed_on(store, random):
    """Somebody with SQL and no key replaces leaf, tile and head, all agreeing: the sequencer does not sign on top."""
    ours = log()
    await append(store, ours, ids(random, 1))
    await store.write(lambda tx: ours.integrate(tx, AT))
    forged = entry(99)
    root = tree.leaf_hash(forged)
    theirs = note.checkpoint(ours.origin, 1, root, note.signer(ours.origin, b"\x09" * 32))

    async def rewrite(tx):
        await tx.run("UPDATE log_leaf SET entry = $1", forged)
        await tx.run("UPDATE log_tile SET hashes = $1", root)
        await tx.run("UPDATE log_head SET root = $1, note = $2", root, theirs)

    await store.write(rewrite)
    await append(store, ours, ids(random, 1))
    with pytest.raises(Tampered) as found:
        await store.write(lambda tx: ours.integrate(tx, AT))
    assert found.value.code == "ledger_head"
    assert await store.read(ours.size) == 1
