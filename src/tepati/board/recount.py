"""Room board: the sums checked against the ledger itself, line by line: who writes SQL past the tally is found.

Slow by nature (20 us a line): for ``audit``, never for a page. The board believes its sums between two recounts.
"""

from typing import NamedTuple

from tepati.board.tally import LEDGER, count, read
from tepati.registers import counters
from tepati.registers.counters import TOTAL, Count
from tepati.store.port import Store, Tx


class Different(NamedTuple):
    """A sum that is not what the ledger says."""

    promise: str
    what: str
    summed: Count
    counted: Count


async def recount(store: Store, org: str) -> list[Different]:
    """Count every line up to the tally's cursor again; return the sums that differ, sorted.

    A tally that runs meanwhile moves only what lies past the cursor read first, and is not looked at again: so this
    compares totals of one snapshot of the sums with the lines below its cursor.
    """
    cursor, sums = await store.read(lambda tx: _sums(tx, org))
    lines: dict[tuple[str, str, int], Count] = {}
    sql = "SELECT idx, entry FROM log_leaf WHERE org = $1 AND idx < $2 ORDER BY idx"
    async for rows in store.scan(sql, org, cursor):
        part = [(int(idx or 0), read(bytes(entry or b""))) for idx, entry in rows]  # type: ignore[arg-type]
        for key, value in counters.with_totals(count(part, 0)).items():
            counters.join(lines, key, value)
    found = {(p, w): c for (p, w, day), c in lines.items() if day == TOTAL and p != LEDGER}
    keys = sorted(found.keys() | sums.keys())
    none = Count(0, 0)
    return [
        Different(*key, sums.get(key, none), found.get(key, none)) for key in keys if sums.get(key) != found.get(key)
    ]


async def _sums(tx: Tx, org: str) -> tuple[int, dict[tuple[str, str], Count]]:
    """Return the cursor and the sums that come from lines (``act.answer``, ``openings.gone``)."""
    row = await tx.one("SELECT size FROM log_tally WHERE org = $1", org)
    sums = await counters.on(tx, org)
    return int(row[0] or 0) if row else 0, {
        (promise, what): value
        for promise, whats in sums.items()
        for what, value in whats.items()
        if promise != LEDGER and "." in what and not what.startswith(("seen.", "days."))
    }
