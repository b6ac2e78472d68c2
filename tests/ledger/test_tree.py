"""The tree is RFC 6962's: against a naive one, against the RFC's own vectors, and no wrong proof passes."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tepati.errors import Tampered
from tepati.ledger import tiles, tree

# certificate-transparency's own test data (RFC 6962 reference implementation, merkletree/merkle_tree_test.cc).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaf(i: int) -> bytes:
    return tree.leaf_hash(b"%d" % i)


def naive(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + naive(hashes[:k]) + naive(hashes[k:])).digest()


def grown(size: int, *, step: int = 0) -> dict[tiles.Place, bytes]:
    """All tiles of the tree over ``leaf``, grown in batches of ``step``."""
    made: dict[tiles.Place, bytes] = {}
    done = 0
    while done < size:
        more = min(step or size, size - done)
        made |= tiles.grow(done, made, [leaf(i) for i in range(done, done + more)])
        done += more
    return made


def test_the_roots_of_the_reference_implementation():
    hashes = [tree.leaf_hash(bytes.fromhex(one)) for one in LEAVES]
    assert [tree.root_of(hashes[: n + 1]).hex() for n in range(8)] == ROOTS
    assert tree.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_size_to_300_equals_the_naive_tree():
    hashes = [leaf(i) for i in range(300)]
    peaks, made = tree.Peaks(), {}
    for size in range(1, 301):
        peaks.add(hashes[size - 1])
        made |= tiles.grow(size - 1, made, [hashes[size - 1]])
        want = naive(hashes[:size])
        assert tree.root_of(hashes[:size]) == peaks.root() == tiles.Tiles(size, made).root() == want


def test_every_proof_of_every_size_to_70_holds_and_no_neighbour_of_it():
    made = grown(70)
    for size in range(1, 71):
        held = tiles.Tiles(size, made)
        for index in range(size):
            path = tree.inclusion(index, size, held.span)
            assert tree.check_inclusion(leaf(index), index, size, path, held.root())
            for wrong in ((leaf(index + 1), index), (leaf(index), index + 1), (leaf(index), index - 1)):
                with pytest.raises(Tampered):
                    tree.check_inclusion(wrong[0], wrong[1], size, path, held.root())
        for old in range(size + 1):
            before = tiles.Tiles(old, made).root()
            path = tree.consistency(old, size, held.span)
            assert tree.check_consistency(old, size, before, held.root(), path)
            if old:  # nothing is the beginning of everything
                with pytest.raises(Tampered):
                    tree.check_consistency(old, size, before, tree.EMPTY, path)
            with pytest.raises(Tampered):
                tree.check_consistency(old, size, before, held.root(), [*path, tree.EMPTY])
            for i in range(len(path)):
                bad = [tree.node_hash(one, one) if i == j else one for j, one in enumerate(path)]
                with pytest.raises(Tampered):
                    tree.check_consistency(old, size, before, held.root(), bad)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_proofs_across_tile_boundaries_need_only_the_tiles_named(data):
    size = data.draw(
        st.integers(1, 3000) | st.sampled_from([255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000])
    )
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    made = BIG
    root, before = tiles.Tiles(size, made).root(), tiles.Tiles(old, made).root()
    some = {place: made[place] for place in tiles.needed(index, size)}
    path = tree.inclusion(index, size, tiles.Tiles(size, some).span)
    assert tree.check_inclusion(leaf(index), index, size, path, root)
    if old < size:
        some = {place: made[place] for place in tiles.needed(old - 1, size) | tiles.needed(old, size)}
        path = tree.consistency(old, size, tiles.Tiles(size, some).span)
        assert tree.check_consistency(old, size, before, root, path)


BIG = grown(66_000, step=9_999)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_tiles_do_not_depend_on_how_the_lines_came_in(steps):
    made: dict[tiles.Place, bytes] = {}
    done = 0
    for step in steps:
        edge = {place: made[place] for place in tiles.right_edge(done)}
        made |= tiles.grow(done, edge, [leaf(i) for i in range(done, done + step)])
        done += step
    assert made == grown(done)
    assert tiles.Tiles(done, made).root() == naive([leaf(i) for i in range(done)])


def test_a_missing_or_short_tile_is_named():
    made = grown(600)
    del made[0, 2]
    with pytest.raises(Tampered, match="level=0 number=2"):
        tiles.Tiles(600, made).root()


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 1000, 17, "tile/1/x001/000.p/17"),
        ("entries", 273, 112, "tile/entries/273.p/112"),
    ],
)
def test_the_names_of_tiles(level, number, width, path):
    """The example of tlog-tiles: index 1234067 is x001/x234/067."""
    assert tree.tile_path(level, number, width) == path
