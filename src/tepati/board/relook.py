"""Room board: looks checked against their MACs, and their sums counted again from them: for the nightly audit.

The board believes the sums of looks between two audits, as it does those of lines (``recount``). Sums of good news are
put right at once; those of bad news stay as they are, for they may be all that is left of looks that SQL deleted.
"""

from typing import Final

from tepati.flows.desk import Desk
from tepati.registers import counters, observations
from tepati.registers.counters import TOTAL, Count, Key, day_of
from tepati.registers.observations import ATTESTED, DAYS, OK, REPAIRED, SEEN
from tepati.store.port import Row

_WATCHED: Final = DAYS + OK  # days are counted for good looks only: nothing rests on how many others there were
_GOOD: Final = {_WATCHED, SEEN + OK, SEEN + ATTESTED, SEEN + REPAIRED}
_BOTH = (  # one statement, so one snapshot: looks are added meanwhile
    "SELECT NULL, promise, n, what, '', NULL, day, worst FROM counter WHERE org = $1 AND (what LIKE $2 OR what = $3)"
    " UNION ALL SELECT observation, promise, at, outcome, detail, ledger_id, 0, 0 FROM observation WHERE org = $1"
)


async def relook(desk: Desk) -> list[str]:
    """Return what does not agree, as numbers: the words in such rows may be whoever's wrote them."""
    told, counted, bad = dict[Key, Count](), dict[Key, Count](), 0
    async for rows in desk.store.scan(_BOTH, desk.org, f"{SEEN}%", _WATCHED):
        for row in rows:
            if row[0] is None:
                told |= _told(row)
            elif seen := observations.sound(desk.mac, desk.org, row[:6]):
                _count(counted, seen)
            else:
                bad += 1
    counted = counters.with_totals(counted)
    differ = sorted(key for key in told.keys() | counted.keys() if told.get(key) != counted.get(key))
    right = [(*key, told[key], counted.get(key, Count(0, 0))) for key in differ if key in told and key[1] in _GOOD]
    if right:
        await desk.write(lambda sheet: counters.put_right(sheet.tx, desk.org, right))
    return [f"{what} {n}" for what, n in (("looks altered", bad), ("sums of looks", len(differ))) if n]


def _told(row: Row) -> dict[Key, Count]:
    _, promise, n, what, _, _, day, worst = row
    return {(str(promise), str(what), int(day or TOTAL)): Count(int(n or 0), int(worst or 0))}


def _count(into: dict[Key, Count], seen: observations.Observation) -> None:
    day = day_of(seen.at)
    counters.join(into, (seen.promise, SEEN + seen.outcome, day), Count(1, seen.at))
    if seen.outcome == OK:
        into[seen.promise, _WATCHED, day] = Count(1, 0)
