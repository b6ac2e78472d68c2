"""The ledger is kept as long as declared and no longer: what is pruned is told, and what is left verifies."""

import asyncio

import pytest

from tepati.errors import Conflict, NotFound
from tepati.ledger import note, prune, tools, tree
from tepati.ledger.entry import Line, encode
from tepati.ledger.log import Log
from tepati.ledger.receipt import receipt
from tepati.ledger.verify import read_policy, verify_log, verify_receipt
from tests.ledger.logs import AT, ORIGIN, SIGNER, WITNESS

ORG = "fineclean"
TRUST = read_policy(f"log {SIGNER.key}\nquorum none\n")
NOW = AT // 1_000_000


async def grow(store, log, random, n, start=0):
    """Append and enter ``n`` lines, and let the board count them."""
    ids = [random(16) for _ in range(n)]
    for i, id in enumerate(ids, start):
        await store.write(lambda tx, i=i, id=id: log.append(tx, id, i % 16, AT, bare(i)))
        if i % 200 == 199:
            await enter(store, log)
    await enter(store, log)
    return ids


def bare(i, **more):
    return encode(Line(AT + i * 60_000_000, "look", "done", "p", "p", "", "", 2, **more))


async def enter(store, log):
    while await store.write(lambda tx: log.integrate(tx, AT)):
        pass
    sql = "INSERT INTO log_tally (org, size) VALUES ($1, $2) ON CONFLICT (org) DO UPDATE SET size = excluded.size"
    size = await store.read(log.size)
    await store.write(lambda tx: tx.run(sql, ORG, size))


def before(i):
    """Say that lines before number ``i`` are over, as ``bare`` dates them."""
    return lambda line: line.at < AT - AT % 60_000_000 + i * 60_000_000 and line.act != "prune"


async def pruned(store, log, random, until):
    """Announce, enter, carry out; return the announcement's id and how many lines went."""
    size, carried = await prune.prunable(store, ORG, before(until))
    line, id = Line(AT, "prune", "done", "accountability.ledger", "proof", "", "", size, carried), random(16)

    async def work(tx):
        await log.append(tx, id, 3, AT, encode(line))
        await prune.announce(tx, ORG, size, id)

    await store.write(work)
    await enter(store, log)
    return id, await prune.carry_out(store, ORG)


def exported(store, *, bundles=True):
    files = {}

    async def run():
        await tools.export(store, ORG, files.get, files.__setitem__, bundles=bundles)
        return files

    return run()


@pytest.fixture
def log():
    return Log(ORG, ORIGIN, SIGNER)


async def test_what_is_over_goes_and_everything_above_is_proven(store, random, log):
    ids = await grow(store, log, random, 1200)
    held = await store.read(lambda tx: log.prove(tx, ids[3]))
    _, gone = await pruned(store, log, random, 900)
    assert gone == 768  # whole bundles whose lines are all over
    assert await tools.reconcile(store, ORG) == []
    size = await store.read(log.size)
    head = tree.read_head((await store.read(log.head)).encode())
    for index in (768, 769, 1000, 1199, size - 1):
        path = await store.read(lambda tx, i=index: log.inclusion(tx, i, size))
        leaf = await store.read(lambda tx, i=index: log.leaf(tx, i))
        assert tree.check_inclusion(tree.leaf_hash(leaf), index, size, path, head.root)
    for index in (0, 767):
        with pytest.raises(NotFound, match="ledger_pruned"):
            await store.read(lambda tx, i=index: log.leaf(tx, i))
        with pytest.raises(NotFound, match="ledger_pruned"):
            await store.read(lambda tx, i=index: log.inclusion(tx, i, size))
    assert await store.read(lambda tx: log.consistency(tx, 768, size))
    with pytest.raises(NotFound, match="ledger_pruned"):
        await store.read(lambda tx: log.consistency(tx, 767, size))
    await grow(store, log, random, 300, 1201)
    report = verify_log((await exported(store)).get, TRUST, NOW)
    assert (report.findings, report.pruned, report.size) == ([], 768, 1501)
    old = verify_receipt(receipt(held), TRUST)
    assert (old.sound, old.index) == (True, held.index)  # a receipt holds all that it needs


async def test_an_export_goes_on_over_a_pruning_and_the_older_copy_stays_whole(store, random, log):
    await grow(store, log, random, 600)
    files = await exported(store)
    since = files["checkpoint"]
    await pruned(store, log, random, 600)
    await tools.export(store, ORG, files.get, files.__setitem__)
    whole = verify_log(files.get, TRUST, NOW, since)
    assert (whole.findings, whole.pruned) == ([], 0)
    fresh = verify_log((await exported(store)).get, TRUST, NOW, since)
    assert (fresh.findings, fresh.pruned) == ([], 512)
    small = note.checkpoint(ORIGIN, 5, bytes(32), SIGNER).encode()
    assert [one.code for one in verify_log((await exported(store)).get, TRUST, NOW, small).findings] == ["pruned"]


async def test_lines_that_went_without_a_word_are_no_pruning(store, random, log):
    """Who deletes the first bundles and says "pruned" has no line that says so."""
    await grow(store, log, random, 600)
    files = await exported(store)
    del files[tree.tile_path("entries", 0)]
    assert [(one.code, one.index) for one in verify_log(files.get, TRUST, NOW).findings] == [("pruned", 0)]
    await pruned(store, log, random, 400)
    files = await exported(store)
    del files[tree.tile_path("entries", 1)]
    assert [one.code for one in verify_log(files.get, TRUST, NOW).findings] == ["pruned"]
    await store.write(lambda tx: tx.run("UPDATE log_prune SET size = 512, asked = 512"))
    assert "pruned_untold" in {one.kind for one in await tools.reconcile(store, ORG)}


async def test_what_is_left_of_a_pruned_log_is_checked_as_ever(store, random, log):
    await grow(store, log, random, 1200)
    await pruned(store, log, random, 900)
    good = await exported(store)
    for path, code in ((tree.tile_path("entries", 3), "altered"), (tree.tile_path(0, 3), "tile"),
                       (tree.tile_path(1, 0, 4), "rewritten")):  # fmt: skip
        files = dict(good)
        files[path] = files[path][:-5] + bytes([files[path][-5] ^ 1]) + files[path][-4:]
        codes = {one.code for one in verify_log(files.get, TRUST, NOW).findings}
        assert codes & {code, "not_a_line", "tile"}, path


async def test_a_line_that_an_effect_names_leaves_its_bare_id(store, random, log):
    ids = await grow(store, log, random, 600)
    at = {await store.read(lambda tx, i=i: log.find(tx, i)): i for i in ids}
    sql = "INSERT INTO decoy (person, org, kind, since, ledger_id) VALUES ($1, 'fineclean', 'k', 1, $2)"
    await store.write(lambda tx: tx.run(sql, random(16), at[7]))
    await pruned(store, log, random, 600)
    assert await tools.reconcile(store, ORG) == []
    assert await store.read(lambda tx: log.find(tx, at[7])) == -1
    with pytest.raises(NotFound, match="ledger_pruned"):
        await store.read(lambda tx: log.prove(tx, at[7]))
    with pytest.raises(NotFound):
        await store.read(lambda tx: log.find(tx, at[8]))


async def test_openings_still_add_up_when_lines_and_their_erasures_part(store, random, log):
    """A line goes, the later line that tells of its openings' end stays: the announcement carries the difference."""
    severed = "INSERT INTO severed (ledger_id, org, at, openings) VALUES ($1, 'fineclean', 1, 2)"
    lines = [Line(AT + i * 60_000_000, "look", "done", "p", "p", "", "cd" * 32, 2, leaves=2) for i in range(256)]
    for line in lines:
        id = random(16)
        await store.write(lambda tx, id=id, line=line: log.append(tx, id, 1, AT, encode(line)))
        await store.write(lambda tx, id=id: tx.run(severed, id))
    await enter(store, log)
    told = Line(AT + 300 * 60_000_000, "erase", "erased", "p", "p", "", "", openings=512)
    await store.write(lambda tx: log.append(tx, random(16), 1, AT, encode(told)))
    await enter(store, log)
    assert await tools.reconcile(store, ORG) == []
    assert (await pruned(store, log, random, 256))[1] == 256
    assert (await store.read(lambda tx: prune.state(tx, ORG))).carried == 512
    assert await tools.reconcile(store, ORG) == []
    await store.write(lambda tx: tx.run("UPDATE log_prune SET carried = 500"))
    assert {one.kind for one in await tools.reconcile(store, ORG)} == {"openings_differ", "pruned_untold"}


async def test_what_is_not_witnessed_or_counted_yet_stays(store, random, log):
    await grow(store, log, random, 600)
    text = await store.read(log.head)
    await grow(store, log, random, 600, 600)
    head = text + note.cosign(text.encode(), WITNESS, NOW)
    await store.write(lambda tx: log.cosign(tx, head, [WITNESS.key]))
    assert (await prune.prunable(store, ORG, lambda _: True))[0] == 512
    await store.write(lambda tx: tx.run("UPDATE log_tally SET size = 300"))
    assert (await prune.prunable(store, ORG, lambda _: True))[0] == 256


async def test_nothing_goes_before_its_announcement_is_in_the_log(store, random, log):
    await grow(store, log, random, 600)
    id = random(16)

    async def work(tx):
        await log.append(tx, id, 3, AT, encode(Line(AT, "prune", "done", "p", "p", "", "", 512)))
        await prune.announce(tx, ORG, 512, id)

    await store.write(work)
    assert await prune.carry_out(store, ORG) == 0
    with pytest.raises(Conflict):
        await store.write(lambda tx: prune.announce(tx, ORG, 256, id))
    assert await tools.reconcile(store, ORG) == []
    await enter(store, log)
    assert await prune.carry_out(store, ORG) == 512


async def test_a_row_that_names_another_line_lets_nothing_go(store, random, log):
    """SQL points the announcement at any line there is: our own hand deletes nothing for it."""
    await grow(store, log, random, 600)
    row = await store.read(lambda tx: tx.one("SELECT id FROM log_leaf WHERE idx = 5"))
    await store.write(lambda tx: prune.announce(tx, ORG, 512, row[0]))
    assert await prune.carry_out(store, ORG) == 0
    assert await store.read(log.size) == len(await store.read(lambda tx: log.leaves(tx, 0, 600)))


class Dies:
    """A store whose process is killed at its n-th write."""

    def __init__(self, store, n):
        self._store, self._left, self.engine = store, n, store.engine

    async def write(self, work):
        self._left -= 1
        if self._left < 0:
            raise asyncio.CancelledError
        return await self._store.write(work)

    def __getattr__(self, name):
        return getattr(self._store, name)


@pytest.mark.parametrize("after", [0, 1, 2, 3])
async def test_a_kill_between_two_bundles_leaves_a_log_that_verifies_and_goes_on(store, random, log, after):
    await grow(store, log, random, 1200)
    id = random(16)

    async def work(tx):
        await log.append(tx, id, 3, AT, encode(Line(AT, "prune", "done", "p", "p", "", "", 1024)))
        await prune.announce(tx, ORG, 1024, id)

    await store.write(work)
    await enter(store, log)
    with pytest.raises(asyncio.CancelledError):
        await prune.carry_out(Dies(store, after), ORG)
    report = verify_log((await exported(store)).get, TRUST, NOW)
    assert (report.findings, report.pruned) == ([], after * 256)
    assert await tools.reconcile(store, ORG) == []
    assert await prune.carry_out(store, ORG) == 1024 - after * 256
    assert verify_log((await exported(store)).get, TRUST, NOW).pruned == 1024
    assert await prune.carry_out(store, ORG) == 0
