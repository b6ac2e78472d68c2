"""Room vault: wrapping many keys anew, about 2 us each: what is bound and does not change is joined once."""

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Tampered
from tepati.vault.keys import head, tail
from tepati.vault.room import Room
from tepati.vault.seal import NONCE

Full = tuple[bytes, bytes, str, str, int, bytes]  # person, key, category, ending, epoch, wrapped
New = tuple[bytes, bytes, bytes, int]  # person, key, wrapped, epoch


def rewrapped(room: Room, rows: Sequence[Full], after: int) -> list[New]:
    """Wrap those of the keys that an older epoch wraps anew. Raises Tampered on one that does not open."""
    old, encrypt, start = _Ciphers(room), room.keystore.epoch(room.org, after).encrypt, head(room.org, after)
    nonces, at, out = room.random(NONCE * len(rows)), 0, []
    for person, key, category, ending, epoch, wrapped in rows:
        if epoch < after:
            rest, nonce = tail(person, key, category, ending), nonces[at : at + NONCE]
            raw = old.opened(epoch, wrapped, rest)
            out.append((person, key, b"\x01" + nonce + encrypt(nonce, raw, start + rest), after))
            at += NONCE
    return out


def prove_all(room: Room, rows: Sequence[Full]) -> None:
    """Open keys, each under its own epoch. Raises Tampered on one that does not open."""
    ciphers = _Ciphers(room)
    for person, key, category, ending, epoch, wrapped in rows:
        ciphers.opened(epoch, wrapped, tail(person, key, category, ending))


class _Ciphers:
    """The ciphers of the epochs that a page of keys is under, each looked up once."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._known: dict[int, tuple[AESGCM, bytes]] = {}

    def opened(self, epoch: int, wrapped: bytes, rest: bytes) -> bytes:
        """Open one wrapped key; ``rest`` is the part of the AAD that is its own. Raises Tampered."""
        found = self._known.get(epoch)
        if found is None:
            org = self._room.org
            found = self._known[epoch] = (self._room.keystore.epoch(org, epoch), head(org, epoch))
        try:
            return found[0].decrypt(wrapped[1:13], wrapped[13:], found[1] + rest)
        except InvalidTag:
            pass
        raise Tampered("dek_wrap")
