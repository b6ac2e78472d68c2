"""Room flows: openings whose declared term is over are destroyed, key first; the lines stay, and name nobody.

A person's opening is kept as long as the ledger, an actor's for the security term; both end with the month they end in.
"""

from functools import partial

from tepati.flows.desk import Desk, Sheet
from tepati.flows.shredding import shredded


async def lapse(desk: Desk) -> int:
    """End what is over; return how many openings went. Each step tells its number in its line; a crash repeats none."""
    gone = 0
    async for units in desk.vault.lapsed(desk.store, desk.now()):
        gone += await desk.write(partial(_step, units=units))
    return gone


async def _step(sheet: Sheet, units: list[tuple[bytes, bytes]]) -> int:
    gone = await sheet.desk.vault.lapse(sheet.tx, units)
    if gone:
        line = await sheet.line(
            "end", promise="accountability.ledger", purpose="proof", answer="ended", openings_gone=gone
        )
        await shredded(sheet, line)
    return gone
