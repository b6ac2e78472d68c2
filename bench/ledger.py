"""The ledger: append in the act's transaction, integrate in batches, prove one line, export and verify all."""

import os
import time
from collections.abc import Iterator

from bench.engines import Place, opened, run
from bench.meter import Cost, Meter
from bench.result import Result

ORG, ORIGIN = "bench", "bench.example/log"
BATCH = 5000


def measure(place: Place, people: int) -> Iterator[Result]:
    """Append and integrate ``people`` lines, at most 50,000; a floor of the same hashing without a database."""
    lines = min(people, 50_000)
    yield from run(_measured(place, place.url(), lines))


async def _measured(place: Place, url: str, lines: int) -> list[Result]:
    from tepati.ledger.export import export
    from tepati.ledger.log import Log
    from tepati.ledger.note import signer

    log = Log(ORG, ORIGIN, signer(ORIGIN, os.urandom(32)))
    entries = [entry(i) for i in range(lines)]
    async with opened(url) as store:
        append = await _append(place, store, log, entries)
        integrate = await _integrate(place, store, log, lines)
        proof = await _proof(store, log, lines)
        files: dict[str, bytes] = {}
        await export(store, log, files.get, files.__setitem__)
    floor = _hashing(place, entries)
    verified = _verified(files, lines)
    note = f"{lines:,} lines"
    return [
        Result("ledger: append, 100 a transaction", place.engine, append.us, "us CPU", note=note),
        Result(
            "ledger: integrate", place.engine, integrate.rate, "lines/s core", 20_000, "least", floor.rate,
            "hash leaves and tree in memory", note=note, yard="sha",
        ),
        Result("ledger: proof of one line", place.engine, proof, "ms", 5, note=note, yard="sha"),
        Result(
            "ledger: verify an export", place.engine, verified.rate, "lines/s core", 100_000, "least", floor.rate,
            "hash leaves and tree in memory", note="1 million in 10 s", yard="sha",
        ),
    ]  # fmt: skip


def entry(i: int) -> bytes:
    """Make a line as an act would."""
    from tepati.ledger.entry import Line, encode

    return encode(
        Line(
            at=1_795_000_000_000_000 + i, act="look", answer="done", promise="roles.dispatcher", purpose="fulfil",
            notice="ab" * 32, opening=os.urandom(32).hex(), n=1, openings=0, leaves=1,
        )
    )  # fmt: skip


async def _append(place: Place, store, log, entries: list[bytes]) -> Cost:
    metered = place.meter().start()
    for start in range(0, len(entries), 100):

        async def work(tx, start: int = start) -> None:
            for i, line in enumerate(entries[start : start + 100], start):
                await log.append(tx, os.urandom(16), i % 16, i, line)

        await store.write(work)
    return metered.stop(len(entries))


async def _integrate(place: Place, store, log, lines: int) -> Cost:
    async def work(tx) -> int:
        return await log.integrate(tx, 1)

    metered, done = place.meter().start(), 0
    while n := await store.write(work):
        done += n
    assert done == lines
    return metered.stop(done)


async def _proof(store, log, lines: int) -> float:
    async def work(tx) -> None:
        for i in range(100):
            await log.inclusion(tx, i * lines // 100, lines)

    begun = time.perf_counter()
    await store.read(work)
    return 1000 * (time.perf_counter() - begun) / 100


def _verified(files: dict[str, bytes], lines: int) -> Cost:
    from tepati.ledger.verify import verify_log

    begun = Meter().start()
    report = verify_log(files.get, None, int(time.time()))
    assert report.sound, report.findings
    assert report.size == lines
    return begun.stop(lines)


def _hashing(place: Place, entries: list[bytes]) -> Cost:
    from tepati.ledger import tiles, tree
    from tepati.ledger.tiles import Tiles

    def work() -> None:
        held: dict = {}
        for start in range(0, len(entries), BATCH):
            hashes = [tree.leaf_hash(line) for line in entries[start : start + BATCH]]
            held |= tiles.grow(start, held, hashes)
        Tiles(len(entries), held).root()

    return place.meter().of(len(entries), work)
