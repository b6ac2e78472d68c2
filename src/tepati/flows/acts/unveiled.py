"""Room flows: a member of staff reads what the ledger holds of themselves: unveilings, signings-in, refusals.

Their own openings and no others: nobody sees those of another, so there is no view of how a member of staff works.
"""

from dataclasses import dataclass

import msgspec

from tepati.errors import Tampered
from tepati.flows.actor import Actor, Says
from tepati.flows.desk import Desk, Sheet
from tepati.ledger import openings
from tepati.ledger.lines import lines

MOST = 500  # openings looked through: the newest
SHOWN = 100
PROMISE = "security.access_log"
ACTS = frozenset({"unveil", "case", "sign_in", "sign_out", "factor", "enlist", "connect", "part"})


@dataclass(frozen=True, slots=True)
class Mine:
    """One entry: its exact instant and what it says, the act and answer of its line, its number (-1: pending)."""

    says: Says
    act: str
    answer: str
    promise: str
    index: int


async def unveiled(desk: Desk, actor: Actor) -> list[Mine]:
    """List one's own entries, the newest first. Raises Refused (no undertaking), Tampered (alarmed)."""

    async def look(sheet: Sheet) -> list[Mine]:
        actor.bound(sheet.at)
        permit = sheet.unveiling(actor.person, frozenset(), frozenset(), PROMISE)
        found = await desk.vault.newest_openings(sheet.tx, permit, "actor", MOST)
        said = {line: msgspec.json.decode(openings.unpack(raw).payload, type=Says) for line, raw in found}
        newest = sorted(said, key=lambda line: -said[line].at)[:MOST]
        placed = await lines(sheet.tx, desk.org, newest)
        mine = [
            Mine(said[line], at.line.act, at.line.answer, at.line.promise, at.index)
            for line in newest if (at := placed.get(line))
        ]  # fmt: skip
        return [one for one in mine if one.act in ACTS or one.answer == "refused"][:SHOWN]

    try:
        return await desk.read(look)
    except Tampered as tampered:
        await desk.alarm(tampered)
        raise
