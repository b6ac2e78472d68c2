"""Room ledger: the Merkle tree of RFC 6962, the names of its tiles, and its signed head. It asks nothing but bytes.

Specification: ``docs/spec/ledger.md`` sections 3 and 4; tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tepati.errors import Tampered

WIDTH = 256  # hashes of a full tile, entries of a full bundle
EMPTY = sha256(b"").digest()
LOG, WITNESS = 1, 4  # signature types of signed-note: a log's Ed25519, a witness's timestamped Ed25519
Span = Callable[[int, int], bytes]  # the Merkle tree hash of leaves [start, end)

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
SIGNATURES = 64  # more lines are refused unread


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


# --- the signed head (signed-note, tlog-checkpoint, tlog-cosignature)


@dataclass(frozen=True, slots=True)
class Key:
    """Somebody's verifying key (a vkey): a log's (type 1) or a witness's (type 4)."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint as read, nothing of it checked: ``body`` is what was signed, ``signatures`` are (name, bytes)."""

    origin: str
    size: int
    root: bytes
    body: bytes
    signatures: tuple[tuple[str, bytes], ...]


def read_key(vkey: str) -> Key:
    """Read a vkey. Raises Tampered when it is none of ours: wrong id, wrong type, wrong length."""
    name, _, rest = vkey.partition("+")
    given, _, material = rest.partition("+")
    raw = _base64(material)
    key = Key(name, raw[0] if raw else 0, raw[1:])
    if key.id.hex() != given or key.kind not in {LOG, WITNESS} or len(key.public) != 32 or not _named(name):
        raise Tampered("ledger_key")
    return key


def read_head(note: bytes) -> Head:
    """Read a checkpoint, strictly. Raises Tampered when it is not one. Signatures are not checked here."""
    try:
        text = note.decode()
    except UnicodeDecodeError as fault:
        raise Tampered("ledger_checkpoint") from fault
    body, gap, tail = text.rpartition("\n\n")
    lines = body.split("\n")
    sound = gap and tail.endswith("\n") and not _CONTROL.search(text) and len(lines) >= 3 and all(lines)
    if not sound or tail.count("\n") > SIGNATURES or not _DECIMAL.fullmatch(lines[1]):
        raise Tampered("ledger_checkpoint")
    root = _base64(lines[2])
    if len(root) != 32:
        raise Tampered("ledger_checkpoint")
    signatures = tuple(_signature(line) for line in tail[:-1].split("\n"))
    return Head(lines[0], int(lines[1]), root, (body + "\n").encode(), signatures)


def check_signature(head: Head, key: Key) -> int | None:
    """Return when ``key`` signed the head: seconds since 1970 for a witness, 0 for a log, None when it did not.

    Raises Tampered when a line carries this key's name and id but does not verify.
    """
    for name, raw in head.signatures:
        if name != key.name or raw[:4] != key.id:
            continue
        at = int.from_bytes(raw[4:12], "big") if key.kind == WITNESS else 0
        said = cosigned(head.body, at) if key.kind == WITNESS else head.body
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[12:] if key.kind == WITNESS else raw[4:], said)
        except InvalidSignature as fault:
            raise Tampered("ledger_signature", key=key.name) from fault
        return at
    return None


def cosigned(body: bytes, at: int) -> bytes:
    """Return what a witness signs (``cosignature/v1``); ``at`` in seconds since 1970."""
    return b"cosignature/v1\ntime %d\n" % at + body


def unbase64(lines: Iterable[str]) -> list[bytes]:
    """Read hashes, one a line. Raises Tampered unless each is 32 bytes in plain base64."""
    hashes = [_base64(line) for line in lines]
    if any(len(one) != 32 for one in hashes):
        raise Tampered("ledger_hash")
    return hashes


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, material = rest.partition(" ")
    raw = _base64(material)
    if dash != "—" or not _named(name) or len(raw) < 5:
        raise Tampered("ledger_checkpoint")
    return name, raw


def _named(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() for c in name)


def _base64(text: str) -> bytes:
    """Read standard base64 of one spelling only. Raises Tampered."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise Tampered("ledger_base64") from fault
    if base64.b64encode(raw).decode() != text:
        raise Tampered("ledger_base64")
    return raw
