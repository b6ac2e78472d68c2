"""A passkey in software: makes what a browser and an authenticator would send, honest or not (WebAuthn level 2)."""

import base64
import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 1, 4, 64  # flags of authenticator data (section 6.1)


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Key:
    """One key on one device. ``counts``: whether it counts what it signs; a copy of it counts from where it stood."""

    origin: str
    counts: bool = True
    count: int = 0
    flags: int = PRESENT | VERIFIED
    name: str = ""  # for whom it signs, where that is not whom it was asked by
    id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, asked: dict[str, Any], **other: Any) -> str:
        """Answer ``navigator.credentials.create``."""
        point = self.private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        told = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
        data = self._data(asked["rp"]["id"], self.flags | ATTESTED) + told
        made = {"fmt": "none", "attStmt": {}, "authData": data} | other.pop("made", {})
        said = {"attestationObject": text(cbor2.dumps(made))}
        return self._answer(self._client("webauthn.create", asked, other), said)

    def get(self, asked: dict[str, Any], **other: Any) -> str:
        """Answer ``navigator.credentials.get``."""
        client = self._client("webauthn.get", asked, other)
        data = self._data(asked["rpId"], self.flags)
        signed = self.private.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(client, {"authenticatorData": text(data), "signature": text(signed)})

    def _data(self, name: str, flags: int) -> bytes:
        self.count += self.counts
        return sha256((self.name or name).encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, asked: dict[str, Any], other: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | other).encode()

    def _answer(self, client: bytes, said: dict[str, str]) -> str:
        response = {"clientDataJSON": text(client), **said}
        return json.dumps({"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response})
