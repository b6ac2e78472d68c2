"""Room flows: the ledger and the effects are compared both ways; what does not agree is a gap, named by line."""

from collections.abc import Sequence

from tepati.flows.desk import Desk, Sheet
from tepati.ledger import reconcile
from tepati.ledger.reconcile import Strange
from tepati.registers import observations
from tepati.registers.observations import Observation

SHOWN = 10  # findings named in the observation; the audit returns all


async def audit(desk: Desk, sums: Sequence[str] = ()) -> list[Strange]:
    """Reconcile, and write down what was seen. Return what does not agree.

    ``sums`` are findings of whoever counted the ledger's lines again, each in a few words. That an audit was made keeps
    ``security.audit``; what it found stands at the ledger.
    """
    found = await reconcile.reconcile(desk.store, desk.log)
    kept = await reconcile.openings(desk.store, desk.log)
    strange = [*(f"{one.kind} {one.at}" for one in found), *sums][:SHOWN]
    count = f"openings {kept.written}: {kept.there} there, {kept.told} told as deleted"
    outcome = observations.TAMPERED if strange else observations.OK

    async def act(sheet: Sheet) -> None:
        line = await sheet.line("audit", promise="accountability.ledger", purpose="proof", answer="seen")
        for seen in (
            Observation("accountability.ledger", sheet.at, outcome, "; ".join([*strange, count])),
            Observation("security.audit", sheet.at, observations.OK, "ledger and effects compared both ways"),
        ):
            await observations.add(sheet.tx, desk.org, desk.mac, seen, line)

    await desk.write(act)
    return found
