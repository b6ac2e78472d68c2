"""Room board: looks checked against their MACs, and their sums counted again from them: for the nightly audit.

The board believes the sums of looks between two audits, as it does those of lines (``recount``).
"""

from typing import Final

from tepati.registers import counters, observations
from tepati.registers.counters import TOTAL, Count, Key, day_of
from tepati.registers.macs import Mac
from tepati.registers.observations import DAYS, OK, SEEN
from tepati.store.port import Row, Store

_WATCHED: Final = DAYS + OK  # days are counted for good looks only: nothing rests on how many others there were
_BOTH = (  # one statement, so one snapshot: looks are added meanwhile
    "SELECT NULL, promise, n, what, '', NULL, day, worst FROM counter WHERE org = $1 AND (what LIKE $2 OR what = $3)"
    " UNION ALL SELECT observation, promise, at, outcome, detail, ledger_id, 0, 0 FROM observation WHERE org = $1"
)


async def relook(store: Store, org: str, mac: Mac) -> list[str]:
    """Return what does not agree, as numbers: the words in such rows may be whoever's wrote them."""
    told, counted, bad = dict[Key, Count](), dict[Key, Count](), 0
    async for rows in store.scan(_BOTH, org, f"{SEEN}%", _WATCHED):
        for row in rows:
            if row[0] is None:
                told |= _told(row)
            elif seen := observations.sound(mac, org, row[:6]):
                _count(counted, seen)
            else:
                bad += 1
    counted = counters.with_totals(counted)
    differ = sum(told.get(key) != counted.get(key) for key in told.keys() | counted.keys())
    return [f"{what} {n}" for what, n in (("looks altered", bad), ("sums of looks", differ)) if n]


def _told(row: Row) -> dict[Key, Count]:
    _, promise, n, what, _, _, day, worst = row
    key = (str(promise), str(what), int(day or TOTAL))
    return {key: Count(int(n or 0), 0 if what == _WATCHED else int(worst or 0))}


def _count(into: dict[Key, Count], seen: observations.Observation) -> None:
    day = day_of(seen.at)
    counters.join(into, (seen.promise, SEEN + seen.outcome, day), Count(1, seen.at))
    if seen.outcome == OK:
        into[seen.promise, _WATCHED, day] = Count(1, 0)
