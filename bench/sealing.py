"""Seal and open twelve fields of one person as the vault does, beside bare AES-256-GCM of the same bytes."""

import os
import time
from collections.abc import Callable, Iterator

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.engines import Place
from bench.result import Result
from bench.world import values
from tepati.vault.seal import bound, seal, unseal

CALLS, ROUNDS = 20_000, 5


def measure(_place: Place, _people: int) -> Iterator[Result]:
    """Measure both directions; a key of its own for every person, as the vault has it."""
    key, name, plain = os.urandom(32), os.urandom(16), msgspec.msgpack.encode(values(1))
    person, record = os.urandom(16), os.urandom(16)
    decoder = msgspec.msgpack.Decoder(dict[str, dict[str, str]])

    def aad() -> bytes:
        return bound("tepati record 1", "bench", person, record, "identity", 1, 1)

    blob = seal(key, name, aad(), plain, os.urandom)
    bare, nonce = AESGCM(key), os.urandom(12)
    cipher = bare.encrypt(nonce, plain, None)
    floor = "AES-256-GCM of cryptography, key and nonce at hand"
    yield Result(
        "vault: seal 12 fields", "-", us(lambda: seal(key, name, aad(), msgspec.msgpack.encode(values(1)), os.urandom)),
        "us", floor=us(lambda: bare.encrypt(nonce, plain, None)), floor_of=floor,
    )  # fmt: skip
    yield Result(
        "vault: open 12 fields", "-", us(lambda: decoder.decode(unseal(key, name, aad(), blob))), "us",
        floor=us(lambda: bare.decrypt(nonce, cipher, None)), floor_of=floor,
    )  # fmt: skip


def us(call: Callable[[], object]) -> float:
    """Microseconds of a call, best of the rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(CALLS):
            call()
        best = min(best, time.perf_counter() - begun)
    return 1e6 * best / CALLS
