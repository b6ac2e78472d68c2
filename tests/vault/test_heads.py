"""The head of the ledger in the key store only grows; it survives a restart, and a restore that begins anew ends it."""

from tepati.vault.heads import Heads
from tests.vault.conftest import ORG
from tests.vault.test_restore import destroy, put_back, save


async def test_a_shorter_head_never_takes_the_place_of_a_longer_one(world):
    heads = Heads(world.keystore)
    assert heads.newest(ORG) is None
    for size in (255, 256, 3):
        await heads.keep(ORG, size, bytes([size % 251]) * 32)
    world.keystore.close()
    world.keystore = world.open_keystore()
    assert Heads(world.keystore).newest(ORG) == (256, b"\x05" * 32)
    assert Heads(world.keystore).newest("other") is None


async def restored(world, kept, told):
    await world.add()
    row = ORG, 2, b"r" * 32, 1, "x"
    await world.sql("INSERT INTO log_head (org, size, root, at, note) VALUES ($1, $2, $3, $4, $5)", *row)
    _, raw = await save(world)
    await Heads(world.keystore).keep(ORG, *kept)
    await destroy(world)
    return (await put_back(world, raw, heads={ORG: told})).logs[ORG]


async def test_a_log_that_had_grown_after_the_backup_begins_anew_whatever_head_is_named(world):
    assert await restored(world, (3, b"n" * 32), (2, b"r" * 32)) == "anew"
    assert Heads(world.keystore).newest(ORG) is None


async def test_a_log_that_had_not_grown_continues(world):
    assert await restored(world, (2, b"r" * 32), (2, b"r" * 32)) == "continued"
    assert Heads(world.keystore).newest(ORG) == (2, b"r" * 32)
