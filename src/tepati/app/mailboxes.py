"""Composition root: the decoys' mailboxes in the demo: what its SMTP sink received for them."""

from dataclasses import dataclass

from tepati.flows.acts.watch import Came
from tepati.ports.sink import Sink
from tepati.rules.facts import FOREVER


@dataclass(frozen=True, slots=True)
class SinkBoxes:
    """Reads what came to an address; mail from ``sender`` is ours, and a way out in its head marks promotion."""

    sink: Sink
    sender: str

    async def came(self, address: str) -> list[Came]:
        """List what came to one address; mail without a date counts as the newest, for it was not ours."""
        return [
            Came(m.at or FOREVER, ours=m.sender == self.sender, promotion=m.message["List-Unsubscribe"] is not None)
            for m in self.sink.messages() if address in m.to
        ]  # fmt: skip
