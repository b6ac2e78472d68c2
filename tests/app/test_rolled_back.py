"""A ledger rolled back by SQL is refused by the sequencer, alarmed once, and found after a clean stop."""

from pathlib import Path

import pytest

from tepati.app.compose import opened, sequence
from tepati.errors import Tampered
from tepati.ledger import pending
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


async def test_lines_that_sql_wrote_are_alarmed_and_stop_nothing(tmp_path: Path, clock: Clock) -> None:
    """One that was never ours, and one of ours put back once it had its number."""
    async with company(tmp_path / "demo", clock) as installation:
        desk = installation.org("home-cleaning").desk
        await desk.settle_refusals()
        desk.refusals.count(clock(), "sign_in", "security.second_factor", "staff_access")
        clock.forward(hours=1)
        await desk.settle_refusals()
        names = ", ".join(pending.COLUMNS)
        old = await desk.store.read(lambda tx: tx.one(f"SELECT {names} FROM log_pending"))
        assert old is not None
        while await sequence(desk):
            pass
        size = await desk.store.read(desk.log.size)
        forged = (3, bytes(16), "home-cleaning", clock(), old[4], bytes(16))
        for row in (old, forged):
            await desk.store.write(lambda tx, row=row: tx.copy("log_pending", pending.COLUMNS, [row]))  # type: ignore[misc]
            while await sequence(desk):
                pass
        entries = await desk.store.read(lambda tx: desk.log.leaves(tx, size, size + 1))
        assert await desk.store.read(desk.log.size) == size + 1, "the alarm's own line, and no other"
        assert b'"act":"alarm"' in entries[0]
        assert desk.alarms == ["ledger_pending"]


async def _back(tx: Tx, *head: object) -> None:
    sql = "UPDATE log_head SET size = $1, root = $2, at = $3, note = $4"
    await tx.run(sql, *head)  # type: ignore[arg-type]
