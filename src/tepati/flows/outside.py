"""Room flows: an approver from outside, named by the version in force: one link by mail, for exactly these bytes.

The link belongs to the row of the proposal and names its bytes and the version they were compared with. Opening it
changes nothing; its button works once. Another version in force, a proposal taken back, or a newer link ends it.
"""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows import links, post, publishing
from tepati.flows.desk import Sheet
from tepati.registers import links as register
from tepati.registers import notices, proposals
from tepati.registers.links import Link
from tepati.registers.notices import Published
from tepati.registers.proposals import Proposal

KIND, LETTER = "approve_notice", "notice_outside"
DROPPED = "dropped"  # the name in the key store of links in whose place another was sent, or whose matter is over
LIFE = 14 * 86_400_000_000  # microseconds; proposed again, another link is sent


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks: the proposal, and the version in force that it was compared with.

    ``used``: when its button was pressed (microseconds since 1970 UTC), 0 before; ``stands``: it still works.
    """

    link: Link
    proposal: Proposal
    base: Published
    stands: bool

    @property
    def used(self) -> int:
        return self.link.used


def _about(proposal: Proposal) -> str:
    return f"{proposal.digest.hex()},{proposal.base.hex()}"


async def send(sheet: Sheet, proposal: Proposal, ledger_id: bytes) -> None:
    """Mail the link where the version in force names somebody; an earlier one to the same bytes ends."""
    desk, address = sheet.desk, sheet.desk.notice.notice.approvals.outside
    await drop(sheet, proposal)
    if not address:
        return
    expires, language = sheet.at + LIFE, desk.notice.organisation.languages[0]
    token = await links.mint(sheet, proposal.person, KIND, _about(proposal), expires, ledger_id)
    fills = {"to": address, "version": str(proposal.version), "until": str(expires),
             "link": desk.url("vet", language, token)}  # fmt: skip
    await post.put(sheet, proposal.person, post.Letter(LETTER, language, fills), ledger_id)


async def drop(sheet: Sheet, proposal: Proposal) -> None:
    """End the links to these bytes for good."""
    for dropped in await register.drop_like(sheet.tx, proposal.person, KIND, f"{proposal.digest.hex()},%"):
        sheet.desk.vault.end_row(sheet.tx, DROPPED, dropped.secret, dropped.expires)


async def read(sheet: Sheet, token: str) -> Asked:
    """Say what a link asks, changing nothing. Raises NotFound (no such link, or its proposal is gone), Tampered."""
    desk, link = sheet.desk, await links.find(sheet, token)
    if link.kind != KIND or desk.vault.ended(DROPPED, link.secret):
        raise NotFound("no_such_link")
    proposal = await publishing.get(sheet, bytes.fromhex(link.about.partition(",")[0]))
    base = await notices.by_digest(sheet.tx, desk.mac, desk.org, proposal.base)
    if base is None or link.about != _about(proposal) or proposal.state == proposals.WITHDRAWN:
        raise NotFound("no_such_link")
    now = await notices.current(sheet.tx, desk.mac, desk.org, sheet.at)
    running = now is not None and now.digest == base.digest == desk.digest
    stands = running and proposal.state == proposals.OPEN and not link.used and sheet.at < link.expires
    return Asked(link, proposal, base, stands)
