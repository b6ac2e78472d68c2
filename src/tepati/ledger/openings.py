"""Room ledger: one salted opening for each party of a line, under one root that the line says in clear."""

import zlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tepati.errors import BadInput, Tampered
from tepati.ledger.entry import SALT, Opening, check, opening_leaf
from tepati.ledger.tree import node_hash

__all__ = ["Kept", "Opening", "build", "check", "pack", "readable", "unpack"]
QUICK = 1  # of zlib: a record of 5 kB takes 60 us and 1.6 kB


class Kept(Opening, frozen=True, gc=False, omit_defaults=True):
    """An opening as it is sealed: with the readable record that its payload binds, compressed, or without one.

    The record lies here and nowhere else: whoever takes a receipt later, from a letter or in the privacy centre, has
    the words of that day, and they end with the opening.
    """

    record: bytes = b""


def build(parts: Sequence[tuple[str, bytes]], random: Callable[[int], bytes]) -> tuple[bytes, list[Opening]]:
    """Salt each ``(party, payload)`` and return the root with one opening a part, in order; ``b""`` for no part.

    A set act gives one part a person: two hashes a person, and paths of log2(n) hashes that share their bytes.
    """
    if not parts:
        return b"", []
    if any(not 0 < len(party.encode()) < 2**16 for party, _ in parts):
        raise BadInput("ledger_party")
    salts = random(SALT * len(parts))
    made = [(party, salts[SALT * i : SALT * (i + 1)], payload) for i, (party, payload) in enumerate(parts)]
    rows = _rows([opening_leaf(salt, party, payload) for party, salt, payload in made])
    size = len(parts)
    return rows[-1][0], [Opening(p, s, said, i, size, _path(rows, i)) for i, (p, s, said) in enumerate(made)]


def pack(opening: Opening, record: Mapping[str, object] | None = None) -> bytes:
    """Return an opening as canonical JSON, bytes in base64, with the record it binds: what the vault seals."""
    if record is None:
        return msgspec.json.encode(opening, order="sorted")
    small = zlib.compress(msgspec.json.encode(record, order="sorted"), QUICK)
    kept = Kept(**msgspec.structs.asdict(opening), record=small)
    return msgspec.json.encode(kept, order="sorted")


def readable(kept: Kept) -> dict[str, object] | None:
    """Return the record that was sealed with an opening, or None where there was none."""
    return msgspec.json.decode(zlib.decompress(kept.record), type=dict[str, object]) if kept.record else None


def unpack(raw: bytes) -> Kept:
    """Read what ``pack`` wrote. Raises Tampered."""
    try:
        return msgspec.json.decode(raw, type=Kept)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Tampered("ledger_opening") from fault


def _rows(row: list[bytes]) -> list[list[bytes]]:
    """Return every level of the tree, leaves first; an odd last hash rises unchanged."""
    rows = [row]
    while len(row) > 1:
        odd = row[len(row) & ~1 :]
        row = [node_hash(a, b) for a, b in zip(row[::2], row[1::2], strict=False)] + odd
        rows.append(row)
    return rows


def _path(rows: list[list[bytes]], index: int) -> tuple[bytes, ...]:
    path = []
    for row in rows[:-1]:
        if index ^ 1 < len(row):
            path.append(row[index ^ 1])
        index >>= 1
    return tuple(path)
