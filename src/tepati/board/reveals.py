"""Room board: what tells whether looks of staff keep to their reason: uses that people dispute, and the oldest case."""

import re
from dataclasses import dataclass, field

from tepati.ledger.lines import lines
from tepati.notice.model import Notice
from tepati.store.port import Tx

MANY = 200  # disputes beyond which their count is "at least": each is one look into the ledger
DISPUTE = "dispute"
ID = re.compile(r"[0-9a-f]{32}")  # of a line
# Nobody serves a decoy: no case of theirs is waited for.
_SERVED = "NOT EXISTS (SELECT 1 FROM decoy WHERE decoy.person = dealing.person)"


@dataclass(frozen=True, slots=True)
class Reveals:
    """Disputed uses by the promise that allowed them; by kind, when the oldest open case was opened (us since 1970)."""

    disputed: dict[str, int] = field(default_factory=dict)
    oldest: dict[str, int] = field(default_factory=dict)


def kinds(notice: Notice) -> tuple[str, ...]:
    """Name the cases that the access of some role rests on."""
    rests = (role.while_ for role in notice.roles.values())
    return tuple(dict.fromkeys(kind for kind in rests if kind in notice.cases))


async def reveals(tx: Tx, org: str, kinds: tuple[str, ...]) -> Reveals:
    """Read both."""
    oldest = {kind: await _oldest(tx, org, kind) for kind in kinds}
    return Reveals(await _disputed(tx, org), {kind: at for kind, at in oldest.items() if at})


async def _oldest(tx: Tx, org: str, kind: str) -> int:
    row = await tx.one(
        f"SELECT min(opened) FROM dealing WHERE org = $1 AND kind = $2 AND closed IS NULL AND {_SERVED}", org, kind
    )
    return int(row[0] or 0) if row else 0


async def _disputed(tx: Tx, org: str) -> dict[str, int]:
    rows = await tx.all(
        "SELECT about FROM request WHERE org = $1 AND state IN ('waiting', 'working', 'done') AND kind = $2"
        " ORDER BY due DESC LIMIT $3",
        org, DISPUTE, MANY,
    )  # fmt: skip
    named = [bytes.fromhex(str(about)) for (about,) in rows if ID.fullmatch(str(about))]
    counted: dict[str, int] = {}
    for placed in (await lines(tx, org, named)).values():
        counted[placed.line.promise] = counted.get(placed.line.promise, 0) + 1
    return counted
