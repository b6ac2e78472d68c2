"""Room ledger: how the tree grows in tiles of 256 hashes, and which tiles a proof needs. Pure; ``log`` keeps them."""

from collections.abc import Iterable, Mapping, Sequence

from tepati.errors import Tampered
from tepati.ledger.tree import EMPTY, WIDTH, Peaks, node_hash, root_of, split

HASH = 32
FULL = WIDTH * HASH  # bytes
Place = tuple[int, int]  # level, number


def right_edge(size: int) -> list[Place]:
    """Return the partial tiles of a tree: at most one a level, lowest first."""
    edge, level = [], 0
    while count := size >> 8 * level:
        if count % WIDTH:
            edge.append((level, count // WIDTH))
        level += 1
    return edge


def width(size: int, place: Place) -> int:
    """Return how many hashes a tile holds in the tree of ``size`` leaves: 0 when it is not there."""
    level, number = place
    return max(0, min(WIDTH, (size >> 8 * level) - WIDTH * number))


def needed(index: int, size: int) -> set[Place]:
    """Return the tiles from which every hash beside the path of leaf ``index`` can be computed."""
    places = set(right_edge(size))
    level = 0
    while size >> 8 * level:
        place = (level, index >> 8 * (level + 1))
        if width(size, place):
            places.add(place)
        level += 1
    return places


class Tiles:
    """Some tiles of a tree of ``size`` leaves, as bytes; enough of them for what is asked."""

    def __init__(self, size: int, tiles: Mapping[Place, bytes]) -> None:
        self.size = size
        self._tiles = tiles

    def hashes(self, place: Place) -> bytes:
        """Return a tile cut to the tree's size. Raises Tampered when it is missing or short."""
        want = HASH * width(self.size, place)
        found = self._tiles.get(place, b"")[:want]
        if len(found) != want:
            raise Tampered("ledger_tile", level=place[0], number=place[1])
        return found

    def span(self, start: int, end: int) -> bytes:
        """Return the Merkle tree hash of leaves [start, end), a node of the tree or its right edge."""
        if start == end:
            return EMPTY
        count = end - start
        if count & (count - 1):
            middle = start + split(count)
            return node_hash(self.span(start, middle), self.span(middle, end))
        level = (count.bit_length() - 1) // 8
        first, many = start >> 8 * level, count >> 8 * level
        tile = self.hashes((level, first // WIDTH))
        return root_of(cut(tile, first % WIDTH, first % WIDTH + many))

    def root(self) -> bytes:
        """Return the root, from the right edge alone."""
        peaks = Peaks()
        for place in reversed(right_edge(self.size)):
            for one in cut(self.hashes(place)):
                peaks.add(one, 8 * place[0])
        return peaks.root()


def grow(size: int, tiles: Mapping[Place, bytes], leaves: Sequence[bytes]) -> dict[Place, bytes]:
    """Return the tiles that change when leaf hashes are added to a tree of ``size`` leaves, given its right edge.

    Two hashes an entry: one of the leaf, one shared node; 2 us of CPU an entry, measured in batches of 10,000.
    """
    held, level = Tiles(size, tiles), 0
    changed: dict[Place, bytes] = {}
    while leaves:
        number = (size >> 8 * level) // WIDTH
        data = held.hashes((level, number)) + b"".join(leaves)
        rows = [data[i : i + FULL] for i in range(0, len(data), FULL)]
        changed |= {(level, number + i): row for i, row in enumerate(rows)}
        leaves = [root_of(cut(row)) for row in rows if len(row) == FULL]
        level += 1
    return changed


def cut(tile: bytes, start: int = 0, end: int = WIDTH) -> list[bytes]:
    """Return the hashes [start, end) of a tile."""
    return [tile[i : i + HASH] for i in range(HASH * start, min(HASH * end, len(tile)), HASH)]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries as a bundle: each behind its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
