"""A key store moves to other places, of the other kind too: nothing is lost, nothing foreign is written over."""

import pytest

from tepati.errors import Misconfigured, Unavailable
from tepati.vault import moving
from tepati.vault.folder import FILE, FolderMirror
from tepati.vault.keystore import KeyStore
from tepati.vault.mirror import ADD, Op
from tepati.vault.served import both
from tepati.vault.vault import Vault
from tests.vault.conftest import ORG

OLD = ("here", "there")


def folders(world, name):
    return FolderMirror(world.folder / f"{name}-a"), FolderMirror(world.folder / f"{name}-b")


def close(places):
    for each in places:
        each.close()


def opened(world, places):
    """Open the key store in other places, and a vault over it."""
    world.keystore = KeyStore(places, world.root, world.random, world.clock)
    world.vault = Vault(ORG, world.keystore, world.random)
    return world.keystore


async def test_what_moved_opens_and_the_old_places_are_gone(world):
    """Folders to folders, or servers to folders and back: every key, stop and anchor is there; the old hold nothing."""
    person, _ = await world.add()
    before = await world.look(person, "identity.email")
    old, new = world.keystore.mirrors, folders(world, "new")
    moving.copy(old[0], new, moving.note(old[0], OLD))
    close(new)
    for each in old:
        each.raze()
    kept = opened(world, (world.folder / "new-a", world.folder / "new-b"))
    assert moving.noted(kept.mirrors[1]) == moving.noted(kept.mirrors[0])
    kept.commit([moving.forget()])
    assert moving.noted(kept.mirrors[0]) is None
    assert kept.mirrors[0].seq() == kept.mirrors[1].seq()
    assert await world.look(person, "identity.email") == before
    if not world.places:
        assert not (world.folder / "keys-a" / FILE).exists()
        return
    back = both(world.places, 77)
    assert back[0].rows("SELECT 1 FROM secret") == []
    moving.copy(kept.mirrors[0], back, moving.note(kept.mirrors[0], OLD))
    kept.close()
    opened(world, back)
    assert await world.look(person, "identity.email") == before


async def test_a_place_with_keys_of_others_is_not_written_over(world):
    """Also where an earlier move of another key store left half a copy."""
    await world.add()
    old = world.keystore.mirrors[0]
    new = folders(world, "taken")
    other = KeyStore((world.folder / "x-a", world.folder / "x-b"), world.root, world.random, world.clock)
    other.secret("mac", "another")
    moving.copy(other.mirrors[0], new[:1], moving.note(other.mirrors[0], OLD))
    with pytest.raises(Misconfigured, match="keystore_taken"):
        moving.copy(old, new, moving.note(old, OLD))
    assert new[1].rows("SELECT 1 FROM secret") == []
    other.close()
    close(new)


async def test_half_a_copy_is_written_anew(world):
    """Killed between the two, and more written to the old since: the next try ends with what is there now."""
    await world.add()
    old, new = world.keystore.mirrors[0], folders(world, "half")
    said = moving.note(old, OLD)
    moving.copy(old, new[:1], said)
    person, _ = await world.add(email="lain@example.com")
    moving.copy(old, new, said)
    kept = len(old.rows("SELECT 1 FROM dek"))
    assert all(each.rows("SELECT 1 FROM dek WHERE person = ?1", person) for each in new)
    assert {len(each.rows("SELECT 1 FROM dek")) for each in new} == {kept}
    close(new)


async def test_a_copy_that_differs_is_not_taken(world, monkeypatch):
    """A disk that wrote something else: the old key store stays in force."""
    await world.add()
    old, new = world.keystore.mirrors[0], folders(world, "wrong")
    written = moving._write

    def wrong(source, target, said):
        written(source, target, said)
        target.begin()
        target.apply([Op(ADD, [(b"\1" * 16, b"\2" * 16, ORG, "identity", "2028", 1, b"x")])])
        target.commit()

    monkeypatch.setattr(moving, "_write", wrong)
    with pytest.raises(Unavailable, match="keystore_differs"):
        moving.copy(old, new, moving.note(old, OLD))
    close(new)
