"""Room board: checks of ``tepati doctor`` on what must live: workers, duties that end, decoys and their mailbox."""

from typing import Final

from tepati.board.examination import Check, Level
from tepati.errors import TepatiError
from tepati.notice.model import Notice
from tepati.ports.config import DecoysConfig
from tepati.ports.mailbox import mailbox as configured
from tepati.registers import decoys as register
from tepati.registers import duties
from tepati.registers.behind import behind
from tepati.store.port import Tx

IDLE: Final = 10_000_000  # microseconds that work may wait for a worker before it is told
DEAD: Final = 60_000_000  # and before it fails: whoever runs tepati tick by cron runs it every minute


async def workers(tx: Tx, org: str, now: int) -> list[Check]:
    """Check that somebody does what is due: within seconds where it is served; and that no duty keeps failing."""
    late = await behind(tx, org, now)
    level: Level = "ok" if late <= IDLE else "warn" if late <= DEAD else "fail"
    failing = await duties.alarming(tx, org, now)
    stuck = [
        Check("duty", "fail" if each.attempts >= duties.ESCALATE else "warn", {"n": each.n, "tries": each.attempts},
              each.kind)
        for each in failing
    ]  # fmt: skip
    return [Check("worker", level, {"seconds": late // 1_000_000}), *stuck]


async def decoys(tx: Tx, org: str, notice: Notice, said: DecoysConfig | None) -> Check:
    """Check that decoys of all kinds live where the notice promises them; without them no use is seen from outside."""
    living = await register.kinds(tx, org)
    if notice.security.decoys is None or len(living) == len(register.KINDS):
        return Check("decoys", "ok", {"n": sum(living.values()), "kinds": len(living)})
    planned = bool(said and said.read and said.people)
    return Check("decoys", "warn", {"n": sum(living.values()), "kinds": len(living), "why": "" if planned else "unset"})


async def mailbox(said: DecoysConfig | None) -> list[Check]:
    """Check that the decoys' mailbox can be read, where one is configured."""
    if not said or not said.read:
        return []
    try:
        lies = await configured(said.read).mails()
    except TepatiError as fault:
        return [Check("mailbox", "fail", {"code": fault.code})]
    return [Check("mailbox", "ok", {"n": len(lies)})]
