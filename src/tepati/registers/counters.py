"""Room registers: sums per promise, kind of happening and day: no person, so they outlive every erasure.

Under day 0 stands the sum of all days, so the board reads one row for each thing it shows, however old the log is.
``worst`` is the greatest figure seen with that kind: for ledger lines (``act.answer``) the index of the newest line,
for ``done`` the longest time taken (microseconds), for ``late`` and ``seen.<outcome>`` the instant of the newest.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tepati.registers.cells import whole
from tepati.store.port import Tx

DAY = 86_400_000_000  # microseconds
TOTAL = 0  # the day under which the sum of all days stands
WHOLE = ""  # the promise under which every line of the organisation is counted by act and answer

DONE, LATE = "done", "late"
CLAIMS_KEPT, CLAIMS_DROPPED = "claims_kept", "claims_dropped"  # values that a sign-in provider sent, at its point
SLOW = "store.slow"  # no promise, but counted: write transactions that held the database too long


class Count(NamedTuple):
    """How often, and the greatest figure seen with it (see the module for what that is)."""

    n: int
    worst: int


_ADD = (
    "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (org, promise, what, day) DO UPDATE SET n = counter.n + excluded.n,"
    " worst = CASE WHEN excluded.worst > counter.worst THEN excluded.worst ELSE counter.worst END"
)
_FIRST = "INSERT INTO counter (org, promise, what, day, n, worst) VALUES ($1, $2, $3, $4, 1, 0) ON CONFLICT DO NOTHING"
_ONE = "WHERE org = $1 AND promise = $2 AND what = $3 AND day = $4"

Key = tuple[str, str, int]  # promise, what, day


def day_of(at: int) -> int:
    """Return the UTC day of an instant: days since 1970, never 0."""
    return max(1, at // DAY)


async def add(tx: Tx, org: str, counts: Mapping[Key, Count]) -> None:
    """Add to the sums: n is added, worst is the greater of both. The keys name days; totals are written along."""
    both = with_totals(counts)
    # Sorted, so that two writers lock the rows in one order.
    await tx.later(_ADD, [(org, *key, *both[key]) for key in sorted(both)])


async def once(tx: Tx, org: str, promise: str, what: str, at: int) -> None:
    """Count the day of an instant, once: who writes at the same time waits, and counts nothing."""
    if await tx.run(_FIRST, org, promise, what, day_of(at)):
        await tx.later(_ADD, [(org, promise, what, TOTAL, 1, 0)])


async def put_right(tx: Tx, org: str, sums: Iterable[tuple[str, str, int, Count, Count]]) -> None:
    """Replace sums (promise, what, day, wrong, right); one that moved since it was read waits for the next look."""
    rows = [(org, promise, what, day, *wrong, *right) for promise, what, day, wrong, right in sums]
    await tx.many(f"UPDATE counter SET n = $7, worst = $8 {_ONE} AND n = $5 AND worst = $6", rows)
    await tx.many(f"DELETE FROM counter {_ONE} AND n = 0", [row[:4] for row in rows])


async def renumber(tx: Tx, org: str, keys: Iterable[Key]) -> None:
    """Forget which line was the newest of these kinds (their log ends, or is counted again), and sums that are 0."""
    named = [(org, *key) for key in sorted(keys)]
    await tx.many(f"UPDATE counter SET worst = 0 {_ONE}", named)
    await tx.many(f"DELETE FROM counter {_ONE} AND n = 0", named)


def with_totals(counts: Mapping[Key, Count]) -> dict[Key, Count]:
    """Return the counts together with the sum of their days."""
    both = dict(counts)
    for (promise, what, _), count in counts.items():
        join(both, (promise, what, TOTAL), count)
    return both


def join(into: dict[Key, Count], key: Key, count: Count) -> None:
    """Add one count into a table of counts."""
    old = into.get(key, Count(0, 0))
    into[key] = Count(old.n + count.n, max(old.worst, count.worst))


async def finished(tx: Tx, org: str, promise: str, at: int, took: int, *, late: bool) -> None:
    """Count something that had a clock and is over: ``took`` microseconds from receipt to read-back.

    The act that ends a request calls this in its transaction: the request's row may die with its person, this stays.
    """
    counts = {(promise, DONE, day_of(at)): Count(1, took)}
    if late:
        counts[promise, LATE, day_of(at)] = Count(1, at)
    await add(tx, org, counts)


async def on(tx: Tx, org: str, day: int = TOTAL) -> dict[str, dict[str, Count]]:
    """Return promise -> what -> count of one day, or of all days (the default)."""
    rows = await tx.all("SELECT promise, what, n, worst FROM counter WHERE org = $1 AND day = $2", org, day)
    out: dict[str, dict[str, Count]] = {}
    for promise, what, n, worst in rows:
        out.setdefault(str(promise), {})[str(what)] = Count(whole(n), whole(worst))
    return out


async def days(tx: Tx, org: str, promise: str, what: str, since: int) -> list[tuple[int, int]]:
    """Return (day, n) of one sum from a day on, oldest first: what a chart shows."""
    rows = await tx.all(
        "SELECT day, n FROM counter WHERE org = $1 AND promise = $2 AND what = $3 AND day >= $4 ORDER BY day",
        org, promise, what, max(1, since),
    )  # fmt: skip
    return [(whole(day), whole(n)) for day, n in rows]
