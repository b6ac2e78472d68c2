"""Room flows: the ledger and the effects are compared both ways; what does not agree is a gap, named by line."""

from tepati.flows.desk import Desk, Sheet
from tepati.ledger import reconcile
from tepati.ledger.reconcile import Strange
from tepati.registers import observations
from tepati.registers.observations import Observation


async def audit(desk: Desk) -> list[Strange]:
    """Reconcile, and write down what was seen. Return what does not agree."""
    found = await reconcile.reconcile(desk.store, desk.log)

    async def act(sheet: Sheet) -> None:
        line = await sheet.line("audit", promise="accountability.ledger", purpose="proof", answer="seen")
        outcome = observations.TAMPERED if found else observations.OK
        detail = "; ".join(f"{one.kind} {one.at}" for one in found[:10])
        seen = Observation("accountability.ledger", sheet.at, outcome, detail)
        await observations.add(sheet.tx, desk.org, sheet.new_id(), seen, line)

    await desk.write(act)
    return found
