"""The daily roll: every key unwrapped and wrapped anew with the database and both mirrors, beside AES-GCM alone."""

import os
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.engines import Place, run
from bench.meter import Cost, Meter
from bench.result import Result
from bench.world import world

BARS = {"sqlite": 100_000, "postgresql": 20_000}
KEYS_EACH = 3


def measure(place: Place, people: int) -> Iterator[Result]:
    """Roll the keys of at most 30,000 people."""
    yield from run(_measured(place, place.url(), min(people, 30_000)))


async def _measured(place: Place, url: str, people: int) -> list[Result]:
    from tepati.app.serve import steady
    from tepati.vault.roll import roll

    async with world(place, url) as there:
        await there.fill(people)
        steady()  # as the server, which rolls every day, does when it starts
        metered = place.meter().start()
        rolled = await roll(there.room, there.store)
        cost = metered.stop(KEYS_EACH * people)
    assert rolled.keys == KEYS_EACH * people, rolled
    return [
        Result(
            "roll: keys wrapped anew, proven, mirrored", place.engine, cost.rate, "keys/s core", BARS[place.engine],
            "least", _floor().rate, "unwrap and wrap by AES-256-GCM", note=f"{KEYS_EACH * people:,} keys",
            yard="sha",
        )
    ]  # fmt: skip


def _floor() -> Cost:
    old, new, nonce, raw = AESGCM(os.urandom(32)), AESGCM(os.urandom(32)), os.urandom(12), os.urandom(32)
    sealed = old.encrypt(nonce, raw, b"aad")

    def work() -> None:
        for _ in range(20_000):
            new.encrypt(os.urandom(12), old.decrypt(nonce, sealed, b"aad"), b"aad")

    return Meter().of(20_000, work)
