"""A roll killed between any two steps loses nobody, and makes nobody readable again."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tepati.errors import Conflict, Tampered, Unavailable
from tepati.vault import roll
from tests.vault.rolling import STEPS

ROOT = Path(__file__).parents[2]
SQL = "SELECT person, key, org, category, ending, epoch, wrapped FROM dek ORDER BY person, key"


async def agrees(world):
    """The database and both mirrors hold the same wrapped keys, all under one epoch that alone still exists."""
    here = await world.rows(SQL)
    for each in world.keystore.mirrors:
        assert each.rows(SQL) == [tuple(row) for row in here]
        versions = each.rows("SELECT version FROM secret WHERE kind = 'epoch'")
        assert versions == [(n,) for n in sorted({row[5] for row in here})]
    ((state,),) = await world.rows("SELECT state FROM epoch")
    assert state == "current"


async def test_a_roll_changes_the_epoch_and_nothing_else(world):
    people = [(await world.add(email=f"p{n}@example.com"))[0] for n in range(20)]
    done = await roll.roll(world.vault.room, world.store)
    assert (done.epoch, done.destroyed, done.keys, done.grade) == (2, (1,), 40, "overwritten, media unknown")
    for n, person in enumerate(people):
        assert await world.look(person, "identity.email") == {"identity.email": f"p{n}@example.com"}
    await agrees(world)
    status = await roll.status(world.vault.room, world.store)
    assert (status.epoch, status.older, status.keys, status.mirrored) == (2, (), 40, (40, 40))


async def test_the_old_epochs_key_is_in_no_file(world):
    await world.add()
    wrapped = [m.rows("SELECT wrapped FROM secret WHERE kind = 'epoch'")[0][0] for m in world.keystore.mirrors]
    await roll.roll(world.vault.room, world.store)
    for each in world.keystore.mirrors:
        for path in each.path.parent.iterdir():
            for key in wrapped:
                assert key not in path.read_bytes(), path


async def test_a_key_under_an_old_epoch_keeps_that_epoch(world):
    await world.add()
    await roll.prepare(world.vault.room, world.store)
    await roll.switch(world.vault.room, world.store)
    with pytest.raises(Conflict):
        await roll.retire(world.vault.room, world.store)
    await roll.roll(world.vault.room, world.store)
    await agrees(world)


async def test_a_key_that_does_not_open_stops_the_roll_before_anything_is_destroyed(world):
    await world.add()
    await world.sql("UPDATE dek SET wrapped = $1 WHERE category = 'payment'", bytes([1]) + bytes(60))
    with pytest.raises(Tampered):
        await roll.roll(world.vault.room, world.store)
    assert world.keystore.versions("epoch", "fineclean") == [1, 2]


async def test_what_the_mirrors_missed_is_mended_and_what_was_destroyed_stays_away(world):
    person, _ = await world.add()
    gone, _ = await world.add(email="budi@example.com")
    late = await world.rows(SQL.replace("ORDER", "WHERE person = $1 ORDER"), gone)
    await world.do(lambda tx: world.vault.erase(tx, gone))
    from tepati.vault import mirror

    world.keystore.commit([mirror.Op(mirror.ADD, late), mirror.Op("DELETE FROM dek WHERE person = ?1", [(person,)])])
    assert world.keystore.held(gone) == 0
    await roll.prove(world.vault.room, world.store)
    assert world.keystore.held(person) == 4
    await roll.roll(world.vault.room, world.store)
    await agrees(world)


async def test_an_open_transaction_that_read_a_key_is_waited_for(world, monkeypatch):
    """It wrote nothing and runs no statement: it still may hold what only the old epoch opens."""
    if world.store.engine == "sqlite":  # there a transaction never outlives one step of the loop
        assert (await roll.quiet(world.store)) is None
        return
    monkeypatch.setattr(roll, "_WAITS", 2)
    person, _ = await world.add()
    reading, go = asyncio.Event(), asyncio.Event()

    async def idle(tx):
        await tx.all("SELECT wrapped FROM dek WHERE person = $1", person)
        reading.set()
        await go.wait()

    waiting = asyncio.create_task(world.store.write(idle))
    await reading.wait()
    with pytest.raises(Unavailable):
        await roll.roll(world.vault.room, world.store)
    assert world.keystore.versions("epoch", "fineclean") == [1, 2]
    go.set()
    await waiting
    assert (await roll.roll(world.vault.room, world.store)).destroyed == (1,)
    await agrees(world)


@pytest.mark.parametrize("last", STEPS)
async def test_killed_between_any_two_steps_under_writers(world, store_url, last):
    told = _killed(store_url, world.folder, last)
    kept = {words[1]: words[2] for words in told if words[0] == "kept"}
    going = {words[1] for words in told if words[0] == "going"}
    gone = {words[1] for words in told if words[0] == "gone"}
    assert len(kept) >= 12
    world.keystore.close()
    world.keystore = world.open_keystore()
    world.vault.room.keystore = world.keystore
    await world.vault.start(world.store)
    await roll.roll(world.vault.room, world.store)
    for person, email in kept.items():
        if person not in going:
            assert await world.look(bytes.fromhex(person), "identity.email") == {"identity.email": email}
    for person in gone:
        assert (await world.store.read(lambda tx, p=person: world.vault.unsealed(tx, bytes.fromhex(p)))).clean
    await agrees(world)


def _killed(url, folder, last):
    env = {**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
    command = [sys.executable, "-m", "tests.vault.rolling", url, str(folder), last]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == -9, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert not [words for words in lines if words[0] == "refused"], lines
    return lines


async def test_an_epoch_taken_away_by_sql_is_not_destroyed(world):
    """Who has SQL and no key cannot make the daily roll destroy the key by which every backup still opens."""
    await world.add()

    async def attack(tx):
        await tx.run("DELETE FROM dek")
        await tx.run("DELETE FROM epoch")
        await tx.run("INSERT INTO epoch (org, epoch, state, since) VALUES ('fineclean', 2, 'current', 1)")

    await world.store.write(attack)
    with pytest.raises(Tampered) as found:
        await roll.roll(world.vault.room, world.store)
    assert found.value.code == "database_older"
    assert world.keystore.versions("epoch", "fineclean") == [1]


async def test_an_erasure_not_yet_settled_does_not_hold_up_the_roll(world):
    """Keys that an announced erasure took away may still stand in the mirrors when the epoch above them goes."""
    person, _ = await world.add()
    await world.store.write(lambda tx: world.vault.erase(tx, person))
    done = await roll.roll(world.vault.room, world.store)
    assert done.destroyed == (1,)
    assert world.keystore.held(person) == 0
