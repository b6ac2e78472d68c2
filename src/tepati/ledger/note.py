"""Room ledger: signing heads, as a log (signed-note, tlog-checkpoint) or as a witness (tlog-cosignature)."""

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tepati.errors import Misconfigured, Tampered
from tepati.ledger.tree import LOG, WITNESS, Head, Key, check_signature, cosigned, read_head

_SECRET = re.compile(r"PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A signing key that stays where it is: its public half (32 bytes) and ``sign(message) -> 64 bytes`` (Ed25519)."""

    name: str
    public: bytes
    sign: Callable[[bytes], bytes]
    kind: int = LOG

    @property
    def key(self) -> Key:
        return Key(self.name, self.kind, self.public)


def signer(name: str, seed: bytes, kind: int = LOG) -> Signer:
    """Make a signer from a seed of 32 bytes. Raises Misconfigured for a name that signed-note does not allow."""
    if not name or "+" in name or any(c.isspace() for c in name):
        raise Misconfigured("ledger_key_name")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(name, private.public_key().public_bytes_raw(), private.sign, kind)


def checkpoint(origin: str, size: int, root: bytes, log: Signer) -> str:
    """Return the signed head of a tree."""
    body = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    return f"{body}\n{_line(log, log.sign(body.encode()))}"


def cosign(note: bytes, witness: Signer, at: int) -> str:
    """Return a witness's signature line over a checkpoint; ``at`` in seconds since 1970."""
    signature = witness.sign(cosigned(read_head(note).body, at))
    return _line(witness, at.to_bytes(8, "big") + signature)


def ours(head: Head, log: Signer) -> Head:
    """Return a head that ``log``'s key signed. Raises Tampered for any other.

    Without this, whoever has SQL but no key rewrites the history and the sequencer signs on top of it. The name may be
    an older one of the same site: the key says who signed. Costs 0.1 ms a batch.
    """
    if check_signature(head, Key(head.origin, log.kind, log.public)) is None:
        raise Tampered("ledger_head")
    return head


def joined(notes: Iterable[str]) -> str:
    """Put the signatures of notes with one body together, each line once. Raises Tampered when bodies differ."""
    lines: dict[str, None] = {}
    bodies = set()
    for note in notes:
        body, _, tail = note.rpartition("\n\n")
        bodies.add(body)
        lines |= dict.fromkeys(tail.splitlines(keepends=True))
    if len(bodies) != 1:
        raise Tampered("ledger_checkpoint")
    return f"{bodies.pop()}\n\n{''.join(lines)}"


def write_secret(name: str, seed: bytes, kind: int) -> str:
    """Return a signing key as one line, the way Go's sumdb/note writes it. It is secret."""
    key = signer(name, seed, kind).key
    return f"PRIVATE+KEY+{name}+{key.id.hex()}+{base64.b64encode(bytes([kind]) + seed).decode()}"


def read_secret(text: str) -> Signer:
    """Read what ``write_secret`` wrote. Raises Misconfigured."""
    found = _SECRET.fullmatch(text.strip())
    raw = base64.b64decode(found[3]) if found else b""
    if found is None or len(raw) != 33 or raw[0] not in {LOG, WITNESS}:
        raise Misconfigured("ledger_secret")
    made = signer(found[1], raw[1:], raw[0])
    if made.key.id.hex() != found[2]:
        raise Misconfigured("ledger_secret")
    return made


def _line(by: Signer, signature: bytes) -> str:
    return f"— {by.name} {base64.b64encode(by.key.id + signature).decode()}\n"
