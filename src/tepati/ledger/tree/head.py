"""Room ledger: what a log or a witness has signed, read strictly: keys, heads, cosignatures, proofs as text.

Formats: C2SP signed-note, tlog-checkpoint, tlog-cosignature (``cosignature/v1``), tlog-proof.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tepati.errors import Tampered

LOG, WITNESS = 1, 4  # signature types of signed-note: a log's Ed25519, a witness's timestamped Ed25519
SIGNATURES = 64  # signature lines; a note with more is refused unread
PROOF = "c2sp.org/tlog-proof@v1"

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


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


def read_proof(text: str) -> tuple[int, list[bytes], Head]:
    """Read a C2SP tlog-proof@v1. Raises Tampered when it is not one."""
    before, _, checkpoint = text.partition("\n\n")
    first, *lines = before.split("\n")
    if first != PROOF or not lines:
        raise Tampered("ledger_proof")
    if lines[0].startswith("extra "):
        lines = lines[1:]  # not authenticated, so not looked at
    word, _, number = lines[0].partition(" ") if lines else ("", "", "")
    if word != "index" or not _DECIMAL.fullmatch(number) or len(lines) > 64:
        raise Tampered("ledger_proof")
    return int(number), unbase64(lines[1:]), read_head(checkpoint.encode())


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
