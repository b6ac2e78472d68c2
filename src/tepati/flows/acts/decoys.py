"""Room flows: a person made by the ordinary flows is marked as a decoy, whom nobody serves (design section 5)."""

from tepati.errors import NotFound
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.registers import decoys


async def mark(desk: Desk, number: str, kind: str) -> None:
    """Mark the person of a dealing as a decoy of one kind. Raises NotFound."""

    async def act(sheet: Sheet) -> None:
        dealing = await dealing_of(sheet, number)
        if dealing is None:
            raise NotFound("no_such_number")
        line = await sheet.line("decoy", promise="security.decoys", purpose="security", answer="placed")
        await decoys.add(sheet.tx, desk.org, dealing.person, kind, sheet.at, line)

    await desk.write(act)
