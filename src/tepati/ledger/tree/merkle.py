"""Room ledger: the Merkle tree of RFC 6962 and the names of its tiles (tlog-tiles). It asks nothing but bytes."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Literal

from tepati.errors import Tampered

WIDTH = 256  # hashes of a full tile, entries of a full bundle
EMPTY = sha256(b"").digest()
Span = Callable[[int, int], bytes]  # the Merkle tree hash of leaves [start, end)


# --- hashes (RFC 6962 section 2.1)


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes; an odd last one rises unchanged, which is RFC 6962's tree, level by level."""
    row = list(hashes) or [EMPTY]
    while len(row) > 1:
        odd = row[len(row) & ~1 :]
        row = [sha256(b"\x01" + a + b).digest() for a, b in zip(row[::2], row[1::2], strict=False)] + odd
    return row[0]


class Peaks:
    """A tree growing at its right end, as the roots of its perfect subtrees: 32 bytes a level are all it keeps."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, one: bytes, height: int = 0) -> None:
        """Add a perfect subtree of 2**height leaves; the size must be a multiple of that."""
        self.size += 1 << height
        while self._peaks and self._peaks[-1][0] == height:
            one, height = node_hash(self._peaks.pop()[1], one), height + 1
        self._peaks.append((height, one))

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes."""
        for leaf in leaves:
            self.add(leaf)

    def copy(self) -> "Peaks":
        """Return a tree that grows on its own from here."""
        other = Peaks()
        other.size, other._peaks = self.size, list(self._peaks)
        return other

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


# --- proofs (RFC 6962 sections 2.1.1 and 2.1.2)


def split(size: int) -> int:
    """Return the largest power of two below ``size`` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion(index: int, size: int, span: Span) -> list[bytes]:
    """Return the path of leaf ``index`` in the tree of ``size`` leaves, from the sibling upwards."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        path.append(span(middle, end) if index < middle else span(start, middle))
        start, end = (start, middle) if index < middle else (middle, end)
    return path[::-1]


def consistency(old: int, size: int, span: Span) -> list[bytes]:
    """Return the proof that the tree of ``old`` leaves is the beginning of the tree of ``size`` leaves."""
    if old in {0, size}:
        return []
    start, end, path, whole = 0, size, [], True
    while end != old:
        middle = start + split(end - start)
        left = old <= middle
        path.append(span(middle, end) if left else span(start, middle))
        start, end, whole = (start, middle, whole) if left else (middle, end, False)
    return path[::-1] if whole else [span(start, end), *path[::-1]]


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> Literal[True]:
    """Return True when ``path`` leads from the leaf hash to the root (RFC 9162 section 2.1.3.2). Raises Tampered."""
    if not 0 <= index < size:
        raise Tampered("ledger_inclusion")
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise Tampered("ledger_inclusion")
        if at & 1 or at == last:
            found = node_hash(step, found)
            at, last = _rise(at, last)
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last or found != root:
        raise Tampered("ledger_inclusion")
    return True


def check_consistency(old: int, size: int, old_root: bytes, root: bytes, path: Sequence[bytes]) -> Literal[True]:
    """Return True when the old tree is the beginning of the new (RFC 9162 section 2.1.4.2). Raises Tampered."""
    if old in {0, size}:
        fits = not path and old_root == (EMPTY if old == 0 else root)
    else:
        fits = 0 < old < size and _both(old, size, path, old_root) == (old_root, root)
    if not fits:
        raise Tampered("ledger_consistency")
    return True


def _both(old: int, size: int, path: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes] | None:
    """Return the old and the new root that a consistency proof leads to, or None when its length is wrong."""
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not steps:
        return None
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            at, last = _rise(at, last)
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return None if last else (first, second)


def _rise(at: int, last: int) -> tuple[int, int]:
    """Go up until ``at`` is a right child or 0."""
    while not at & 1 and at:
        at, last = at >> 1, last >> 1
    return at, last


# --- names of tiles (tlog-tiles)


def tile_path(level: int | Literal["entries"], number: int, width: int = WIDTH) -> str:
    """Return the path of a tile or bundle; one of fewer than 256 is named by its width."""
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{partial}"


def read_bundle(raw: bytes) -> list[bytes] | None:
    """Return the entries of a bundle, each behind its length in two bytes, big-endian; None when it is cut off."""
    entries, place = [], 0
    while place < len(raw):
        end = place + 2 + int.from_bytes(raw[place : place + 2], "big")
        if end > len(raw):
            return None
        entries.append(raw[place + 2 : end])
        place = end
    return entries
