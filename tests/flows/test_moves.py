"""Another address asked for at the desk: a day, announced; nobody takes an account by persuading staff."""

import argparse
import io
from types import SimpleNamespace
from typing import Literal, cast

import pytest

from tepati.cli.correct import add
from tepati.cli.port import App, Installation
from tepati.errors import BadInput, Expired, NotFound, Refused, Tampered
from tepati.flows.acts import enter, move
from tepati.flows.acts.deliver import deliver
from tepati.flows.acts.forget import forget
from tepati.flows.acts.review import review
from tepati.flows.desk import Desk
from tepati.flows.rights import Behalf
from tests.conftest import Clock
from tests.flows.conftest import Post
from tests.flows.inside import EMAIL, come_in, integrated
from tests.flows.people import count, guest, hired, lines, person_of

HOUR = 3_600_000_000


async def _asked_at_the_desk(desk: Desk, post: Post, new: str, proof: Literal["in_person", "link"] = "link") -> str:
    number = await guest(desk, post)
    by = Behalf(await hired(desk, "privacy_desk"), number, "phone", proof)
    await move.ask(desk, by, new)
    await integrated(desk)
    await deliver(desk, post)
    return number


async def test_the_desk_changes_an_address_a_day_later(desk: Desk, post: Post, clock: Clock) -> None:
    """The new mailbox confirms, but not before the old one had a day to refuse; what waited is over then."""
    new = "ratna.baru@contoh.example"
    await _asked_at_the_desk(desk, post, new)
    told = next(mail for mail in post.sent if mail.to == EMAIL and "petugas kami" in mail.text)
    assert new not in told.text
    token, owner = post.link("move", new), await person_of(desk)
    window = await move.look_at(desk, token)
    assert (window.opens - desk.now(), window.until - window.opens) == (24 * HOUR, 48 * HOUR)
    clock.forward(hours=24)
    await move.move(desk, token, new)
    await integrated(desk)
    await deliver(desk, post)
    assert await person_of(desk, new) == owner
    assert await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, EMAIL)) is None
    assert await count(desk.store, "device") == 0
    assert "tidak lagi terhubung" in next(mail.text for mail in reversed(post.sent) if mail.to == EMAIL)
    assert await lines(desk, "correct", "done") == ["rights.correction"]


@pytest.mark.parametrize("proof", ["in_person", "link"])
async def test_an_account_is_not_taken_through_the_desk(
    desk: Desk, post: Post, clock: Clock, proof: Literal["in_person", "link"]
) -> None:
    """Who persuades staff gets nothing for a day, however sure they were; the owner's one press ends it for good."""
    thief = "pencuri@contoh.example"
    await _asked_at_the_desk(desk, post, thief, proof)
    token = post.link("move", thief)
    clock.forward(hours=23)
    for typed, code in ((thief, "link_not_yet"), (EMAIL, "faulty_form")):
        with pytest.raises(BadInput, match=code):
            await move.move(desk, token, typed)
    await enter.deny(desk, post.link("confirm", EMAIL))
    clock.forward(hours=2)
    with pytest.raises(Expired, match="link_expired"):
        await move.move(desk, token, thief)
    assert await person_of(desk) == (await come_in(desk, post))[0].person


async def test_the_owner_ends_it_in_the_privacy_centre(desk: Desk, post: Post, clock: Clock) -> None:
    await _asked_at_the_desk(desk, post, "pencuri@contoh.example")
    who, _ = await come_in(desk, post)
    (waiting,) = (await review(desk, who)).devices
    assert (waiting.label, waiting.known - desk.now()) == ("desk", 24 * HOUR)
    await forget(desk, who, waiting.secret.hex())
    clock.forward(hours=25)
    with pytest.raises(Expired):
        await move.move(desk, post.link("move", "pencuri"), "pencuri@contoh.example")


async def test_what_waits_in_the_name_of_staff_is_nobodys_browser(desk: Desk, post: Post, clock: Clock) -> None:
    """Its row's own bytes open no session as a known device, and SQL that lets it begin earlier is found."""
    await _asked_at_the_desk(desk, post, "pencuri@contoh.example")
    row = await desk.store.read(lambda tx: tx.one("SELECT secret FROM device"))
    assert row is not None
    clock.forward(hours=25)
    for guess in (bytes(row[0]).hex(), bytes(row[0]).decode("latin-1")):  # type: ignore[arg-type]
        assert not (await come_in(desk, post, device=guess))[0].known
    await desk.store.write(lambda tx: tx.run("UPDATE device SET known = made"))
    with pytest.raises(Tampered):
        await move.move(desk, post.link("move", "pencuri"), "pencuri@contoh.example")


async def test_the_desk_asks_only_as_declared_and_not_without_end(desk: Desk, post: Post) -> None:
    """No role, no channel, no address: nothing is mailed; after three addresses a day is over."""
    number = await guest(desk, post)
    clerk = await hired(desk, "privacy_desk")
    for by, email, error in (
        (Behalf(await hired(desk, "dispatcher"), number, "phone"), "a@contoh.example", Refused),
        (Behalf(clerk, number, "whatsapp"), "a@contoh.example", Refused),
        (Behalf(clerk, "HC-0000-0000", "phone"), "a@contoh.example", NotFound),
        (Behalf(clerk, number, "phone"), "bukan alamat", BadInput),
    ):
        with pytest.raises(error):
            await move.ask(desk, by, email)
    assert await count(desk.store, "link WHERE kind = 'move'") == 0
    for n in range(3):
        await move.ask(desk, Behalf(clerk, number, "phone"), f"a{n}@contoh.example")
    with pytest.raises(Refused, match="too_many_today"):
        await move.ask(desk, Behalf(clerk, number, "phone"), "a3@contoh.example")


async def test_the_command_reads_the_value_from_the_input(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No value is an argument that other accounts of the host could read; the address waits, the name does not."""
    number, clerk = await guest(desk, post), await hired(desk, "privacy_desk")

    async def signed_in(_installation: Installation, _slug: str) -> object:
        return clerk

    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    for field, typed, says in (
        ("identity.email", "baru@contoh.example", "a day from now"), ("identity.name", "Ratna W", "done; they are"),
    ):  # fmt: skip
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        args = parser.parse_args(["correct", number, field, "--channel", "counter", "--org", "home-cleaning"])
        place = SimpleNamespace(org=lambda _slug: SimpleNamespace(desk=desk))
        assert await args.work(args, cast("App", SimpleNamespace(signed_in=signed_in)), place) == 0
        assert says in (told := capsys.readouterr().out)
        assert typed not in told
