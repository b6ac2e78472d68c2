"""Room flows: whoever is named from outside reads a proposal by their mailed link; its button approves it, once."""

from tepati.errors import Expired
from tepati.flows import ending, outside, publishing
from tepati.flows.desk import Desk, Sheet
from tepati.flows.outside import Asked


async def read(desk: Desk, token: str) -> Asked:
    """Show what a link asks; nothing changes. Raises NotFound, Tampered."""
    return await desk.read(lambda sheet: outside.read(sheet, token))


async def vet(desk: Desk, token: str) -> int:
    """Approve, as the approver from outside, the bytes that the link names; return how many approvals are missing.

    Raises NotFound, Expired (used, over, decided or overtaken), Conflict (another version comes), BadNotice, Tampered.
    """

    async def act(sheet: Sheet) -> int:
        asked = await outside.read(sheet, token)
        if not asked.stands or not await ending.use(sheet, asked.link):
            raise Expired("link_used" if asked.used else "link_expired")
        line = await sheet.line("approve", promise=publishing.PROMISE, purpose="proof", answer="outside",
                                notice=asked.proposal.digest)  # fmt: skip
        return await publishing.approve(sheet, asked.proposal, publishing.OUTSIDE, line)

    return await desk.write(act)
