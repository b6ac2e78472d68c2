"""``tepati prove-erasure`` as CI runs it, and an old backup after three rolls."""

import sys
from pathlib import Path

import pytest

from tepati.app import keep, prove
from tepati.app.compose import do_due, opened, random, rolled
from tepati.app.demo import place
from tepati.app.guests import Guest, Run, book, hire
from tepati.app.prove import _gone
from tepati.app.seed import Clock, link
from tepati.errors import TepatiError
from tepati.flows.actor import Actor
from tepati.flows.acts import publish
from tepati.flows.acts.agree import agree
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.preview import preview
from tepati.flows.acts.withdraw import withdraw
from tepati.ports import config as configuration
from tepati.ports.config import Place
from tepati.ports.sink import Sink
from tepati.vault.root import FileRoot

SLUG = "home-cleaning"


async def test_nothing_typed_is_found_after_an_erasure(tmp_path: Path) -> None:
    """Five people driven through every feature, ended in five ways, rolled: no byte of theirs stands anywhere."""
    said: list[str] = []
    assert await prove(tmp_path / "prove", said.append) == 0, said
    assert any("5 people, " in line for line in said)
    assert any("nothing about anybody's data" in line for line in said)
    tried = next(line for line in said if line.startswith("every live key tried"))
    assert tried.endswith("of them 0 ended"), tried
    assert (tmp_path / "prove" / "tepati.log").exists()


@pytest.mark.parametrize(
    ("break_", "found"),
    [
        ("hold", "an address that ended still leads to somebody"),
        ("key", "open though they ended"),
        ("log", "a typed value in clear"),
    ],
)
async def test_a_proof_that_should_fail_fails(tmp_path: Path, monkeypatch, break_: str, found: str) -> None:
    """What is broken on purpose is found: an index left behind, a key that did not go, a value in a log."""
    import logging

    from tepati.vault import erase

    if break_ == "hold":

        async def unindex(*_: object) -> int:
            return 0

        monkeypatch.setattr(erase, "_unindex", unindex)
    if break_ == "key":

        async def tried(_room, _store, parts):
            return list(parts)

        monkeypatch.setattr(sys.modules["tepati.app.prove"], "tried", tried)
    if break_ == "log":
        from tepati.flows import entry

        real = entry.take

        async def take(sheet, form, admission):
            logging.getLogger("tepati").info("took %s", form.values)
            return await real(sheet, form, admission)

        monkeypatch.setattr("tepati.flows.acts.collect.take", take)
    said: list[str] = []
    assert await prove(tmp_path / "prove", said.append) == 1
    assert any(found in line for line in said if line.startswith("FOUND")), said


async def begun(folder: Path, sink: Sink) -> tuple[Place, Clock, Run]:
    """Begin an installation of its own, its notice published."""
    where = place(folder, "127.0.0.1", 8000, "", await sink.start())
    FileRoot(Path(where.config.root), random, create=True)
    configuration.write(folder, where.config)
    clock = Clock(1_795_000_000_000_000)
    installation = await opened(where, clock=clock)
    run = Run(installation, installation.orgs[SLUG], sink, clock)
    await publish.publish(run.org.desk, run.org.loaded.source.decode())
    return where, clock, run


def destroyed(folder: Path) -> None:
    """Destroy the live database."""
    for path in folder.glob("tepati.db*"):
        path.unlink()


@pytest.mark.promise("F7")
async def test_three_rolls_later_the_oldest_backup_brings_back_the_living_only(tmp_path: Path) -> None:
    """The living open, the erased do not, and a consent withdrawn since the backup stays withdrawn."""
    sink = Sink()
    where, clock, run = await begun(tmp_path, sink)
    living, erased, agreed, staff = await _before(run, tmp_path)
    await _since(run, staff, erased, agreed)
    await run.installation.close()
    destroyed(tmp_path)

    back = await keep.bring_back(tmp_path, tmp_path / "old.backup", {})

    assert back.erased == 1
    installation = await opened(where, clock=clock)
    run = Run(installation, installation.orgs[SLUG], sink, clock)
    wish = frozenset({"identity.name", "location.address"})
    for guest in (living, agreed):
        seen = await look(run.org.desk, staff["dispatcher"], Wish(guest.number, "orders", wish))
        assert seen.values["identity.name"] == guest.name
    assert await _gone(run, staff["dispatcher"], erased)
    assert (await preview(run.org.desk, staff["editor"], "offer")).n == 0
    await installation.close()
    await sink.stop()


async def _before(run: Run, folder: Path) -> tuple[Guest, Guest, Guest, dict[str, Actor]]:
    """Let staff and three people in, send the one who agreed a promotion, and keep a backup."""
    staff = {role: await hire(run, role) for role in ("privacy_desk", "dispatcher", "editor")}
    living, erased, agreed = await book(run), await book(run), await _agreed(run)
    await campaign(run.org.desk, staff["editor"], "offer")
    await do_due(run.installation, run.org)
    await keep.save(run.installation, folder / "old.backup", 30)
    return living, erased, agreed, staff


async def _since(run: Run, staff: dict[str, Actor], erased: Guest, agreed: Guest) -> None:
    """Withdraw, erase, and roll three times."""
    await withdraw(run.org.desk, link(run.sink, agreed.email), "id")
    await request(run.org.desk, staff["privacy_desk"], Ask(erased.number, "counter", "in_person"))
    await do_due(run.installation, run.org)
    for _ in range(3):
        run.clock.forward(25)
        await rolled(run.org.desk)


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
    _, _, run = await begun(tmp_path, sink)
    await keep.save(run.installation, tmp_path / "a.backup", 30)
    await run.installation.close()
    with pytest.raises(TepatiError):
        await keep.bring_back(tmp_path, tmp_path / "a.backup", {})
    destroyed(tmp_path)
    cut(tmp_path / "a.backup", tmp_path / "cut.backup")
    with pytest.raises(TepatiError):
        await keep.bring_back(tmp_path, tmp_path / "cut.backup", {})
    await sink.stop()


def cut(whole: Path, to: Path) -> None:
    """Leave the last twenty bytes away."""
    to.write_bytes(whole.read_bytes()[:-20])


async def test_after_a_restore_the_log_is_another_one(tmp_path: Path) -> None:
    """A log that cannot be continued begins anew, under a new name and key: nobody can mistake it for the old one."""
    sink = Sink()
    where, _, run = await begun(tmp_path, sink)
    await do_due(run.installation, run.org)
    old = await run.installation.store.read(run.org.desk.log.head)
    await keep.save(run.installation, tmp_path / "a.backup", 30)
    await run.installation.close()
    destroyed(tmp_path)
    await keep.bring_back(tmp_path, tmp_path / "a.backup", {})
    installation = await opened(where)
    org = installation.orgs[SLUG]
    await do_due(installation, org)
    new = await installation.store.read(org.desk.log.head)
    assert old is not None
    assert new is not None
    assert new.splitlines()[0] == f"{old.splitlines()[0]}/2"
    assert int(new.splitlines()[1]) >= int(old.splitlines()[1])
    await installation.close()
    await sink.stop()
