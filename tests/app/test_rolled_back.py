"""A ledger rolled back by SQL is refused by the sequencer, alarmed once, and found after a clean stop."""

from pathlib import Path

import pytest

from tepati.app.compose import opened, sequence
from tepati.errors import Tampered
from tepati.registers import observations
from tepati.store.port import Tx
from tests.app.test_daily import company
from tests.conftest import Clock

HEAD = "SELECT size, root, at, note FROM log_head"


async def test_a_head_put_back_stops_the_sequencer_and_is_a_gap_on_the_board(tmp_path: Path, clock: Clock) -> None:
    """One alarm a start: the sequencer tries five times a second."""
    async with company(tmp_path / "demo", clock) as installation:
        desk = installation.org("home-cleaning").desk
        old = await desk.store.read(lambda tx: tx.one(HEAD))
        await desk.settle_refusals()
        desk.refusals.count(clock(), "sign_in", "security.second_factor", "staff_access")
        clock.forward(hours=1)
        await desk.settle_refusals()
        await sequence(desk)
        where = installation.place
    assert old is not None
    installation = await opened(where, clock=clock)
    try:
        desk = installation.org("home-cleaning").desk
        await desk.store.write(lambda tx: _back(tx, *old))
        for _ in range(3):
            with pytest.raises(Tampered) as found:
                await sequence(desk)
            assert found.value.code == "ledger_rolled_back"
        row = await desk.store.read(
            lambda tx: tx.one(
                "SELECT count(*), max(detail) FROM observation WHERE promise = 'security.storage' AND outcome = $1",
                observations.TAMPERED,
            )
        )
        assert row == (1, "ledger_rolled_back")
    finally:
        await installation.close()


async def _back(tx: Tx, *head: object) -> None:
    sql = "UPDATE log_head SET size = $1, root = $2, at = $3, note = $4"
    await tx.run(sql, *head)  # type: ignore[arg-type]
