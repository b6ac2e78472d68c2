"""Room flows: a notice is put into force: its exact text, its digest and its version, in the ledger for good."""

import datetime as dt

from tepati.flows.desk import Desk, Sheet
from tepati.registers import notices
from tepati.registers.notices import Published
from tepati.rules.calendar import calendar, midnight_after


async def publish(desk: Desk, source: str) -> None:
    """Publish the notice that this desk runs: in force from the day it declares, never before it could be read.

    Raises Conflict when it is not newer than what stands, Tampered.
    """
    said = desk.notice.notice
    declared = midnight_after(said.effective - dt.timedelta(days=1), calendar(desk.notice))

    async def act(sheet: Sheet) -> None:
        line = await sheet.line("publish", promise="notice.page", purpose="proof", answer="published")
        since = max(declared, sheet.at)
        await notices.publish(sheet.tx, desk.org, Published(desk.digest, said.version, source, since, sheet.at), line)

    await desk.write(act)
