"""Room ledger: what one line says, byte for byte, and how a party's opening belongs to it. It knows no person's value.

Specification: ``docs/spec/ledger.md`` sections 1 and 2. ``verify`` needs this file and ``tree`` only.
"""

import re
from typing import Literal

import msgspec

from tepati.errors import BadInput, Tampered
from tepati.ledger.tree import check_inclusion, leaf_hash

MINUTE = 60 * 1_000_000  # microseconds
HOUR = 60 * MINUTE
LIMIT = 2**53  # RFC 8785 section 3.2.2.3: integers beyond are not exact in every reader
SALT = 32  # bytes
OPENING_DOMAIN = b"tepati/opening/v1\n"  # no line begins so: a line begins with "{"

# Acts that a person does once, or that no person stands behind. All others recur (looks, visits, sign-ins): by the
# minute they would show when somebody is awake or how fast a member of staff works, so they are told by the hour.
ONCE = frozenset({
    "collect", "confirm", "agree", "withdraw", "correct", "erase", "end", "restrict", "object", "request", "send",
    "share", "disclose", "transfer", "announce", "publish", "breach", "audit", "tick", "roll", "backup", "restore",
    "alarm", "count", "sealed", "prune",
})  # fmt: skip

_WORD = re.compile(r"(?:[A-Za-z][A-Za-z0-9_.:*/-]{0,199})?\Z")  # a name or path of the notice; no @, + or space
_DIGEST = re.compile(r"(?:[0-9a-f]{64})?\Z")


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One line. ``at`` is in microseconds since 1970 UTC, ``notice`` and ``opening`` are SHA-256 in hex or ``""``.

    ``n`` counts the persons of a set act or the refusals put together. ``leaves`` counts the openings under
    ``opening``, and ``openings`` those that this act deleted (an erasure): so the missing ones can be added up.
    For ``prune`` see docs/spec/ledger.md section 7: ``n`` is the minimum index from now on.
    """

    at: int
    act: str
    answer: str
    promise: str
    purpose: str
    notice: str
    opening: str
    n: int = 1
    openings: int = 0
    leaves: int = 0
    v: int = 1


class Opening(msgspec.Struct, frozen=True, gc=False):
    """One party's part of a line: a leaf of ``size`` leaves, and the hashes (32 bytes each) that lead to the root."""

    party: str
    salt: bytes
    payload: bytes
    index: int
    size: int
    path: tuple[bytes, ...]


_WRITE = msgspec.json.Encoder(order="sorted")
_READ = msgspec.json.Decoder(Line)


def rounded(at: int, act: str, n: int = 1) -> int:
    """Round an instant down: to the minute for acts done once or for a set, else to the hour."""
    step = MINUTE if act in ONCE or n > 1 else HOUR
    return at - at % step


def encode(line: Line) -> bytes:
    """Return the canonical bytes (RFC 8785) of a line, its time rounded. Raises BadInput for what it may not hold."""
    if not _fits(line):
        raise BadInput("ledger_line", _faults(line))
    at = rounded(line.at, line.act, line.n)
    return _WRITE.encode(line if at == line.at else msgspec.structs.replace(line, at=at))


def decode(raw: bytes) -> Line:
    """Read a line. Raises Tampered unless ``raw`` is exactly what ``encode`` writes."""
    try:
        line = _READ.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Tampered("ledger_line") from fault
    if not _fits(line) or rounded(line.at, line.act, line.n) != line.at or _WRITE.encode(line) != raw:
        raise Tampered("ledger_line")
    return line


def _fits(line: Line) -> bool:
    """Whether a line may be written. Spelled out: a loop over names takes three times as long (4 us)."""
    return bool(
        line.act
        and _WORD.match(line.act)
        and _WORD.match(line.answer)
        and _WORD.match(line.promise)
        and _WORD.match(line.purpose)
        and _DIGEST.match(line.notice)
        and _DIGEST.match(line.opening)
        and 0 <= line.at < LIMIT
        and 0 <= line.n < LIMIT
        and 0 <= line.openings < LIMIT
        and 0 <= line.leaves < LIMIT
        and bool(line.leaves) == bool(line.opening)
        and line.v == 1
    )


def _faults(line: Line) -> dict[str, str]:
    """Name the fields that cannot stand in a line, never their values."""
    said = {name: getattr(line, name) for name in line.__struct_fields__}
    words = {n: "ledger_word" for n in ("act", "answer", "promise", "purpose") if not _WORD.match(said[n])}
    digests = {n: "ledger_digest" for n in ("notice", "opening") if not _DIGEST.match(said[n])}
    numbers = {n: "ledger_number" for n in ("at", "n", "openings", "leaves") if not 0 <= said[n] < LIMIT}
    none = {} if bool(line.leaves) == bool(line.opening) else {"leaves": "ledger_number"}
    return words | digests | numbers | none


def opening_leaf(salt: bytes, party: str, payload: bytes) -> bytes:
    """Return the leaf hash of one opening: RFC 6962 over domain, salt, uint16 length of the party, party, payload."""
    name = party.encode()
    return leaf_hash(OPENING_DOMAIN + salt + len(name).to_bytes(2, "big") + name + payload)


def check(opening: Opening, root: bytes) -> Literal[True]:
    """Return True when the opening belongs to the line whose ``opening`` is ``root``. Raises Tampered."""
    if len(opening.salt) != SALT:
        raise Tampered("ledger_salt")
    leaf = opening_leaf(opening.salt, opening.party, opening.payload)
    return check_inclusion(leaf, opening.index, opening.size, opening.path, root)


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """The opening in a receipt; without its salt it proves nothing about anybody."""

    party: str
    index: int
    size: int
    path: tuple[bytes, ...]
    salt: bytes | None = None
    payload: str | None = None


class Receipt(msgspec.Struct, forbid_unknown_fields=True):
    """The file in a person's hand: a line, the proof that it is in the log, their opening, and a readable record."""

    tepati: Literal["receipt/v1"]
    line: str
    proof: str
    opening: Part | None = None
    record: dict[str, object] | None = None
