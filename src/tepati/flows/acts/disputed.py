"""Room flows: what a person does not recognise: the line, its purpose, and the role that used their data. A look.

The name of the member of staff stands in their own opening and is not read here (design section 6).
"""

from dataclasses import dataclass

import msgspec

from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.handling import regarded, wrote
from tepati.flows.rights import DISPUTE
from tepati.flows.trail import Says
from tepati.ledger import openings
from tepati.ledger.lines import lines


@dataclass(frozen=True, slots=True)
class Disputed:
    """The use in question: its line (-1: pending), what it says in clear, and what its person reads of it."""

    index: int
    act: str
    answer: str
    promise: str
    purpose: str
    at: int
    role: str
    fields: tuple[str, ...]


async def disputed(desk: Desk, actor: Actor, number: str) -> Disputed:
    """Open the use that an open dispute is about. Raises NotFound, Refused (role; a dispute that is over)."""

    async def act(sheet: Sheet) -> Disputed:
        found, use, permit = await regarded(sheet, actor, number, DISPUTE)
        name = bytes.fromhex(found.about)
        raw = await desk.vault.open_opening(sheet.tx, permit, name, "person")
        placed = (await lines(sheet.tx, desk.org, [name])).get(name)
        if placed is None:
            raise NotFound("ledger_line")
        await wrote(sheet, use, permit, DISPUTE)
        says, line = msgspec.json.decode(openings.unpack(raw).payload, type=Says), placed.line
        return Disputed(
            placed.index, line.act, line.answer, line.promise, line.purpose, says.at or line.at, says.role,
            tuple(says.fields),
        )  # fmt: skip

    return await desk.write(act)
