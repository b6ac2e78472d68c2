"""Room vault: the sealed blob, AES-256-GCM under a named key; bytes in ``docs/spec/vault.md``.

    blob = format (1) ‖ algorithm (1) ‖ key id (16) ‖ nonce (12) ‖ ciphertext and tag (n + 16)

The key is named, so nothing is ever tried: a blob under another key is refused before a byte is decrypted. Nonces are
random (NIST SP 800-38D, 8.2.2): a key of one person and category seals far fewer than 2^32 times.
"""

import struct
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Tampered

Random = Callable[[int], bytes]

FORMAT, AES_256_GCM = 1, 1
SCHEMA = 1  # version of what stands inside a blob: a msgpack map of field to text
NONCE = 12
_HEADER = 18
SIZE, _LONG = struct.Struct(">I").pack, struct.Struct(">q").pack
_EIGHT = SIZE(8)
_START = bytes((FORMAT, AES_256_GCM))
SIXTEEN = SIZE(16)
_SHORTEST = _HEADER + NONCE + 16


def bound(*parts: bytes | str | int) -> bytes:
    """Join parts without doubt where one ends: each is its length (4 bytes, big endian) and its bytes.

    Text is UTF-8, a number 8 bytes big endian and signed. This is the AAD of everything sealed and the input of MACs.
    """
    return b"".join([text(part) if isinstance(part, str) else _piece(part) for part in parts])


def _piece(part: bytes | int) -> bytes:
    return SIZE(len(part)) + part if isinstance(part, bytes) else _EIGHT + _LONG(part)


@lru_cache(4096)
def text(part: str) -> bytes:
    """Encode one text of ``bound``; labels, organisations, categories, ends of days come often. None is a value."""
    raw = part.encode()
    return SIZE(len(raw)) + raw


def ids(one: bytes, other: bytes) -> bytes:
    """Join two names of 16 bytes as ``bound`` does, in a tenth of the time."""
    return SIXTEEN + one + SIXTEEN + other


class Draw:
    """Random bytes drawn at once and handed out once each: a system call costs 0.7 us, however much it brings."""

    def __init__(self, random: Random, size: int) -> None:
        self._bytes, self._at = random(size), 0

    def __call__(self, n: int) -> bytes:
        """Hand out the next ``n`` bytes. Raises IndexError where fewer are left: a short nonce must never be used."""
        start = self._at
        self._at += n
        if self._at > len(self._bytes):
            raise IndexError
        return self._bytes[start : self._at]


def seal(key: bytes, key_id: bytes, aad: bytes, plain: bytes, random: Random) -> bytes:
    """Seal ``plain`` under ``key`` (32 bytes), whose 16-byte name stands in the header."""
    header = _START + key_id
    nonce = random(NONCE)
    return header + nonce + AESGCM(key).encrypt(nonce, plain, header + aad)


def key_of(blob: bytes) -> bytes:
    """Return the name of the key a blob says it is under. Raises Tampered on a blob of no known form."""
    if len(blob) < _SHORTEST or blob[:2] != _START:
        raise Tampered("blob_form")
    return blob[2:_HEADER]


def unseal(key: bytes, key_id: bytes, aad: bytes, blob: bytes) -> bytes:
    """Open a blob that must be under this key and bound to this AAD. Raises Tampered when it is not."""
    if key_of(blob) != key_id:
        raise Tampered("blob_key")
    nonce, body = blob[_HEADER : _HEADER + NONCE], blob[_HEADER + NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, blob[:_HEADER] + aad)
    except InvalidTag:
        pass
    raise Tampered("blob_seal")  # outside the handler: no cause is carried along
