"""Composition root: the decoys' mailboxes: what the demo's SMTP sink received, or the one the operator named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tepati.flows.acts.watch import Came
from tepati.ports.mailbox import Lying, Mailbox
from tepati.ports.sink import Sink
from tepati.rules.facts import FOREVER

_LINK = re.compile(r"/k/([\w-]{32})")


@dataclass(frozen=True, slots=True)
class SinkBoxes:
    """Reads what came to an address; mail from ``sender`` is ours, and a way out in its head marks promotion."""

    sink: Sink
    sender: str

    async def came(self, address: str) -> list[Came]:
        """List what came to one address; mail without a date counts as the newest, for it was not ours."""
        return [
            Came(m.at or FOREVER, ours=m.sender == self.sender, promotion=m.headers["List-Unsubscribe"] is not None)
            for m in self.sink.messages() if address in m.to
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Boxes:
    """Reads one mailbox for all decoys. Ours is what ``sender`` sent under a Message-ID of ``host``.

    ``addresses`` are all decoys': a mail that names none of them came to one of them unseen, and counts for each.
    """

    mailbox: Mailbox
    sender: str
    host: str
    addresses: frozenset[str]

    async def came(self, address: str) -> list[Came]:
        """List what came to one address. Raises Unavailable."""
        return [
            Came(mail.at or FOREVER, ours=self._ours(mail), promotion=mail.message["List-Unsubscribe"] is not None)
            for mail in await self._of(address)
        ]  # fmt: skip

    async def link(self, address: str) -> str:
        """Give the secret of the newest link of ours that came to an address, "" where none did. Raises Unavailable."""
        ours = sorted((mail for mail in await self._of(address) if self._ours(mail)), key=lambda mail: -mail.at)
        return next((found[1] for mail in ours if (found := _LINK.search(mail.text))), "")

    async def _of(self, address: str) -> Sequence[Lying]:
        mails = await self.mailbox.mails()
        return [mail for mail in mails if address.lower() in mail.to or not mail.to & self.addresses]

    def _ours(self, mail: Lying) -> bool:
        ident = str(mail.message.get("Message-ID", "")).strip().strip("<>")
        return mail.sender == self.sender.lower() and ident.endswith(f"@{self.host}")
