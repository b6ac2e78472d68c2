"""Room vault: wrapping many keys anew, about 9 us each: what is bound and does not change is joined once."""

from collections.abc import Sequence
from functools import cache, lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Tampered
from tepati.vault import keys
from tepati.vault.room import Room
from tepati.vault.seal import NONCE, bound

Wrapped = tuple[bytes, bytes, str, str, bytes]  # person, key, category, ending, wrapped


def rewrapped(room: Room, rows: Sequence[Wrapped], before: int, after: int) -> list[tuple[bytes, bytes, bytes]]:
    """Wrap keys anew and return (person, key, wrapped). Raises Tampered on one that does not open."""
    old, new = room.keystore.epoch(room.org, before), room.keystore.epoch(room.org, after)
    nonces, out = room.random(NONCE * len(rows)), []
    for n, (person, key, category, ending, wrapped) in enumerate(rows):
        rest = tail(person, key, category, ending)
        nonce = nonces[n * NONCE : (n + 1) * NONCE]
        raw = opened(old, wrapped, head(room.org, before) + rest)
        out.append((person, key, b"\x01" + nonce + new.encrypt(nonce, raw, head(room.org, after) + rest)))
    return out


def opened(cipher: AESGCM, wrapped: bytes, aad: bytes) -> bytes:
    """Open one wrapped key. Raises Tampered."""
    try:
        return cipher.decrypt(wrapped[1:13], wrapped[13:], aad)
    except InvalidTag:
        pass
    raise Tampered("dek_wrap")


@cache
def head(org: str, epoch: int) -> bytes:
    """Join the parts of the AAD that all keys of an epoch share."""
    return bound(keys.LABEL, org, epoch)


@lru_cache(4096)
def _end(category: str, ending: str) -> bytes:
    return bound(category, ending)


def tail(person: bytes, key: bytes, category: str, ending: str) -> bytes:
    """Join the parts of the AAD that are one key's own."""
    return b"\0\0\0\x10" + person + b"\0\0\0\x10" + key + _end(category, ending)


@cache
def together(n: int) -> str:
    """Return one statement that changes n keys: on PostgreSQL one for each costs five times as much."""
    rows = ", ".join(f"(${3 * i + 1}::uuid, ${3 * i + 2}::uuid, ${3 * i + 3}::bytea)" for i in range(n))
    return (
        f"WITH v (p, k, w) AS (VALUES {rows}) UPDATE dek SET epoch = ${3 * n + 2}::bigint, wrapped = v.w FROM v"
        f" WHERE dek.person = v.p AND dek.key = v.k AND dek.epoch = ${3 * n + 1}::bigint"
    )
