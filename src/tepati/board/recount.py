"""Room board: the sums checked against the ledger itself, line by line: who writes SQL past the tally is found.

Slow by nature (20 us a line): for ``audit``, never for a page. The board believes its sums between two recounts.
"""

from typing import NamedTuple

from tepati.board.tally import LEDGER, UNREADABLE, count, read
from tepati.registers import counters
from tepati.registers.counters import TOTAL, WHOLE, Count, Key, day_of
from tepati.store.port import Store, Tx

PAGE = 20_000  # lines at once


class Different(NamedTuple):
    """A sum that is not what the ledger says."""

    promise: str
    what: str
    summed: Count
    counted: Count


async def recount(store: Store, org: str) -> list[Different]:
    """Count every line up to the tally's cursor again; return the sums that differ, sorted.

    A tally that runs meanwhile moves only what lies past the cursor read first, and is not looked at again: so this
    compares sums of one snapshot with the lines below its cursor. Of a pruned log only the days after its beginning
    can be counted again; of the days before, that the total is their sum.
    """
    cursor, pruned, sums = await store.read(lambda tx: _sums(tx, org))
    lines, first = await _lines(store, org, cursor)
    counted = {key: c for key, c in counters.with_totals(lines).items() if key[2] == TOTAL}
    told = {key: c for key, c in sums.items() if key[2] == TOTAL}
    if pruned:
        counted = _since(lines, first) | _totals(sums)
        told |= _since(sums, first)
    keys = sorted(key for key in told.keys() | counted.keys() if key[0] != LEDGER)
    none = Count(0, 0)
    return [
        Different(*key[:2], told.get(key, none), counted.get(key, none))
        for key in keys if told.get(key) != counted.get(key)
    ]  # fmt: skip


def _since(counts: dict[Key, Count], first: int) -> dict[Key, Count]:
    """Keep the days after the one on which what is left of the log begins."""
    return {key: count for key, count in counts.items() if key[2] > first}


def _totals(sums: dict[Key, Count]) -> dict[Key, Count]:
    """Sum the days."""
    both = counters.with_totals({key: count for key, count in sums.items() if key[2] != TOTAL})
    return {key: count for key, count in both.items() if key[2] == TOTAL}


async def _lines(store: Store, org: str, cursor: int) -> tuple[dict[Key, Count], int]:
    """Count the lines there are by day; return the last day of those of the first bundle too."""
    lines: dict[Key, Count] = {}
    first, seen = 0, 0
    sql = "SELECT idx, entry FROM log_leaf WHERE org = $1 AND idx >= 0 AND idx < $2 ORDER BY idx"
    async for rows in store.scan(sql, org, cursor):
        part = [(int(idx or 0), read(bytes(entry or b""))) for idx, entry in rows]  # type: ignore[arg-type]
        if not seen:
            first = max([day_of(line.at) for _, line in part[:256] if line], default=0)
        seen += len(part)
        for key, value in count(part, 0).items():
            counters.join(lines, key, value)
    return lines, first


async def _sums(tx: Tx, org: str) -> tuple[int, bool, dict[Key, Count]]:
    """Return the cursor, whether the log was pruned, and the sums that come from lines, by day."""
    row = await tx.one("SELECT size FROM log_tally WHERE org = $1", org)
    known = await tx.one("SELECT size, asked FROM log_prune WHERE org = $1", org)
    rows = await tx.all("SELECT promise, what, day, n, worst FROM counter WHERE org = $1", org)
    sums = {(str(p), str(w), int(d or 0)): Count(int(n or 0), int(worst or 0)) for p, w, d, n, worst in rows}
    told = sums.get((WHOLE, "prune.done", TOTAL), Count(0, 0)).n
    return (
        int(row[0] or 0) if row else 0,
        known is not None and not _announced(int(known[0] or 0), int(known[1] or 0), told),
        {key: value for key, value in sums.items() if key[0] != LEDGER and _of_lines(key[1])},
    )


def _announced(size: int, asked: int, told: int) -> bool:
    """Say whether the first pruning of all was only announced, and no line is gone: not here, nor from an older log."""
    return size == 0 < asked and told <= 1


def _of_lines(what: str) -> bool:
    return "." in what and not what.startswith(("seen.", "days.", "leaf.", "stored."))


async def uncount(tx: Tx, org: str) -> None:
    """Take the lines of a log that ends out of the sums: a new log counts them again. What was pruned stays counted.

    Which line was the newest of its kind is told anew too: ``worst`` is a number of the old log. Entries that are no
    lines go into the new log as well and are counted there; holes in the old log stay counted under ``leaf``.
    """
    row = await tx.one("SELECT size FROM log_tally WHERE org = $1", org)
    end, counts, strange = int(row[0] or 0) if row else 0, dict[Key, Count](), 0
    for start in range(0, end, PAGE):
        rows = await tx.all(
            "SELECT idx, entry FROM log_leaf WHERE org = $1 AND idx >= $2 AND idx < $3",
            org, start, min(end, start + PAGE),
        )  # fmt: skip
        part = [(int(idx or 0), line) for idx, entry in rows if (line := read(bytes(entry or b"")))]  # type: ignore[arg-type]
        strange += len(rows) - len(part)
        for key, value in count(part, 0).items():
            counters.join(counts, key, value)
    for day, n in await counters.days(tx, org, LEDGER, UNREADABLE, 0) if strange else ():
        counts[LEDGER, UNREADABLE, day] = Count(min(n, strange), 0)
        strange -= min(n, strange)
    await counters.add(tx, org, {key: Count(-value.n, 0) for key, value in counts.items()})
    _, _, sums = await _sums(tx, org)
    await counters.renumber(tx, org, sums.keys() | counters.with_totals(counts).keys())
