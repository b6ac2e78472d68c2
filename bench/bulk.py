"""Bulk import: ``collect_many`` with all it keeps, beside sealing and COPY of exactly the same rows, in one run.

The rows (about twenty a person: keys, blobs, facts, openings, a letter) are those the act itself sent; the limit seals
as many blobs and wraps as many keys in a bare loop, and copies the rows into another database by the same engine.
"""

import os
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import company
from bench.engines import Place, run
from bench.meter import Cost
from bench.result import Result
from bench.tap import TapStore, Trace
from tepati.app.serve import steady
from tepati.flows.acts.collect_many import collect_many
from tepati.flows.desk import Desk
from tepati.store.port import Tx

EACH = 500  # people a batch


def measure(place: Place, people: int) -> Iterator[Result]:
    """Import at most 3,000 people, 500 a batch."""
    yield from run(_measured(place, max(1, min(people, 3000) // EACH)))  # type: ignore[misc]


async def _measured(place: Place, batches: int) -> list[Result]:
    ours, theirs = [await company.open_desk(place.url(), _keys(place, name)) for name in ("ours", "theirs")]
    heard = await company.open_desk(place.url(), _keys(place, "heard"), TapStore)
    for desk in (ours, theirs, heard):
        await collect_many(desk, [company.form(desk, i) for i in range(100)])
    steady()  # as a server does when it starts
    traces = [await _heard(heard, batch) for batch in range(batches)]
    limit = await _limit(place, theirs, traces)
    cost = await _cost(place, ours, batches)
    for desk in (ours, theirs, heard):
        await company.close_desk(desk)
    rows = sum(len(args[1]) for method, _, args in traces[0] if method == "copy") / EACH
    return [
        Result(
            f"bulk import: {EACH} people at once", place.engine, cost.rate, "people/s core", None, "least", limit.rate,
            "the same rows sealed and copied, mirrors left out", 0.6, f"{rows:.0f} rows copied a person",
        )
    ]  # fmt: skip


def _keys(place: Place, name: str) -> Any:
    folder = place.folder / f"bulk-{name}"
    for mirror in ("one", "two"):
        (folder / mirror).mkdir(parents=True, mode=0o700)
    return folder


async def _heard(desk: Desk, batch: int) -> Trace:
    """Import one batch and return the statements it sent, many rows as copies."""
    store: Any = desk.store
    store.trace = []
    await collect_many(desk, [company.form(desk, 10_000 + EACH * batch + i) for i in range(EACH)])
    return [part if part[0] != "many" else _copied(part) for part in store.trace]


def _copied(part: tuple[str, str, Any]) -> tuple[str, str, Any]:
    """Read an INSERT for many rows as the copy that it is."""
    _, sql, rows = part
    head, found, _ = sql.partition(") VALUES (")
    table, _, columns = head.removeprefix("INSERT INTO ").partition(" (")
    return ("copy", table, (tuple(columns.split(", ")), rows)) if found and len(rows) > 1 else part


async def _limit(place: Place, desk: Desk, traces: list[Trace]) -> Cost:
    metered = place.meter().start()
    for trace in traces:
        copies = [(table, args) for method, table, args in trace if method == "copy"]
        _seal(copies)

        async def work(tx: Tx, copies: list[Any] = copies) -> None:
            for table, (columns, rows) in copies:
                await tx.copy(table, columns, rows)

        await desk.store.write(work)
    return metered.stop(EACH * len(traces))


def _seal(copies: list[Any]) -> None:
    """Do the sealing these rows need, and nothing else: a cipher for each key, an encryption for each blob and key."""
    for table, (columns, rows) in copies:
        column = {"sealed": "blob", "opening": "blob", "outbox": "blob", "dek": "wrapped"}.get(table)
        for row in rows if column else ():
            AESGCM(os.urandom(32)).encrypt(os.urandom(12), bytes(len(row[columns.index(column)])), b"aad")


async def _cost(place: Place, desk: Desk, batches: int) -> Cost:
    metered = place.meter().start()
    for batch in range(batches):
        await collect_many(desk, [company.form(desk, 10_000 + EACH * batch + i) for i in range(EACH)])
    return metered.stop(EACH * batches)
