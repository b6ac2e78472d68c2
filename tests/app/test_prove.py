"""``tepati prove-erasure`` as CI runs it, and an old backup after three rolls."""

from pathlib import Path

import pytest

from tepati.app import keep, prove
from tepati.app.compose import do_due, opened, random, rolled
from tepati.app.demo import place
from tepati.app.prove import Guest, Run, _book, _gone, _hire
from tepati.app.seed import Clock, link
from tepati.errors import TepatiError
from tepati.flows.acts import publish
from tepati.flows.acts.agree import agree
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.withdraw import withdraw
from tepati.ports import config as configuration
from tepati.ports.sink import Sink
from tepati.vault.root import FileRoot


async def test_nothing_typed_is_found_after_an_erasure(tmp_path: Path) -> None:
    """Four people driven through every feature, erased in four ways, rolled: no byte of theirs stands anywhere."""
    said: list[str] = []
    assert await prove(tmp_path / "prove", said.append) == 0, said
    assert any("31 marked values" in line for line in said)


@pytest.mark.promise("F7")
async def test_three_rolls_later_the_oldest_backup_brings_back_the_living_only(tmp_path: Path) -> None:
    """Backup; erase one, withdraw one; three rolls; destroy the database; restore: the living open, the erased do not,
    the withdrawn consent stays withdrawn."""
    sink = Sink()
    where = place(tmp_path, "127.0.0.1", 8000, "", await sink.start())
    FileRoot(Path(where.config.root), random, create=True)
    configuration.write(tmp_path, where.config)
    clock = Clock(1_795_000_000_000_000)
    installation = await opened(where, clock=clock)
    run = Run(installation, installation.orgs["home-cleaning"], sink, clock)
    desk = run.org.desk
    await publish.publish(desk, run.org.loaded.source.decode(), clock())
    clerk, dispatcher, editor = (
        await _hire(run, "privacy_desk"),
        await _hire(run, "dispatcher"),
        await _hire(run, "editor"),
    )
    living, erased, agreed = await _book(run), await _book(run), await _agreed(run)
    await campaign(desk, editor, "offer")
    await do_due(installation, run.org)
    way_out = link(sink, agreed.email)
    await keep.save(installation, tmp_path / "old.backup", 30)
    await withdraw(desk, way_out, "id")
    await request(desk, clerk, Ask(erased.number, "counter", "in_person"))
    await do_due(installation, run.org)
    for _ in range(3):
        clock.forward(25)
        await rolled(desk)
    await installation.close()
    for path in tmp_path.glob("tepati.db*"):
        path.unlink()

    back = await keep.bring_back(tmp_path, tmp_path / "old.backup", {})

    assert back.erased == 1
    installation = await opened(where, clock=clock)
    desk = installation.orgs["home-cleaning"].desk
    run = Run(installation, installation.orgs["home-cleaning"], sink, clock)
    wish = frozenset({"identity.name", "location.address"})
    for guest in (living, agreed):
        assert (await look(desk, dispatcher, Wish(guest.number, "orders", wish))).values["identity.name"] == guest.name
    assert await _gone(run, dispatcher, erased)
    assert (await campaign(desk, editor, "offer", dry=True)).queued == 0
    await installation.close()
    await sink.stop()


async def _agreed(run: Run) -> Guest:
    """Book with the box ticked, and say yes behind the link too."""
    from tests.flows.conftest import booking

    form = booking(run.org.desk, 77, identity__email="setuju@prove.example", identity__name="Setuju Sekali")
    number = (await collect(run.org.desk, Form(**{f: getattr(form, f) for f in form.__slots__}))).number
    await do_due(run.installation, run.org)
    await agree(run.org.desk, link(run.sink, "setuju@prove.example"), frozenset({"offers_by_email"}), "id")
    return Guest(number, "Setuju Sekali", "setuju@prove.example")


async def test_a_backup_does_not_go_over_what_stands(tmp_path: Path) -> None:
    """Restoring into a database that holds anything is refused, and a cut backup is no backup."""
    sink = Sink()
    where = place(tmp_path, "127.0.0.1", 8000, "", await sink.start())
    FileRoot(Path(where.config.root), random, create=True)
    configuration.write(tmp_path, where.config)
    installation = await opened(where)
    await publish.publish(
        installation.orgs["home-cleaning"].desk, installation.orgs["home-cleaning"].loaded.source.decode(), 1
    )
    await keep.save(installation, tmp_path / "a.backup", 30)
    await installation.close()
    with pytest.raises(TepatiError):
        await keep.bring_back(tmp_path, tmp_path / "a.backup", {})
    for path in tmp_path.glob("tepati.db*"):
        path.unlink()
    whole = (tmp_path / "a.backup").read_bytes()
    (tmp_path / "cut.backup").write_bytes(whole[:-20])
    with pytest.raises(TepatiError):
        await keep.bring_back(tmp_path, tmp_path / "cut.backup", {})
    await sink.stop()


async def test_after_a_restore_the_log_is_another_one(tmp_path: Path) -> None:
    """A log that cannot be continued begins anew, under a new name and key: nobody can mistake it for the old one."""
    sink = Sink()
    where = place(tmp_path, "127.0.0.1", 8000, "", await sink.start())
    FileRoot(Path(where.config.root), random, create=True)
    configuration.write(tmp_path, where.config)
    installation = await opened(where)
    org = installation.orgs["home-cleaning"]
    await publish.publish(org.desk, org.loaded.source.decode(), 1)
    await do_due(installation, org)
    old = await installation.store.read(org.desk.log.head)
    await keep.save(installation, tmp_path / "a.backup", 30)
    await installation.close()
    for path in tmp_path.glob("tepati.db*"):
        path.unlink()
    await keep.bring_back(tmp_path, tmp_path / "a.backup", {})
    installation = await opened(where)
    org = installation.orgs["home-cleaning"]
    await do_due(installation, org)
    new = await installation.store.read(org.desk.log.head)
    assert old is not None
    assert new is not None
    assert new.splitlines()[0] == f"{old.splitlines()[0]}/2"
    assert int(new.splitlines()[1]) >= int(old.splitlines()[1])
    await installation.close()
    await sink.stop()
