"""Composition root: what is done once a day, each by what stands in the database, so that a restart repeats nothing."""

from tepati.app import witness
from tepati.app.compose import LOG, ROLL_EVERY, Installation, Org, do_due, rolled, sequence
from tepati.app.planting import boxes, plant
from tepati.app.publication import compared, published
from tepati.board.examination import endpoints
from tepati.board.recount import recount
from tepati.board.relook import relook
from tepati.board.remember import examined, remember
from tepati.errors import Misconfigured, Unavailable
from tepati.flows import history
from tepati.flows.acts.audit import audit
from tepati.flows.acts.compare import compare
from tepati.flows.acts.idle import idle
from tepati.flows.acts.lapse import lapse
from tepati.flows.acts.prune import prune
from tepati.flows.acts.redo import redo
from tepati.flows.acts.watch import Mailboxes, watch
from tepati.flows.certificate import limit
from tepati.flows.tick import Ticked
from tepati.registers import observations
from tepati.registers.observations import BROKEN, OK, UNABLE
from tepati.vault.backup import expire
from tepati.vault.standing import status

DAY, HOUR = 86_400_000_000, 3_600_000_000
LATEST = 20  # looks at a promise that are searched for the newest of ours


async def daily(installation: Installation, org: Org, mailboxes: Mailboxes | None = None) -> list[str]:
    """Do what was last done a day ago, and say what was done: roll the keys, look at the decoys, audit the ledger.

    ``mailboxes`` are the demo's; elsewhere decoys are read, and planted, as the configuration says.

    Before an audit, openings and lines of the ledger whose declared term is over go. Each call also closes cases that
    nothing happened in, writes down what the judges find broken now, and has the demo's witness cosign.
    """
    done = []
    at = org.desk.now()
    while await sequence(org.desk):  # what waited while nothing ran is entered before it is judged
        pass
    if installation.place.demo and await witness.cosign(installation, org):
        done.append("cosigned")
    if await _roll_due(installation, org, at):
        await rolled(org.desk)
        done.append("rolled")
    if await redo(org.desk):
        done.append("asked_again")
    expire(installation.keystore, at)  # of backups past their last day, where no new one is made
    done += await _decoys(installation, org, mailboxes)
    if await _old(org, "security.audit", at):
        done += [name for name, n in (("lapsed", await lapse(org.desk)), ("pruned", await _pruned(org))) if n]
        await _audit(installation, org)
        done.append("audited")
    if await idle(org.desk):
        done.append("closed")
    done += [name for name, seen in (("file_differs", await compared(installation, org)),
                                     ("remembered", await remember(org.desk))) if seen]  # fmt: skip
    return done


async def everything(installation: Installation, org: Org) -> tuple[Ticked, list[str]]:
    """Do what is due now, the daily round included, and enter its lines: where nothing is served, only this runs.

    By the version in force, whatever the file says. Raises Misconfigured where none was ever published.
    """
    await published(org)
    ticked = await do_due(installation, org)
    done = await daily(installation, org)
    while await sequence(org.desk):
        pass
    return ticked, done


async def _decoys(installation: Installation, org: Org, demo: Mailboxes | None) -> list[str]:
    """Plant the decoys that are missing, and look at all of them once a day; a fault of theirs ends no round."""
    done, read = [], demo
    try:
        if mine := boxes(installation, org):
            read = mine
            done += ["planted"] if await plant(installation, org, mine) else []
        if read and await _old(org, "security.decoys", org.desk.now()) and (await watch(org.desk, read)).decoys:
            done.append("watched")
    except (Misconfigured, Unavailable) as fault:
        LOG.error("decoys: %s", fault.code)  # doctor says what to mend
    return done


async def _roll_due(installation: Installation, org: Org, at: int) -> bool:
    """Say whether the last roll is a day ago, or the next would come after the limit of an erasure carried out.

    The clock of an erasure stops with the roll, and one whose letter never left is carried out twelve hours before its
    limit. A roll that could not destroy (a process held on) is tried again after an hour.
    """
    since = (await status(org.desk.vault.room, installation.store)).since
    first = await limit(org.desk)
    return since <= at - ROLL_EVERY or (since <= at - HOUR and 0 < first <= since + ROLL_EVERY)


async def _pruned(org: Org) -> int:
    """Let go what of the ledger is over: each announcement must be in the log before what it announces goes."""
    gone = await prune(org.desk)
    while await sequence(org.desk) and (more := await prune(org.desk)):
        gone += more
    return gone


async def _audit(installation: Installation, org: Org) -> None:
    """Compare ledger and effects, ends and facts; count lines again; look at what the configuration connects to."""
    differ = await recount(installation.store, org.slug)
    looks = await relook(org.desk)
    sums = [f"sum {one.promise} {one.what}" for one in differ]
    await audit(org.desk, [*sums, *looks, *await history.altered(org.desk)])
    await compare(org.desk)
    await examined(org.desk, endpoints(org.desk.notice, installation.place.config, org.desk.org))


async def _old(org: Org, promise: str, at: int) -> bool:
    """Say whether the newest look of ours at a promise is a day old, or there was none.

    What staff or a repair wrote there is no look of ours: else whoever opens a decoy daily would end the watch.
    """
    newest = await org.desk.read(lambda sheet: observations.of(sheet.tx, org.slug, org.desk.mac, promise, LATEST))
    ours = [o for o in newest if o.outcome in {OK, BROKEN, UNABLE} and o.detail != observations.OPENED]
    return not ours or ours[0].at <= at - DAY
