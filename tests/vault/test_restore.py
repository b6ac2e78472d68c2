"""Any old backup and the newest key store: all the living open, nobody erased does, and what stopped stays stopped."""

import io

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import BadInput, Expired, Misconfigured, Tampered
from tepati.rules.facts import Row
from tepati.store.schema import TABLES
from tepati.vault import backup as backups
from tepati.vault import keys, roll
from tepati.vault.backup import backup, expire, frames
from tepati.vault.records import aad
from tepati.vault.restore import restore
from tests.vault.conftest import LINE, ORG, kept

NAME, EMAIL, REFERENCE = "identity.name", "identity.email", "payment.reference"
YEAR = 365 * 86_400_000_000


async def save(world, days=365):
    out = io.BytesIO()
    made = await backup(world.store, world.keystore, out, world.clock(), until=world.clock() + days * 86_400_000_000)
    return made, out.getvalue()


async def destroy(world):
    """Lose the live database, as far as a test may: every row of every table."""

    async def work(tx):
        for table in sorted(TABLES, key=lambda t: t.name == "epoch"):
            if table.name == "meta":
                await tx.run("DELETE FROM meta WHERE name NOT IN ('version', 'schema')")
            else:
                await tx.run(f"DELETE FROM {table.name}")

    await world.store.write(work)


async def put_back(world, raw, **more):
    """Restore as after a restart: nothing is in memory."""
    world.keystore.close()
    world.keystore = world.open_keystore()
    world.vault.room.keystore = world.keystore
    return await restore(io.BytesIO(raw), world.store, world.keystore, world.clock(), **more)


async def consent(world, person, question):
    """Write the registers as a desk would."""

    async def work(tx):
        await tx.run(
            "INSERT INTO consent (person, question, org, state, at, until, notice, ledger_id)"
            " VALUES ($1, $2, $3, 'ConsentGiven', 1, 2, $4, $5)",
            person,
            question,
            ORG,
            b"n",
            LINE,
        )
        await tx.run(
            "INSERT INTO standing (person, purpose, question, org, until, blocked, told)"
            " VALUES ($1, 'offers', $2, $3, 9, 0, 1)",
            person,
            question,
            ORG,
        )

    await world.store.write(work)


async def test_three_rolls_the_live_database_destroyed_the_oldest_backup_restored(world):  # noqa: PLR0915 - one story
    siti, _ = await world.add(consents=["promotion", "survey"])
    budi, _ = await world.add(email="budi@example.com", consents=["promotion"])
    tono, _ = await world.add(email="tono@example.com")
    for person in (siti, budi):
        await consent(world, person, "promotion")
    _, oldest = await save(world)
    blobs = await world.rows("SELECT person, record, category, version, blob FROM sealed")
    await roll.roll(world.vault.room, world.store)
    await world.do(lambda tx: world.vault.erase(tx, tono))
    await world.change(siti, consents={"survey": 2**62}, restricted=("offers",))
    await world.do(lambda tx: world.vault.end(tx, budi, "payment"))
    await roll.roll(world.vault.room, world.store)
    later, _ = await world.add(email="dewi@example.com")
    await save(world)
    await roll.roll(world.vault.room, world.store)
    await destroy(world)
    done = await put_back(world, oldest)

    assert await world.look(siti, NAME, EMAIL, REFERENCE) == {
        NAME: "Siti Rahayu", EMAIL: "siti@example.com", REFERENCE: "INV-77",
    }  # fmt: skip
    assert await world.look(budi, NAME, EMAIL, REFERENCE) == {NAME: "Siti Rahayu", EMAIL: "budi@example.com"}
    assert (done.erased, done.unreadable, done.tampered, done.indexes, done.unindexed) == (1, 3, 0, 2, 0)
    facts, version = await world.store.read(lambda tx: world.vault.facts(tx, siti))
    assert (dict(facts.consents), facts.restricted, version) == ({"survey": 2**62}, ("offers",), 3)
    states = dict(await world.rows("SELECT person, state FROM consent"))
    assert states == {siti: "ConsentWithdrawn", budi: "ConsentGiven"}
    assert [row[0] for row in await world.rows("SELECT person FROM standing")] == [budi]
    for person in (tono, later):
        left = await world.store.read(lambda tx, p=person: world.vault.unsealed(tx, p))
        assert set(left.rows) <= ({"dek"} if person == later else set())
    assert await world.store.read(lambda tx: world.vault.find(tx, EMAIL, "tono@example.com")) is None
    assert await world.store.read(lambda tx: world.vault.find(tx, EMAIL, "siti@example.com")) == siti
    assert await opened_by_any_key(world, [b for b in blobs if b[0] == tono]) == 0
    assert await opened_by_any_key(world, [b for b in blobs if b[0] == siti]) == 2
    assert (await world.vault.start(world.store)).copied == 0
    await roll.roll(world.vault.room, world.store)
    assert len(await world.look(siti, NAME, EMAIL)) == 2


async def opened_by_any_key(world, blobs):
    """Try every live key on every blob, with everything else known."""
    rows = world.keystore.mirrors[0].rows("SELECT person, key, category, ending, epoch, wrapped FROM dek")
    units = [keys.unwrap(world.vault.room, row[0], row[1:]) for row in rows]
    assert units
    count = 0
    for person, record, category, version, blob in blobs:
        for unit in units:
            try:
                bound = blob[:18] + aad(world.vault.room, person, record, category, version)
                AESGCM(unit.raw).decrypt(blob[18:30], blob[30:], bound)
            except InvalidTag:
                continue
            count += 1
    return count


async def test_a_partial_erasure_under_a_hold_reaches_backups(world):
    person, record = await world.add()
    _, oldest = await save(world)
    blobs = await world.rows("SELECT person, record, category, version, blob FROM sealed")
    keep = {(record, "payment"): kept(REFERENCE, world.clock() + YEAR)}
    await world.do(lambda tx: world.vault.erase(tx, person, keep))
    _, newer = await save(world)
    for _ in range(3):
        await roll.roll(world.vault.room, world.store)
    await destroy(world)
    done = await put_back(world, oldest)
    assert (done.unreadable, done.erased) == (2, 1)
    assert await opened_by_any_key(world, blobs) == 0
    assert await world.store.read(lambda tx: world.vault.find(tx, EMAIL, "siti@example.com")) is None
    assert not await world.rows("SELECT 1 FROM person")
    await destroy(world)
    done = await put_back(world, newer)
    assert (done.unreadable, done.erased) == (0, 0)
    assert await world.look(person, NAME, REFERENCE, keeps=[REFERENCE]) == {REFERENCE: "INV-77"}


async def end_but_for_a_hold(world, person, record):
    """Let both categories of a person end, of one of which a hold keeps a field; write the facts."""

    async def work(tx):
        facts, version = await world.vault.facts(tx, person)
        kept_until = {(record, "payment"): kept(REFERENCE, world.clock() + YEAR)}
        new = await world.vault.keep(tx, person, facts, kept_until)
        for category in ("identity", "payment"):
            await world.vault.end(tx, person, category, "2028-01", {record})
        await world.vault.set_facts(tx, person, new, version)

    await world.do(work)


async def test_a_parts_own_end_under_a_hold_reaches_backups(world):
    """A backup of before brings back neither what ended nor, past its end, what is held; one of after has it."""
    person, record = await world.add()
    row = Row("booking", 1, joined=True, ends=dict.fromkeys(("identity", "payment"), world.clock() + 10**9))
    await world.change(person, rows={record.hex(): row})
    _, oldest = await save(world)
    blobs = await world.rows("SELECT person, record, category, version, blob FROM sealed")
    await end_but_for_a_hold(world, person, record)
    assert await world.look(person, NAME, REFERENCE) == {}
    assert await world.look(person, NAME, REFERENCE, keeps=[REFERENCE]) == {REFERENCE: "INV-77"}
    _, newer = await save(world)
    for _ in range(3):
        await roll.roll(world.vault.room, world.store)
    assert await opened_by_any_key(world, blobs) == 0
    await destroy(world)
    done = await put_back(world, oldest)
    assert (done.unreadable, done.erased, done.tampered) == (2, 0, 0)
    assert await opened_by_any_key(world, blobs) == 0
    assert await world.store.read(lambda tx: world.vault.find(tx, EMAIL, "siti@example.com")) is None
    facts, _ = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert facts.rows == {}, "the facts do not speak of what is gone"
    assert not await world.rows("SELECT 1 FROM record")
    await destroy(world)
    done = await put_back(world, newer)
    assert (done.unreadable, done.erased) == (0, 0)
    assert await world.look(person, NAME, REFERENCE) == {}
    assert await world.look(person, NAME, REFERENCE, keeps=[REFERENCE]) == {REFERENCE: "INV-77"}


async def test_a_backup_of_nobody_is_restored_and_starts(world):
    """Keys of those who came later stay in the key store, for a newer backup, and the start accepts that."""
    await world.vault.start(world.store)
    _, oldest = await save(world)
    person, _ = await world.add()
    _, newer = await save(world)
    await destroy(world)
    await put_back(world, oldest)
    assert (await world.vault.start(world.store)).copied == 0
    await destroy(world)
    await put_back(world, newer)
    await world.vault.start(world.store)
    assert len(await world.look(person, NAME)) == 1


async def test_a_consent_given_again_comes_back(world):
    person, _ = await world.add(consents=["promotion"])
    _, raw = await save(world)
    await world.change(person, consents={})
    await world.change(person, consents={"promotion": 2**62})
    await destroy(world)
    await put_back(world, raw)
    facts, version = await world.store.read(lambda tx: world.vault.facts(tx, person))
    assert (list(facts.consents), version) == (["promotion"], 4)


async def test_links_lead_to_their_person_again(world):
    person, _ = await world.add()

    async def work(tx):
        await world.vault.claim(tx, "link", "t" * 32, person)
        await tx.run(
            "INSERT INTO link (person, secret, org, kind, about, made, expires, ledger_id)"
            " VALUES ($1, $2, $3, 'stop', 'promotion', 1, 2, $4)",
            person,
            world.vault.index("link", "t" * 32),
            ORG,
            LINE,
        )

    await world.do(work)
    _, raw = await save(world)
    await destroy(world)
    await put_back(world, raw)
    assert await world.store.read(lambda tx: world.vault.find(tx, "link", "t" * 32)) == person


@pytest.mark.parametrize("defect", ["flipped", "cut", "longer", "swapped", "head", "empty", "ended", "over"])
async def test_a_backup_that_was_changed_or_has_ended_is_refused(world, defect):
    await world.add({"identity": {"name": world.random(40_000).hex()}})
    await world.add({"identity": {"name": world.random(40_000).hex()}})
    _, raw = await save(world)
    first = raw.index(b"}") + 1
    size = int.from_bytes(raw[first : first + 4]) + 4
    bad = {
        "flipped": raw[:-20] + bytes([raw[-20] ^ 1]) + raw[-19:],
        "cut": raw[: first + size],
        "longer": raw + b"x",
        "swapped": raw[:first]
        + raw[first + size : first + 2 * size]
        + raw[first : first + size]
        + raw[first + 2 * size :],
        "head": raw.replace(b'"schema":"1"', b'"schema":"2"'),
        "empty": b"",
        "ended": raw,
        "over": raw,
    }[defect]
    if defect in {"ended", "over"}:
        world.clock.forward(days=366)
    if defect == "ended":
        assert expire(world.keystore, world.clock()) == 1
    with pytest.raises({"empty": BadInput, "ended": Expired, "over": Expired}.get(defect, Tampered)):
        list(frames(io.BytesIO(bad), world.keystore, world.clock()))


async def test_a_backup_without_the_key_store_opens_nothing(world, tmp_path):
    await world.add()
    _, raw = await save(world)
    world.move(tmp_path / "other")
    with pytest.raises(Expired):
        list(frames(io.BytesIO(raw), world.open_keystore(), world.clock()))
    assert b"siti" not in raw.lower()


async def test_restore_refuses_a_database_that_holds_anything(world):
    await world.add()
    _, raw = await save(world)
    with pytest.raises(Misconfigured) as refused:
        await put_back(world, raw)
    assert refused.value.code == "store_not_empty"


async def test_a_half_restored_database_opens_no_door(world, monkeypatch):
    await world.add()
    _, raw = await save(world)
    await destroy(world)
    monkeypatch.setattr("tepati.vault.restore._stops", None)
    with pytest.raises(TypeError):
        await put_back(world, raw)
    with pytest.raises(Misconfigured):
        await world.vault.start(world.store)


async def test_stops_are_kept_back_to_the_oldest_backup(world):
    person, _ = await world.add(consents=["a", "b"])
    await save(world, days=10)
    world.clock.forward(days=1)
    await world.change(person, consents={"b": 1})
    world.clock.forward(days=2)
    await save(world, days=30)
    world.clock.forward(days=2)
    await world.change(person, consents={})
    assert [s.what for s in world.keystore.stops(ORG)] == ["consent:a", "consent:b"]
    world.clock.forward(days=8)
    assert expire(world.keystore, world.clock()) == 1
    assert [s.what for s in world.keystore.stops(ORG)] == ["consent:b"]
    assert len(backups.backups(world.keystore)) == 1


async def log(world):
    await world.sql("INSERT INTO log_head (org, size, root, at, note) VALUES ($1, 1, $2, 1, 'n')", ORG, b"r" * 32)
    await world.sql("INSERT INTO log_leaf (lane, id, org, idx, entry) VALUES (3, $1, $2, 0, $3)", LINE, ORG, b"e")


async def test_the_log_goes_on_only_from_the_head_told_outside(world):
    await world.add()
    await log(world)
    before = world.keystore.signer(ORG).public_key().public_bytes_raw()
    _, raw = await save(world)
    await destroy(world)
    done = await put_back(world, raw, heads={ORG: (1, b"r" * 32)})
    assert done.logs == {ORG: "continued"}
    assert await world.rows("SELECT size FROM log_head") == [(1,)]
    assert world.keystore.signer(ORG).public_key().public_bytes_raw() == before
    await destroy(world)
    done = await put_back(world, raw, heads={ORG: (2, b"r" * 32)})
    assert done.logs == {ORG: "anew"}
    assert not await world.rows("SELECT size FROM log_head")
    assert await world.rows("SELECT lane, id, entry FROM log_pending") == [(3, LINE, b"e")]
    assert world.keystore.signer(ORG).public_key().public_bytes_raw() != before
