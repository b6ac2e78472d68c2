"""Room ledger: some lines by their ids, whether they have a place or are pending: what a person's page reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from tepati.ledger.cells import raw, whole
from tepati.ledger.entry import Line, decode
from tepati.ledger.lanes import ALL_LANES
from tepati.store.port import Tx


@dataclass(frozen=True, slots=True)
class Placed:
    """A line and its number; -1 while it is pending."""

    index: int
    line: Line


async def lines(tx: Tx, org: str, ids: Sequence[bytes]) -> dict[bytes, Placed]:
    """Return the lines of these ids; one that is not there (any more) is left out. Raises Tampered."""
    found: dict[bytes, Placed] = {}
    for id in ids:
        row = await tx.one(f"SELECT org, idx, entry FROM log_leaf WHERE lane IN ({ALL_LANES}) AND id = $1", id)
        if row is None:
            row = await tx.one(f"SELECT org, -1, entry FROM log_pending WHERE lane IN ({ALL_LANES}) AND id = $1", id)
        if row is not None and row[0] == org:
            found[id] = Placed(whole(row[1]), decode(raw(row[2])))
    return found
