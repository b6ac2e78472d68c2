"""The key store holds in two places or says that it does not; its root can be changed, and its files are private."""

import asyncio

import psycopg
import pytest

from tepati.errors import Misconfigured, Tampered, Unavailable
from tepati.vault import mirror, roll
from tepati.vault.mirror import Op
from tepati.vault.root import EnvRoot, FileRoot
from tests.vault.conftest import ORG


async def test_many_acts_share_one_commit(world):
    before = world.keystore.mirrors[0].seq()
    await asyncio.gather(*(world.keystore.settle([Op(mirror.ANCHOR, [(bytes([n]) * 16, 1)])]) for n in range(40)))
    assert world.keystore.mirrors[0].seq() - before <= 2
    assert all(world.keystore.anchor(bytes([n]) * 16) == 1 for n in range(40))
    assert world.keystore.mirrors[0].seq() == world.keystore.mirrors[1].seq()


def _key(person: bytes, epoch: int) -> tuple[object, ...]:
    return person * 16, b"k" * 16, ORG, "identity", "person", epoch, bytes([epoch]) * 61


async def test_what_a_batch_adds_is_joined_and_the_newest_stays(world):
    """Several acts' keys and anchors are two statements, sorted; of one key the newest wrapping stays."""
    batch = [
        Op(mirror.ADD, [_key(b"b", 2)]), Op(mirror.ANCHOR, [(b"b" * 16, 3)]), Op(mirror.STOP, [(ORG, b"c", "end", 1)]),
        Op(mirror.ADD, [_key(b"b", 1), _key(b"a", 1)]), Op(mirror.ANCHOR, [(b"b" * 16, 2)]),
    ]  # fmt: skip
    joined = mirror.gathered(batch)
    assert [op.sql for op in joined] == [mirror.ADD, mirror.ANCHOR, mirror.STOP]
    assert [row[0][:1] for row in joined[0].rows] == [b"a", b"b", b"b"]
    world.keystore.commit(batch)
    for each in world.keystore.mirrors:
        assert each.rows("SELECT epoch FROM dek WHERE org = ?1 ORDER BY person", ORG) == [(1,), (2,)]
    assert world.keystore.anchor(b"b" * 16) == 3


async def test_a_batch_that_destroys_keeps_its_order(world):
    """A key added before its destruction is gone after it: nothing is moved past what deletes."""
    batch = [
        Op(mirror.ADD, [_key(b"a", 1)]), Op(mirror.DROP, [(b"a" * 16, b"k" * 16)], cuts=True),
        Op(mirror.GONE, [(b"k" * 16, 1)], cuts=True), Op(mirror.ADD, [_key(b"a", 1)]),
    ]  # fmt: skip
    assert mirror.gathered(batch) == batch
    world.keystore.commit(batch)
    assert all(each.rows("SELECT 1 FROM dek WHERE org = ?1", ORG) == [] for each in world.keystore.mirrors)


@pytest.mark.parametrize("which", [0, 1])
async def test_a_full_disk_is_told_and_what_is_owed_goes_first_next_time(world, which, monkeypatch):
    full = world.keystore.mirrors[which]
    apply = full.apply

    def fails(ops):
        raise world.full()

    monkeypatch.setattr(full, "apply", fails)
    with pytest.raises(Unavailable):
        await world.keystore.settle([Op(mirror.ANCHOR, [(b"a" * 16, 1)])])
    monkeypatch.setattr(full, "apply", apply)
    assert world.keystore.anchor(b"a" * 16) is None
    await world.keystore.settle([Op(mirror.ANCHOR, [(b"b" * 16, 1)])])
    for each in world.keystore.mirrors:
        assert each.rows("SELECT count(*) FROM anchor") == [(2,)]


async def test_a_mirror_that_fell_behind_while_running_is_copied_before_the_next_batch(world):
    second = world.keystore.mirrors[1]
    second._write.execute("UPDATE seq SET n = n - 1")
    await world.keystore.settle([Op(mirror.ANCHOR, [(b"a" * 16, 1)])])
    assert world.keystore.mirrors[0].seq() == second.seq()


async def test_a_late_anchor_brings_nobody_back_who_was_erased(world):
    """An act that committed before the erasure may settle after it."""
    await world.keystore.settle([Op(mirror.GONE, [(b"a" * 16, 1)])])
    await world.keystore.settle([Op(mirror.ANCHOR, [(b"a" * 16, 1), (b"b" * 16, 1)])])
    assert (world.keystore.anchor(b"a" * 16), world.keystore.anchor(b"b" * 16)) == (None, 1)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("kind", ["mac", "epoch"])
async def test_a_place_that_lost_keys_is_never_copied_over_the_other(world, which, kind):
    """Whoever writes into one place, without the root, and says that it is the newer one, ends no key in the other."""
    world.keystore.secret(kind, ORG)
    evil, true = world.keystore.mirrors[which], world.keystore.mirrors[1 - which]
    evil._write.execute(f"DELETE FROM secret WHERE kind = '{kind}'")
    evil._write.execute("UPDATE seq SET n = n + 1")
    with pytest.raises(Tampered):
        await world.keystore.settle([Op(mirror.ANCHOR, [(b"a" * 16, 1)])])
    with pytest.raises(Tampered):
        world.keystore.align()
    assert true.rows("SELECT count(*) FROM secret WHERE kind = ?1 AND org = ?2", kind, ORG) == [(1,)]


async def test_whoever_waits_hears_of_any_fault(world):
    with pytest.raises((TypeError, psycopg.ProgrammingError)):
        await asyncio.wait_for(world.keystore.settle([Op(mirror.ANCHOR, [(object(), 1)])]), 5)
    await world.keystore.settle([Op(mirror.ANCHOR, [(b"a" * 16, 1)])])
    assert world.keystore.anchor(b"a" * 16) == 1


async def test_one_mirror_committed_and_the_other_not(world, monkeypatch):
    """The batch stands in the first mirror only: the next one copies it over and is applied to both."""
    second = world.keystore.mirrors[1]
    commit = second.commit

    def fails():
        raise world.full()

    monkeypatch.setattr(second, "commit", fails)
    with pytest.raises(Unavailable):
        world.keystore.secret("mac", ORG)
    monkeypatch.setattr(second, "commit", commit)
    key = world.keystore.secret("mac", ORG)
    await world.keystore.settle([Op(mirror.ANCHOR, [(b"b" * 16, 1)])])
    rows = [each.rows("SELECT wrapped FROM secret") for each in world.keystore.mirrors]
    assert len(rows[0]) == 1
    assert rows[0] == rows[1]
    assert world.keystore.secret("mac", ORG) == key


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_files_and_folders_are_the_owners_alone(world):
    for each in world.keystore.mirrors:
        assert each.path.parent.stat().st_mode & 0o777 == 0o700
        assert each.path.stat().st_mode & 0o777 == 0o600
    world.keystore.mirrors[0].path.parent.chmod(0o755)
    with pytest.raises(Misconfigured):
        world.open_keystore()
    (world.folder / "root" / "key").chmod(0o644)
    with pytest.raises(Misconfigured):
        FileRoot(world.folder / "root" / "key", world.random)


async def test_the_root_is_changed_and_the_old_one_is_in_no_file(world):
    person, _ = await world.add()
    old = world.root._keys[1]
    assert world.keystore.rotate_root().kind == "overwritten"
    world.keystore.close()
    world.root = FileRoot(world.folder / "root" / "key", world.random)
    world.keystore = world.open_keystore()
    world.vault.room.keystore = world.keystore
    assert world.root.version == 2
    assert await world.look(person, "identity.name") == {"identity.name": "Siti Rahayu"}
    text = (world.folder / "root" / "key").read_text()
    assert old.hex() not in text
    with pytest.raises(Misconfigured):
        world.root.destroy(2)


async def test_another_root_opens_nothing(world):
    await world.add()
    world.keystore.close()
    world.root = EnvRoot("11" * 32, world.random)
    world.keystore = world.open_keystore()
    with pytest.raises(Tampered):
        world.keystore.secret("mac", ORG)


@pytest.mark.parametrize("given", ["", "zz", "00" * 31, "00" * 33])
def test_a_root_of_another_form_is_refused(given, random):
    with pytest.raises(Misconfigured):
        EnvRoot(given, random)


async def test_secrets_moved_inside_the_key_store_are_refused(world):
    world.keystore.secret("mac", ORG)
    world.keystore.secret("mac", "other")
    rows = world.keystore.mirrors[0].rows("SELECT org, wrapped FROM secret WHERE kind = 'mac' ORDER BY org")
    wrapped = dict(rows)
    sql = "UPDATE secret SET wrapped = ?1 WHERE kind = 'mac' AND org = ?2"
    world.keystore.commit([Op(sql, [(wrapped["other"], ORG)])])
    world.keystore._secrets.clear()
    with pytest.raises(Tampered):
        world.keystore.secret("mac", ORG)


async def test_another_process_forgets_a_destroyed_epoch_at_its_next_transaction(world):
    person, _ = await world.add()
    other = world.open_keystore()
    other.epoch(ORG, 1)
    await asyncio.gather(roll.roll(world.vault.room, world.store), _soon(other.refresh))
    other.refresh()
    assert not other._epochs
    assert ("epoch", ORG, "", 1) not in other._secrets
    with pytest.raises(Tampered):
        other.epoch(ORG, 1)
    other.close()
    assert len(await world.look(person, "identity.name")) == 1


async def _soon(work):
    for _ in range(8):
        await asyncio.sleep(0.05)
        work()


async def test_writers_on_both_sides_of_a_switch_lose_nothing(world):
    """A writer that began before the switch and one after it both find their keys after the roll."""
    made = []

    async def writer(n):
        made.extend([(await world.add(email=f"w{n}-{i}@example.com"))[0] for i in range(4)])

    async def rolls():
        for _ in range(3):
            await roll.roll(world.vault.room, world.store)

    await asyncio.gather(*(writer(n) for n in range(4)), rolls())
    await roll.roll(world.vault.room, world.store)
    assert len(made) == 16
    for person in made:
        assert len(await world.look(person, "identity.name", "identity.email")) == 2


def test_another_process_wraps_under_the_new_root_version(world):
    """A server that runs while the root is rotated beside it wraps nothing under the version that was destroyed."""
    server = world.open_keystore()
    server.root = FileRoot(world.folder / "root" / "key", world.random)
    world.keystore.rotate_root()
    server.keep("epoch", "fineclean", "", 9)
    server.close()
    world.root = FileRoot(world.folder / "root" / "key", world.random)
    again = world.open_keystore()
    assert again.known("epoch", "fineclean", "", 9) is not None
    again.close()


def test_no_torn_write_of_the_root_loses_a_version(world):
    """Rotating only appends; destroying touches no byte of another version's line."""
    path = world.folder / "root" / "key"
    before = path.read_bytes()
    world.root.rotate()
    between = path.read_bytes()
    assert between.startswith(before)
    old = world.root.wrap(b"x", b"")
    world.root.destroy(1)
    after = path.read_bytes()
    assert after == b"\n" * len(before) + between[len(before) :]
    assert FileRoot(path, world.random).unwrap(old, b"") == b"x"
