"""Only a process that is alone finishes what a crash left."""

from pathlib import Path

from tepati.app.alone import Presence
from tepati.app.compose import opened
from tests.app.test_daily import company
from tests.conftest import Clock


def test_the_first_is_alone_and_who_comes_later_is_not(tmp_path: Path) -> None:
    """Whoever stays after the others left is one among others for those who come."""
    first = Presence(tmp_path / "data")
    first.share()
    second = Presence(tmp_path / "data")
    assert (first.alone, second.alone) == (True, False)
    first.leave()
    third = Presence(tmp_path / "data")
    assert not third.alone
    second.leave()
    third.leave()
    fourth = Presence(tmp_path / "data")
    assert fourth.alone
    assert (tmp_path / "data" / "running.lock").stat().st_mode & 0o777 == 0o600
    fourth.leave()


async def test_a_command_beside_a_server_changes_no_token(tmp_path: Path, clock: Clock) -> None:
    """Closed again, the next start is alone."""
    async with company(tmp_path / "demo", clock) as server:
        name = "keystore:home-cleaning"
        token = server.keystore.note(name)
        command = await opened(server.place, clock=clock)
        assert not command.presence.alone
        assert command.keystore.note(name) == token
        await command.close()
        where = server.place
    again = await opened(where, clock=clock)
    assert again.presence.alone
    assert again.keystore.note(name) != token
    await again.close()
