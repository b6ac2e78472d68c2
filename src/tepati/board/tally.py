"""Room board: the ledger counted once, line by line, into sums; the board never reads the log itself.

The cursor (``log_tally``) and the sums move in one transaction: a crash before the commit leaves both where they were,
so no line is counted twice and none is left out. Two tallies at once cannot both move the cursor.
"""

from collections.abc import Iterable
from typing import Final

from tepati.errors import TepatiError
from tepati.ledger.entry import Line, decode
from tepati.registers import counters
from tepati.registers.counters import WHOLE, Count, Key, day_of
from tepati.store.port import Tx

LEDGER: Final = "accountability.ledger"  # the promise that faults of the log itself are counted under
UNREADABLE: Final = "leaf.unreadable"  # an entry that is no line of ours
MISSING: Final = "leaf.missing"  # an index below the signed head with no entry
OPENINGS: Final = "openings.gone"  # how many openings erasures said they deleted


async def tally(tx: Tx, org: str, at: int, limit: int = 500) -> int:
    """Count at most ``limit`` integrated lines past the cursor; return how many indexes the cursor moved.

    ``at`` dates what cannot date itself (unreadable and missing entries). Call again until it returns 0.
    """
    start, end = await _range(tx, org, limit)
    if end <= start:
        return 0
    moved = await tx.run("UPDATE log_tally SET size = $3 WHERE org = $1 AND size = $2", org, start, end)
    if not moved:
        return 0  # another tally was first: it counted these
    rows = await tx.all(
        "SELECT idx, entry FROM log_leaf WHERE org = $1 AND idx >= $2 AND idx < $3 ORDER BY idx", org, start, end
    )
    leaves = [(int(idx or 0), read(bytes(entry or b""))) for idx, entry in rows]  # type: ignore[arg-type]
    counts = count(leaves, at)
    if len(rows) < end - start:
        counts[LEDGER, MISSING, day_of(at)] = Count(end - start - len(rows), at)
    await counters.add(tx, org, counts)
    return end - start


async def _range(tx: Tx, org: str, limit: int) -> tuple[int, int]:
    """Return the cursor, and where this batch ends: no further than the signed head."""
    head = await tx.one("SELECT size FROM log_head WHERE org = $1", org)
    await tx.run("INSERT INTO log_tally (org, size) VALUES ($1, 0) ON CONFLICT (org) DO NOTHING", org)
    cursor = await tx.one("SELECT size FROM log_tally WHERE org = $1", org)
    start = int(cursor[0] or 0) if cursor else 0
    size = int(head[0] or 0) if head else 0
    return start, min(size, start + limit)


def read(entry: bytes) -> Line | None:
    """Decode one entry, or None where it is no line: somebody wrote past the log, and the board must say so."""
    try:
        return decode(entry)
    except (TepatiError, ValueError):
        return None


def count(lines: Iterable[tuple[int, Line | None]], at: int) -> dict[Key, Count]:
    """Sum (index, line) into (promise, what, day) -> count. Pure: any split of the lines joins to the same sums."""
    out: dict[Key, Count] = {}
    for idx, line in lines:
        if line is None:
            counters.join(out, (LEDGER, UNREADABLE, day_of(at)), Count(1, at))
            continue
        pruned = line.act == "prune"  # its numbers are no counts of this act: docs/spec/ledger.md section 7
        for promise in _promises(line):
            n = 1 if pruned else max(1, line.n)
            counters.join(out, (promise, f"{line.act}.{line.answer}", day_of(line.at)), Count(n, idx))
        if line.openings and not pruned:
            counters.join(out, (WHOLE, OPENINGS, day_of(line.at)), Count(line.openings, idx))
    return out


def _promises(line: Line) -> set[str]:
    """Name what a line is evidence for: the promise that answered, the purpose it was for, and the whole."""
    purpose = f"purposes.{line.purpose}" if line.purpose else WHOLE
    return {WHOLE, purpose, line.promise}
