"""Composition root: what is done once a day, each by what stands in the database, so that a restart repeats nothing."""

from tepati.app.compose import ROLL_EVERY, Installation, Org, rolled
from tepati.flows.acts.audit import audit
from tepati.flows.acts.watch import Mailboxes, watch
from tepati.registers import observations
from tepati.vault.roll import status

DAY = 86_400_000_000


async def daily(installation: Installation, org: Org, mailboxes: Mailboxes | None = None) -> list[str]:
    """Roll the keys, look at the decoys, reconcile the ledger, where the last time was a day ago; say what was done."""
    done = []
    at = org.desk.now()
    if (await status(org.desk.vault.room, installation.store)).since <= at - ROLL_EVERY:
        await rolled(org.desk)
        done.append("rolled")
    if mailboxes and await _old(org, "security.decoys", at):
        await watch(org.desk, mailboxes)
        done.append("watched")
    if await _old(org, "accountability.ledger", at):
        await audit(org.desk)
        done.append("audited")
    return done


async def _old(org: Org, promise: str, at: int) -> bool:
    """Say whether the newest look at a promise is a day old, or there was none."""
    newest = await org.desk.read(lambda sheet: observations.of(sheet.tx, org.slug, promise, 1))
    return not newest or newest[0].at <= at - DAY
