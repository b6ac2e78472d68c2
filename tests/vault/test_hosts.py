"""Several hosts share a key store on servers: none loses what another did, and a roll leaves an old key with none."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tepati.errors import Conflict, Misconfigured, Tampered, Unavailable
from tepati.vault import mirror, roll
from tepati.vault.mirror import Op
from tepati.vault.reconcile import reconcile
from tepati.vault.room import Room
from tepati.vault.served import ServedMirror
from tests.vault.conftest import ORG, PLACES
from tests.vault.rolling import STEPS
from tests.vault.test_roll import agrees

ROOT = Path(__file__).parents[2]
served = pytest.mark.parametrize("store_url", ["served"], indirect=True)


@pytest.fixture
def other(world):
    """Open the key store as another host does."""
    opened = world.open_keystore()
    yield opened
    opened.close()


def cut_off(world, which=0, where="true"):
    """End sessions of a place, as a network or a server does that fails."""
    with psycopg.connect(world.places[which], autocommit=True) as link:
        sql = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"
        )
        link.execute(sql)


@served
async def test_a_roll_waits_until_the_other_host_has_let_go(world, other):
    """It destroys nothing before, and does not wait for one that never had the key."""
    await world.add()
    other.epoch(ORG, 1)
    rolling = asyncio.create_task(roll.roll(world.vault.room, world.store))
    while world.keystore.retired(ORG) < 1:  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert world.keystore.versions("epoch", ORG) == [1, 2]
    assert not rolling.done()
    other.refresh()
    assert not other._epochs
    assert (await asyncio.wait_for(rolling, 5)).destroyed == (1,)
    await agrees(world)


@served
async def test_who_does_not_answer_is_cut_off_and_begins_anew(world, other, monkeypatch):
    """Its session ends, the key ends; when it comes back it forgets the old key before it uses any, and goes on."""
    monkeypatch.setattr(roll, "_WAITS", 2)
    person, _ = await world.add()
    other.epoch(ORG, 1)
    session = other.mirrors[0]._read
    assert (await roll.roll(world.vault.room, world.store)).destroyed == (1,)
    assert other._epochs
    other.refresh()
    assert not other._epochs
    assert session.closed
    with pytest.raises(Tampered, match="epoch_gone"):
        other.epoch(ORG, 1)
    other.epoch(ORG, 2)
    assert other.mirrors[0].unaware(world.keystore.retire(ORG, 1)) == 0
    assert world.keystore.mirrors[0].unaware(world.keystore.retire(ORG, 1)) == 1, "it is counted again"
    assert await world.look(person, "identity.name") == {"identity.name": "Siti Rahayu"}


@served
async def test_a_host_that_died_holds_nobody_up(world, monkeypatch):
    monkeypatch.setattr(roll, "_WAITS", 1)
    await world.add()
    dead = world.open_keystore()
    dead.epoch(ORG, 1)
    for each in dead.mirrors:
        each._read.close()
        each._write.close()
    monkeypatch.setattr(ServedMirror, "fence", None)
    assert (await roll.roll(world.vault.room, world.store)).destroyed == (1,)


@served
async def test_a_key_loaded_while_it_is_retired_is_kept_by_nobody(world, other):
    """Read between telling and destroying: it serves that once, and is not remembered."""
    await world.add()
    world.keystore.retire(ORG, 1)
    assert other.epoch(ORG, 1)
    assert not other._epochs
    assert ("epoch", ORG, "", 1) not in other._secrets


@served
@pytest.mark.parametrize("last", STEPS)
async def test_a_host_killed_in_its_roll_while_another_writes(world, store_url, last):
    """The one that writes goes on; the roll is ended by whoever rolls next; nobody is lost, nobody comes back."""
    writer = _host(store_url, world.folder, "write")
    try:
        killed = _host(store_url, world.folder, last)
        assert killed.wait(50) == -signal.SIGKILL, killed.stderr.read()
        assert writer.poll() is None
        await roll.roll(world.vault.room, world.store)
        await asyncio.sleep(0.3)
    finally:
        writer.send_signal(signal.SIGTERM)
        out, err = writer.communicate(timeout=20)
    assert writer.returncode == 0, err
    lines = [line.split() for line in (out + killed.stdout.read()).splitlines()]
    killed.stdout.close()
    killed.stderr.close()
    assert not [words for words in lines if words[0] == "refused"], lines
    await _all_there(world, lines)


@served
async def test_a_host_that_is_stopped_is_cut_off_and_writes_on_when_it_goes_on(world, store_url, monkeypatch):
    """Stopped in the midst of its work with the old key in memory: nothing is ever written under that key again."""
    monkeypatch.setattr(roll, "_WAITS", 20)
    writer = _host(store_url, world.folder, "write")
    try:
        for _ in range(200):  # stopped inside a transaction the roll would wait for it, rightly
            writer.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.05)
            if not any(_in_transaction(url) for url in (store_url, *world.places)):
                break
            writer.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.01)
        await roll.roll(world.vault.room, world.store)
        assert world.keystore.versions("epoch", ORG) == [2]
        writer.send_signal(signal.SIGCONT)
        await asyncio.sleep(1)
    finally:
        writer.send_signal(signal.SIGCONT)
        writer.send_signal(signal.SIGTERM)
        out, err = writer.communicate(timeout=20)
    assert writer.returncode == 0, err
    lines = [line.split() for line in out.splitlines()]
    assert [words for words in lines if words[0] == "kept"]
    await _all_there(world, lines)


@served
async def test_two_hosts_roll_at_once(world, other):
    """Their daily rounds begin in the same minute: nothing is lost, and one epoch lives after the next roll."""
    people = [(await world.add(email=f"p{n}@example.com"))[0] for n in range(12)]
    room, over = Room(ORG, other, world.random), asyncio.Event()

    async def lets_go():
        while not over.is_set():
            world.keystore.refresh()
            other.refresh()
            await asyncio.sleep(0.02)

    beat = asyncio.create_task(lets_go())
    for _ in range(3):
        both = [roll.roll(each, world.store) for each in (world.vault.room, room)]
        for done in await asyncio.gather(*both, return_exceptions=True):
            assert isinstance(done, roll.Rolled | Unavailable | Conflict), done
    await roll.roll(world.vault.room, world.store)
    over.set()
    await beat
    for n, person in enumerate(people):
        assert await world.look(person, "identity.email") == {"identity.email": f"p{n}@example.com"}
    await agrees(world)


def _host(url, folder, last):
    env = {**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
    command = [sys.executable, "-m", "tests.vault.rolling", url, str(folder), last]
    pipe = subprocess.PIPE
    made = subprocess.Popen(command, env=env, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)
    if last == "write":
        for _ in range(200):
            if made.poll() is not None or _written(url):
                break
            time.sleep(0.05)
    return made


def _in_transaction(url):
    sql = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state <> 'idle'"
    )
    with psycopg.connect(url, autocommit=True) as link:
        return bool(link.execute(sql).fetchall())


def _written(url):
    with psycopg.connect(url, autocommit=True) as link:
        return link.execute("SELECT count(*) FROM dek").fetchone()[0] >= 12


async def _all_there(world, told):
    kept = {words[1]: words[2] for words in told if words[0] == "kept"}
    going = {words[1] for words in told if words[0] == "going"}
    gone = {words[1] for words in told if words[0] == "gone"}
    assert len(kept) >= 6
    await world.vault.start(world.store)
    await roll.roll(world.vault.room, world.store)
    for person, email in kept.items():
        if person not in going:
            assert await world.look(bytes.fromhex(person), "identity.email") == {"identity.email": email}
    for person in gone:
        assert (await world.store.read(lambda tx, p=person: world.vault.unsealed(tx, bytes.fromhex(p)))).clean
    await agrees(world)


@served
async def test_a_start_beside_another_host_takes_nothing_for_left_over(world, other):
    """An erasure announced by one host and not yet committed is none of the other's; alone again, it is."""
    person, _ = await world.add()
    assert world.keystore.alone()
    await world.vault.start(world.store)
    world.keystore.share()

    async def fails(tx):
        await world.vault.erase(tx, person)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await world.store.write(fails)
    alone = other.alone()
    assert not alone
    room = Room(ORG, other, world.random)
    assert (await reconcile(room, world.store, alone=alone)).dropped == 0
    cut_off(world, where="application_name = 'tepati keys'")
    world.keystore.refresh()  # as each process does once a second
    assert not other.alone(), "a session that was cut takes its lock again"
    world.keystore.close()
    third = world.open_keystore()
    other.close()
    assert third.alone()
    third.close()


@served
@pytest.mark.parametrize("which", [0, 1])
async def test_sessions_that_were_cut_are_opened_anew(world, which):
    """A server that was restarted costs one act at most, and none is half done."""
    await world.add()
    cut_off(world, which)
    with contextlib.suppress(Unavailable):
        await world.keystore.settle([Op(mirror.ANCHOR, [(b"a" * 16, 1)])])
    await world.keystore.settle([Op(mirror.ANCHOR, [(b"b" * 16, 1)])])
    rows = [each.rows("SELECT person FROM anchor ORDER BY 1") for each in world.keystore.mirrors]
    assert rows[0] == rows[1]
    assert {(b"a" * 16,), (b"b" * 16,)} <= set(rows[0])
    assert world.keystore.mirrors[0].seq() == world.keystore.mirrors[1].seq()


@served
@pytest.mark.parametrize("which", [0, 1])
async def test_a_place_that_is_gone_is_told_and_what_is_owed_goes_first(world, keys_server, which):
    keys_server.run(f"ALTER DATABASE {PLACES[which]} WITH ALLOW_CONNECTIONS false")
    try:
        cut_off_as_admin(keys_server, PLACES[which])
        with pytest.raises(Unavailable, match="keystore_gone"):
            await world.keystore.settle([Op(mirror.ANCHOR, [(b"a" * 16, 1)])])
        with pytest.raises(Unavailable, match="keystore_gone"):
            world.open_keystore()
    finally:
        keys_server.run(f"ALTER DATABASE {PLACES[which]} WITH ALLOW_CONNECTIONS true")
    await world.keystore.settle([Op(mirror.ANCHOR, [(b"b" * 16, 1)])])
    for each in world.keystore.mirrors:
        assert each.rows("SELECT count(*) FROM anchor") == [(2,)]


def cut_off_as_admin(server, name):
    server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@served
async def test_two_hosts_write_at_once_and_both_places_hold_all(world, other):
    """One batch at a time, whoever's it is; each is in both places when it is answered."""

    async def writes(keystore, n):
        for i in range(25):
            await keystore.settle([Op(mirror.ANCHOR, [(bytes([n, i]) * 8, 1)])])

    before = world.keystore.mirrors[0].seq()
    await asyncio.gather(writes(world.keystore, 1), writes(other, 2))
    rows = [each.rows("SELECT person FROM anchor ORDER BY 1") for each in world.keystore.mirrors]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 50
    assert world.keystore.mirrors[0].seq() == world.keystore.mirrors[1].seq() == before + 50


@served
async def test_a_key_that_two_hosts_make_at_once_is_one(world, other):
    key = world.keystore.secret("mac", ORG)
    other.keep("mac", ORG, "", 1)
    assert other.secret("mac", ORG) == key


@served
async def test_places_exchanged_or_one_and_the_same_are_refused(world):
    for at, number in ((world.places[1], 1), (world.places[0], 2)):
        with pytest.raises(Misconfigured, match="keystore_places"):
            ServedMirror(at, number, 7)


@served
async def test_a_fault_of_a_place_shows_no_address(world):
    with pytest.raises(Unavailable) as found:
        ServedMirror("postgresql://k:rahasia@127.0.0.1:1/k", 1, 7)
    shown = f"{found.value!r} {found.value.__cause__!r} {found.value.__context__!r}"
    assert "rahasia" not in shown
    assert "127.0.0.1" not in shown


@served
async def test_what_a_place_says_of_itself(world):
    first, second = world.keystore.looks()
    assert (first.database, second.database) == PLACES
    assert first.server == second.server
    assert first.copies == ()
    assert first.sealed
    assert first.settings["fsync"] == "off"


async def test_a_late_change_undoes_nothing_newer(world):
    """Two processes settle in another order than they committed: stops stay, the erased get no anchor again."""
    keystore, person = world.keystore, world.random(16)
    for late in (
        [
            Op(mirror.STOP, [(ORG, person, "consent:offers", 20)]),
            Op(mirror.LIFT, [(ORG, person, "consent:offers", 10)]),
        ],
        [Op(mirror.STOP, [(ORG, person, "consent:offers", 15)])],
    ):
        await keystore.settle(late)
        assert [(s.what, s.at) for s in keystore.stops(ORG, person)] == [("consent:offers", 20)]
    await keystore.settle([Op(mirror.LIFT, [(ORG, person, "consent:offers", 20)])])
    assert keystore.stops(ORG, person) == []
    one, _ = await world.add()
    await world.do(lambda tx: world.vault.erase(tx, one))
    await keystore.settle([Op(mirror.ANCHOR, [(one, 9)])])
    assert keystore.anchor(one) is None
