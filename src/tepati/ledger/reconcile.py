"""Room ledger: every night both ways: no effect without its line, no line of an act with effects without its effect.

Erasing leaves ``severed(ledger_id)``, which stands for the effect that is gone; the openings it counts must add up to
what the lines of erasures say.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tepati.errors import Tampered
from tepati.ledger.entry import decode
from tepati.ledger.log import LANES, Log
from tepati.store.port import Engine, Row, Store, Tx
from tepati.store.schema import TABLES

MOST = 1_000  # findings a table; more say the same
PAGE = 20_000  # lines a look; each look passes once over every table of effects
EFFECTS = tuple(t.name for t in TABLES if any(c.name == "ledger_id" for c in t.columns) and t.name != "severed")
# Acts whose effect stays until an erasure or a sweep severs it. A look's effect is its opening, which ends by itself;
# an erasure's effect is what is gone, and is counted by ``openings_add_up``.
LASTING = frozenset({"collect", "confirm", "agree", "withdraw", "request", "publish", "alarm"})

_LANES = ", ".join(map(str, range(LANES)))


@dataclass(frozen=True, slots=True)
class Strange:
    """A finding. ``at`` is the table of the effect, or the number of the line."""

    kind: Literal["effect_without_line", "line_without_effect", "not_a_line", "openings_differ"]
    at: str
    ledger_id: bytes = b""


async def reconcile(store: Store, log: Log, start: int = 0, acts: Iterable[str] = LASTING) -> list[Strange]:
    """Compare all effects with the log, and the lines from number ``start`` on with the effects.

    An effect costs an index probe a lane, a page of lines one pass over the tables; nothing is locked.
    """
    found = [one for table in EFFECTS for one in await effects_without_line(store, log, table)]
    found += await lines_without_effect(store, log, start, frozenset(acts))
    if start == 0 and not await openings_add_up(store, log):
        found.append(Strange("openings_differ", "severed"))
    return found


async def effects_without_line(store: Store, log: Log, table: str) -> list[Strange]:
    """Find rows of one table whose line is neither in the log nor pending."""
    either = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {lines} l WHERE l.lane IN ({_LANES}) AND l.id = t.ledger_id)"
        for lines in ("log_leaf", "log_pending")
    )

    async def work(tx: Tx) -> list[Strange]:
        rows = await tx.all(f"SELECT t.ledger_id FROM {table} t WHERE t.org = $1 AND {either} LIMIT {MOST}", log.org)
        return [Strange("effect_without_line", table, bytes(row[0])) for row in rows if isinstance(row[0], bytes)]

    return await store.read(work)


async def lines_without_effect(store: Store, log: Log, start: int, acts: frozenset[str]) -> list[Strange]:
    """Find lines of ``acts`` whose effect is in no table and was not severed."""
    found: list[Strange] = []
    size = await store.read(log.size)
    for first in range(start, size, PAGE):
        for row in await store.read(_lonely(log.org, first, first + PAGE)):
            found += _judge(row, acts)
    return found


def _judge(row: Row, acts: frozenset[str]) -> list[Strange]:
    index, id, entry = row
    if not isinstance(id, bytes) or not isinstance(entry, bytes):
        return [Strange("not_a_line", str(index))]
    try:
        line = decode(entry)
    except Tampered:
        return [Strange("not_a_line", str(index), id)]
    lonely = line.act in acts and line.answer != "refused"
    return [Strange("line_without_effect", str(index), id)] if lonely else []


def _lonely(org: str, start: int, end: int) -> Callable[[Tx], Awaitable[Sequence[Row]]]:
    """Return the work that reads the lines [start, end) which no effect and no severed row names."""

    async def work(tx: Tx) -> Sequence[Row]:
        none = " AND ".join(_absent(tx.engine, table) for table in (*EFFECTS, "severed"))
        sql = f"SELECT l.idx, l.id, l.entry FROM log_leaf l WHERE l.org = $1 AND l.idx >= $2 AND l.idx < $3 AND {none}"
        return await tx.all(f"{sql} ORDER BY l.idx", org, start, end)

    return work


def _absent(engine: Engine, table: str) -> str:
    """Say "not in this table" the way the engine hashes it once: SQLite a list, PostgreSQL an anti-join."""
    if engine == "sqlite":
        return f"l.id NOT IN (SELECT ledger_id FROM {table})"
    return f"NOT EXISTS (SELECT 1 FROM {table} e WHERE e.ledger_id = l.id)"


async def openings_add_up(store: Store, log: Log) -> bool:
    """Whether the openings that lines say were deleted are as many as severed rows count. Reads the whole log."""
    told = 0
    size = await store.read(log.size)
    for first in range(0, size, PAGE):
        told += await store.read(_told(log, first, min(size, first + PAGE)))
    return told == await store.read(_severed(log.org))


def _told(log: Log, start: int, end: int) -> Callable[[Tx], Awaitable[int]]:
    async def work(tx: Tx) -> int:
        page = await log.leaves(tx, start, end)
        return sum(decode(entry).openings for entry in page if b'"openings":0' not in entry)

    return work


def _severed(org: str) -> Callable[[Tx], Awaitable[int]]:
    async def work(tx: Tx) -> int:
        row = await tx.one("SELECT coalesce(sum(openings), 0) FROM severed WHERE org = $1", org)
        return int(row[0] or 0) if row else 0

    return work
