"""Room ledger: every night both ways: no effect without its line, no line of an act with effects without its effect.

Erasing leaves ``severed(ledger_id)``, which stands for the effect that is gone. Every line says how many openings stand
under it: those that are missing must be as many as the lines of erasures tell, and as the severed rows count.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tepati.errors import Tampered
from tepati.ledger import prune
from tepati.ledger.cells import raw, whole
from tepati.ledger.effects import EFFECTS, absent
from tepati.ledger.entry import Line, decode
from tepati.ledger.lanes import ALL_LANES
from tepati.ledger.lines import lines
from tepati.ledger.log import Log
from tepati.store.port import Row, Store, Tx, Value

MOST = 1_000  # findings a table; more say the same
PAGE = 20_000  # lines a look; each look passes once over every table of effects
# Acts whose effect stays until an erasure or a sweep severs it. A look's effect is its openings, an erasure's what is
# gone: both are counted by ``openings``.
LASTING = frozenset({"collect", "confirm", "agree", "withdraw", "request", "publish", "alarm"})
# What was published stays published. An opening or a sheet under the same line does not stand for it: these rows do.
PUBLIC = (
    ("publish", "published", "notice"),
    ("news", "published", "news"),
    ("announce", "on_the_site", "news"),
    ("announce", "on_the_site", "telling"),
)


@dataclass(frozen=True, slots=True)
class Strange:
    """A finding. ``at`` is the table of the effect, or the number of the line, or both."""

    kind: Literal[
        "effect_without_line",
        "line_without_effect",
        "not_a_line",
        "taken_down",
        "openings_differ",
        "pruned_untold",
        "not_cosigned",
    ]
    at: str
    ledger_id: bytes = b""


async def reconcile(store: Store, log: Log, start: int = 0, acts: Iterable[str] = LASTING) -> list[Strange]:
    """Compare all effects with the log, and the lines from number ``start`` on with the effects.

    An effect costs an index probe a lane, a page of lines one pass over the tables; nothing is locked.
    """
    found = [one for table in EFFECTS for one in await effects_without_line(store, log, table)]
    found += await lines_without_effect(store, log, start, frozenset(acts))
    found += await taken_down(store, log, start)
    if start == 0 and not (await openings(store, log)).agree:
        found.append(Strange("openings_differ", "severed"))
    if await store.read(log.uncosigned):  # the name is what SQL wrote: it is not repeated
        found.append(Strange("not_cosigned", "log_cosign"))
    return found + await _pruned(store, log)


async def _pruned(store: Store, log: Log) -> list[Strange]:
    """Compare how far the log is pruned with the line that let it be: SQL that hides lines so has none."""
    known = await store.read(lambda tx: prune.state(tx, log.org))
    if known == prune.Pruned():
        return []
    with contextlib.suppress(Tampered):
        placed = (await store.read(lambda tx: lines(tx, log.org, [known.line]))).get(known.line)
        early = placed is not None and placed.index < 0 and known.size == known.asked > 0  # carried out before its line
        if placed and not early and prune.tells(placed.line, known):
            return []
    return [Strange("pruned_untold", str(known.size), known.line)]


async def effects_without_line(store: Store, log: Log, table: str) -> list[Strange]:
    """Find rows of one table whose line is neither in the log nor pending."""
    either = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {lines} l WHERE l.lane IN ({ALL_LANES}) AND l.id = t.ledger_id)"
        for lines in ("log_leaf", "log_pending")
    )

    async def work(tx: Tx) -> list[Strange]:
        rows = await tx.all(f"SELECT t.ledger_id FROM {table} t WHERE t.org = $1 AND {either} LIMIT {MOST}", log.org)
        return [Strange("effect_without_line", table, bytes(row[0])) for row in rows if isinstance(row[0], bytes)]

    return await store.read(work)


async def lines_without_effect(store: Store, log: Log, start: int, acts: frozenset[str]) -> list[Strange]:
    """Find lines of ``acts`` whose effect is in no table and was not severed."""
    found: list[Strange] = []
    size, least = await store.read(log.size), (await store.read(lambda tx: prune.state(tx, log.org))).size
    for first in range(max(start, least), size, PAGE):
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
        none = " AND ".join(absent(tx.engine, table) for table in (*EFFECTS, "severed"))
        sql = f"SELECT l.idx, l.id, l.entry FROM log_leaf l WHERE l.org = $1 AND l.idx >= $2 AND l.idx < $3 AND {none}"
        return await tx.all(f"{sql} ORDER BY l.idx", org, start, end)

    return work


async def taken_down(store: Store, log: Log, start: int = 0) -> list[Strange]:
    """Find lines, from number ``start`` on, of what was published whose row is gone: the table and its number."""

    async def work(tx: Tx) -> list[Strange]:
        first, found = max(start, (await prune.state(tx, log.org)).size), []
        for act, answer, table in PUBLIC:
            begins = f'{{"act":"{act}","answer":"{answer}",'.encode()  # RFC 8785: keys in order, so these come first
            gone = f"NOT EXISTS (SELECT 1 FROM {table} e WHERE e.org = l.org AND e.ledger_id = l.id)"
            rows = await tx.all(
                "SELECT l.idx, l.id FROM log_leaf l WHERE l.org = $1 AND l.idx >= $2 AND substr(l.entry, 1, $3) = $4"
                f" AND {gone} ORDER BY l.idx LIMIT {MOST}",
                log.org, first, len(begins), begins,
            )  # fmt: skip
            found += [Strange("taken_down", f"{table} {whole(row[0])}", raw(row[1])) for row in rows]
        return found

    return await store.read(work)


@dataclass(frozen=True, slots=True)
class Openings:
    """What the ledger knows of openings: written under its lines, still there, told as deleted, counted as severed.

    Of lines that were pruned nothing is counted: neither the openings they had nor those they told of.
    """

    written: int
    there: int
    told: int
    severed: int

    @property
    def agree(self) -> bool:
        """The missing ones are those that erasures told, and those that severed rows stand for."""
        return self.written - self.there == self.told == self.severed


async def openings(store: Store, log: Log) -> Openings:
    """Add up openings over all lines, pending ones too, on one snapshot. Reads the whole log: 10 us a line."""
    written = told = there = severed = 0
    async for rows in store.scan(_OPENINGS, log.org):
        for n, m, carried, entry in rows:
            line = _line(entry)
            written, told = written + line.leaves, told + line.openings * (line.act != prune.ACT) - int(carried or 0)
            there, severed = there + int(n or 0), severed + int(m or 0)
    return Openings(written, there, told, severed)


_NONE = Line(0, "none", "", "", "", "", "")
_OPENINGS = (
    "SELECT 0, 0, 0, entry FROM log_leaf WHERE org = $1 AND idx >= 0"
    " UNION ALL SELECT 0, 0, 0, entry FROM log_pending WHERE org = $1"
    " UNION ALL SELECT (SELECT count(*) FROM opening WHERE org = $1),"
    " (SELECT coalesce(sum(openings), 0) FROM severed WHERE org = $1),"
    " (SELECT coalesce(sum(carried), 0) FROM log_prune WHERE org = $1), NULL"
)


def _line(entry: Value) -> Line:
    """Read an entry; what is no line tells of nothing, and is named by ``lines_without_effect``."""
    try:
        return decode(entry) if isinstance(entry, bytes) else _NONE
    except Tampered:
        return _NONE
