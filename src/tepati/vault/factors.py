"""Room vault: second factors of staff, sealed under a key of the key store."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tepati.errors import Tampered
from tepati.vault.room import Room
from tepati.vault.seal import bound


def seal_factor(room: Room, person: bytes, secret: bytes) -> bytes:
    """Seal the secret of an authenticator (RFC 6238) for one member of staff."""
    nonce = room.random(12)
    return nonce + _cipher(room).encrypt(nonce, secret, bound("tepati factor 1", room.org, person))


def open_factor(room: Room, person: bytes, sealed: bytes) -> bytes:
    """Open it again. Raises Tampered when it was moved, changed or sealed under another key."""
    try:
        return _cipher(room).decrypt(sealed[:12], sealed[12:], bound("tepati factor 1", room.org, person))
    except Exception:  # noqa: BLE001 - InvalidTag and ValueError alike say: not ours
        raise Tampered("factor_seal") from None


def _cipher(room: Room) -> AESGCM:
    return AESGCM(room.keystore.secret("factor", room.org))
