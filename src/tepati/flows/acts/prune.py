"""Room flows: the ledger is kept as long as the notice says and no longer: its oldest lines go, and the log tells."""

from tepati.errors import Conflict
from tepati.flows.desk import Desk, Sheet
from tepati.ledger import prune as log
from tepati.ledger.entry import HOUR, Line


async def prune(desk: Desk) -> int:
    """Carry out what was announced, and announce what is over now; return how many lines went.

    What is announced now goes when its line is in the log: at the next call. Raises Conflict, where another was first.
    """
    gone = await log.carry_out(desk.store, desk.org)
    now, known = desk.now(), await desk.store.read(lambda tx: log.state(tx, desk.org))
    size, carried = await log.prunable(desk.store, desk.org, lambda line: _over(desk, line, now))
    if size > known.asked and known.asked == known.size:
        await desk.write(lambda sheet: _announce(sheet, known.size, size, carried))
    return gone


def _over(desk: Desk, line: Line, now: int) -> bool:
    """Say whether a line's term has passed: its time was rounded down, by an hour at most."""
    return desk.policy.line_due(line.at + HOUR) <= now


async def _announce(sheet: Sheet, known: int, size: int, carried: int) -> None:
    if (await log.state(sheet.tx, sheet.desk.org)).asked != known:
        raise Conflict("ledger_head")
    line = await sheet.line(
        "prune", promise="accountability.ledger", purpose="proof", n=size, openings_gone=carried,
    )  # fmt: skip
    await log.announce(sheet.tx, sheet.desk.org, size, line)
