"""Room flows: a notice is put into force: its exact text, its digest and its version, in the ledger for good."""

from tepati.flows.desk import Desk, Sheet
from tepati.registers import notices
from tepati.registers.notices import Published


async def publish(desk: Desk, source: str, effective: int) -> None:
    """Publish the notice that this desk runs. Raises Conflict when it is not newer than what stands, Tampered."""

    async def act(sheet: Sheet) -> None:
        line = await sheet.line("publish", promise="notice.page", purpose="proof", answer="published")
        version = desk.notice.notice.version
        await notices.publish(sheet.tx, desk.org, Published(desk.digest, version, source, effective, sheet.at), line)

    await desk.write(act)
