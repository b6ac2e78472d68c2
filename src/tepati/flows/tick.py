"""Room flows: what is due now is done: letters leave, erasures are carried out, what reached its end is destroyed.

Each step is safe to repeat and to stop at any point; one failing duty never holds up the others.
"""

import contextlib
from dataclasses import dataclass
from typing import Literal

from tepati.errors import TepatiError
from tepati.flows import announcing, campaigns, publishing, shredding, wards
from tepati.flows.acts import erase
from tepati.flows.acts.deliver import Delivered, deliver
from tepati.flows.acts.sweep import sweep
from tepati.flows.codes import DAY
from tepati.flows.desk import Desk, Sheet
from tepati.ports.mail import Mail
from tepati.registers import api_keys, certificates, codes, devices, duties, errands, outbox, sessions, unveilings
from tepati.registers import campaigns as had
from tepati.registers.duties import Duty

LEASE = 300_000_000  # five minutes
BATCH = 20
AGAIN = 10_000_000  # microseconds until SQLite's log is cut again where a reader held it
LATER = 60_000_000  # a duty that waits for something else is looked at again in a minute
KEEP = 7 * 86_400_000_000  # what is done stays a week, for whoever asks what became of it; the ledger keeps the line
OLD = 500  # rows of things done that are forgotten in one transaction

End = Literal["done", "cut", "kept", "waits", "failed"]
_OF_THE_NOTICE = {publishing.WAITED: publishing.due, publishing.TAKE_OVER: publishing.take_over}


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did; ``failed`` duties are tried again, ``swept`` counts what is forgotten."""

    mail: Delivered
    erased: int
    ended: int
    completed: int
    failed: int
    swept: int = 0


async def tick(desk: Desk, mail: Mail) -> Ticked:
    """Do what is due now. Raises Unavailable only when the database is gone.

    What is pending in the ledger gets its place first, so that no letter waits for its receipt where only this runs;
    a ledger that refuses (its tiles were altered) is told by the sequencer, and holds up no letter and no erasure.
    """
    with contextlib.suppress(TepatiError):
        await desk.store.write(lambda tx: desk.log.integrate(tx, desk.now()))
    await campaigns.go_on(desk)
    await announcing.go_on(desk)
    delivered = await deliver(desk, mail)
    claimed = await desk.store.write(lambda tx: duties.claim(tx, desk.org, desk.now(), BATCH, LEASE))
    ends = [await _duty(desk, duty) for duty in claimed]
    with contextlib.suppress(TepatiError):  # a row that was changed is alarmed, and holds up nothing else
        await wards.close(desk, OLD)
    ended = await sweep(desk)
    await desk.settle_refusals()
    completed = await erase.completed(desk)
    swept = await _forget(desk)
    return Ticked(delivered, ends.count("done"), ended, completed, ends.count("failed"), swept)


async def _duty(desk: Desk, duty: Duty) -> End:
    """Carry out one claimed duty; what waits for another step (a letter that must leave first) is no failure."""
    try:
        if duty.kind == shredding.KIND:
            return await _cut(desk, duty)
        if duty.kind in _OF_THE_NOTICE:
            await _OF_THE_NOTICE[duty.kind](desk, duty)
            return "kept"
        done = await erase.perform(desk, duty)
    except TepatiError:
        await desk.store.write(lambda tx: duties.failed(tx, duty, desk.now()))
        return "failed"
    if done is None:
        await desk.store.write(lambda tx: duties.later(tx, duty, desk.now() + LATER))
        return "waits"
    return "done"


async def _cut(desk: Desk, duty: Duty) -> End:
    """Cut SQLite's log, and close the duty; it waits while a reader holds the log."""
    if await desk.store.checkpoint():
        await desk.store.write(lambda tx: duties.done(tx, duty))
        return "cut"
    await desk.store.write(lambda tx: duties.later(tx, duty, desk.now() + AGAIN))
    return "waits"


async def _forget(desk: Desk) -> int:
    """Delete rows of what is over: mails that left, duties done, sessions and certificates that ended."""

    async def act(sheet: Sheet) -> int:
        tx, now = sheet.tx, sheet.at
        cases = await unveilings.sweep(tx, desk.org, now - KEEP, OLD)
        desk.vault.forget_cases(tx, cases)
        return len(cases) + (
            await outbox.sweep(tx, desk.org, now - KEEP, OLD)
            + await had.forget(tx, desk.org, now - campaigns.kept(desk.notice), OLD)
            + await duties.sweep(tx, desk.org, now - KEEP, OLD)
            + await sessions.sweep(tx, desk.org, now, OLD)
            + await api_keys.sweep(tx, desk.org, now, OLD)
            + await devices.sweep(tx, desk.org, now, OLD)
            + await errands.sweep(tx, desk.org, now, OLD)
            + await codes.sweep(tx, desk.org, now - DAY, OLD)
            + await certificates.expire(tx, desk.org, now)
        )

    return await desk.write(act)
