"""Composition root: what a restore does to the ledgers: lines of a log that ended go into a new one, and sums agree.

All of it happens before a door opens over the database; killed half-way, the restore begins again in an empty one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tepati.app.naming import log_name
from tepati.board.recount import uncount
from tepati.board.tally import tally
from tepati.ledger import pending, prune
from tepati.ledger.entry import Line, encode
from tepati.ledger.lanes import LANES
from tepati.ledger.log import Log
from tepati.ledger.note import signer
from tepati.ports.config import OrgConfig
from tepati.registers import notices
from tepati.store.port import Store, Tx
from tepati.vault.heads import Heads
from tepati.vault.keystore import KeyStore

PROMISE = "accountability.ledger"
TOGETHER = 20_000  # lines a transaction: nobody else writes to a database that is being restored


@dataclass(frozen=True, slots=True)
class Relog:
    """Implements ``vault.loglines.Ledgers`` over the store that is being restored."""

    store: Store
    keystore: KeyStore
    orgs: Mapping[str, OrgConfig]
    now: Callable[[], int]
    random: Callable[[int], bytes]
    lacking: dict[str, int] = field(default_factory=dict)  # openings that pruning had carried below nothing, by org

    async def close(self, tx: Tx, org: str) -> None:
        """Take the lines out of the sums, and let a line of the new log tell what pruning had carried."""
        await uncount(tx, org)
        line = self.random(16)
        carried = await prune.hand_over(tx, org, line)
        self.lacking[org] = max(0, -carried)
        if (await prune.state(tx, org)).line == line:
            await self._append(tx, org, line, ("prune", "done", 0, max(0, carried)))

    async def begin(self, org: str) -> None:
        """Enter the lines in the order they had, under the new key, and count them; of an unknown org they wait."""
        heads = Heads(self.keystore)
        if org not in self.orgs:
            while await self.store.write(lambda tx: pending.stamp(tx, heads.pen(org), org)):
                pass
            return
        name = await log_name(self.store, org, self.orgs[org].origin)
        key = signer(name, self.keystore.signer(org).private_bytes_raw())
        log = Log(org, name, key, heads, heads.pen(org))
        while await self.store.write(lambda tx: log.integrate(tx, self.now(), TOGETHER, in_order=True)):
            await log.mark.keep(await self.store.read(log.newest))
        while await self.store.write(lambda tx: tally(tx, org, self.now(), TOGETHER)):
            pass

    async def tell(self, tx: Tx, org: str, what: str, gone: int) -> None:
        """Write the line of a restore; ``openings`` are those that did not come back."""
        await self._append(tx, org, self.random(16), ("restore", what, 1, gone + self.lacking.get(org, 0)))

    async def _append(self, tx: Tx, org: str, line: bytes, said: tuple[str, str, int, int]) -> None:
        act, answer, n, openings = said
        published, at = await notices.newest_digest(tx, org), self.now()
        entry = Line(
            at=at, act=act, answer=answer, promise=PROMISE, purpose="proof",
            notice=published.hex(), opening="", n=n, openings=openings,
        )  # fmt: skip
        await Log(org, org, pen=Heads(self.keystore).pen(org)).append(
            tx, line, self.random(1)[0] % LANES, at, encode(entry)
        )
