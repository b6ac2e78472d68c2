"""Room flows: what was destroyed leaves SQLite's log too: cutting it to nothing is a duty, tried until it succeeds.

A deletion overwrites the page in the log, not the older copies of it there; a reader that is still at an older state
holds the log. PostgreSQL recycles its log by itself. What lies in either is sealed under keys that are gone.
"""

from tepati.flows.desk import Sheet
from tepati.registers import duties
from tepati.registers.duties import Duty

KIND = "cut"
NOBODY = bytes(16)  # the person of a duty of the organisation itself


async def shredded(sheet: Sheet, line: bytes) -> None:
    """Owe the cut, in the transaction that destroys; ``line`` is the act's."""
    if sheet.tx.engine == "sqlite":
        await duties.once(sheet.tx, sheet.desk.org, Duty(NOBODY, sheet.new_id(), KIND, sheet.at), line)
