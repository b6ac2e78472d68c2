"""Composition root: what is done once a day, each by what stands in the database, so that a restart repeats nothing."""

from tepati.app import witness
from tepati.app.compose import ROLL_EVERY, Installation, Org, rolled, sequence
from tepati.board.examination import endpoints
from tepati.board.recount import recount
from tepati.board.remember import examined, remember
from tepati.flows.acts.audit import audit
from tepati.flows.acts.idle import idle
from tepati.flows.acts.watch import Mailboxes, watch
from tepati.registers import observations
from tepati.registers.observations import BROKEN, OK, UNABLE
from tepati.vault.roll import status

DAY = 86_400_000_000
LATEST = 20  # looks at a promise that are searched for the newest of ours


async def daily(installation: Installation, org: Org, mailboxes: Mailboxes | None = None) -> list[str]:
    """Roll the keys, look at the decoys, audit the ledger, where the last time was a day ago; say what was done.

    Each call also closes cases that nothing happened in, writes down what the judges find broken now, and has the
    demo's witness cosign.
    """
    done = []
    at = org.desk.now()
    while await sequence(org.desk):  # what waited while nothing ran is entered before it is judged
        pass
    if installation.place.demo and await witness.cosign(installation, org):
        done.append("cosigned")
    if (await status(org.desk.vault.room, installation.store)).since <= at - ROLL_EVERY:
        await rolled(org.desk)
        done.append("rolled")
    if mailboxes and await _old(org, "security.decoys", at) and (await watch(org.desk, mailboxes)).decoys:
        done.append("watched")
    if await _old(org, "security.audit", at):
        await _audit(installation, org)
        done.append("audited")
    if await idle(org.desk):
        done.append("closed")
    if await remember(org.desk):
        done.append("remembered")
    return done


async def _audit(installation: Installation, org: Org) -> None:
    """Compare ledger and effects, count the ledger's lines again, and look at what the configuration connects to."""
    differ = await recount(installation.store, org.slug)
    await audit(org.desk, [f"sum {one.promise} {one.what}" for one in differ])
    await examined(org.desk, endpoints(org.desk.notice, installation.place.config))


async def _old(org: Org, promise: str, at: int) -> bool:
    """Say whether the newest look of ours at a promise is a day old, or there was none.

    What staff or a repair wrote there is no look of ours: else whoever opens a decoy daily would end the watch.
    """
    newest = await org.desk.read(lambda sheet: observations.of(sheet.tx, org.slug, promise, LATEST))
    ours = [o for o in newest if o.outcome in {OK, BROKEN, UNABLE} and o.detail != observations.OPENED]
    return not ours or ours[0].at <= at - DAY
