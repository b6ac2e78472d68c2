"""The demo started again: as it was, seeded anew, or told that it cannot be both."""

from pathlib import Path

import pytest

from tepati.app.demo import Seeded, _stale, notices, today
from tepati.errors import Misconfigured
from tests.app.test_daily import company
from tests.conftest import Clock


async def test_another_checkout_seeds_anew_what_nobody_touched(tmp_path: Path, clock: Clock) -> None:
    """A notice that changed since would not be served: nobody published it here."""
    async with company(tmp_path / "demo", clock) as installation:
        where = installation.place
    same = Seeded(today(), 0, (), notices(where))
    assert not await _stale(same, where)
    assert await _stale(Seeded("2026-01-01", 0, (), notices(where)), where)
    assert await _stale(Seeded(today(), 0, (), {"home-cleaning": "another"}), where)
    assert await _stale(Seeded(today(), 0, ()), where)


async def test_what_somebody_booked_is_kept_or_said_to_be_of_another_notice(tmp_path: Path, clock: Clock) -> None:
    async with company(tmp_path / "demo", clock) as installation:
        where = installation.place
    assert not await _stale(Seeded("2026-01-01", 7, (), notices(where)), where)
    with pytest.raises(Misconfigured) as no:
        await _stale(Seeded(today(), 7, ()), where)
    assert no.value.code == "demo_other"
