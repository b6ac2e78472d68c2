"""Decoys live in every organisation: planted by the ordinary flows, watched in a real mailbox, alarmed when touched."""

import dataclasses
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import msgspec
import pytest

from tepati.app.compose import Installation, do_due, opened, random
from tepati.app.daily import daily
from tepati.app.demo import place
from tepati.app.planting import boxes, plant
from tepati.board.board import board
from tepati.errors import Misconfigured
from tepati.flows.acts import publish
from tepati.flows.acts.agreements import agreements
from tepati.flows.acts.bookings import bookings
from tepati.flows.acts.evidence import troubles
from tepati.flows.acts.overview import counts, overview
from tepati.flows.acts.person import person
from tepati.flows.desk import Desk
from tepati.ports.config import DecoyConfig, DecoysConfig
from tepati.ports.mail import Outgoing, compose
from tepati.registers import decoys, observations
from tepati.vault.root import FileRoot
from tests.conftest import Clock
from tests.flows.people import hired, person_of

DAY, HOUR = 24, 3_600_000_000
PEOPLE = {
    kind: DecoyConfig(
        f"Sekar {kind}", f"sekar.{n}@kotak.example", f"0812 777 000{n}", "Jalan Cempaka 3, Depok",
        values={"booking.wish": "Kunci di satpam."},
    )
    for n, kind in enumerate(decoys.KINDS)
}  # fmt: skip


class Delivery:
    """A mail server that puts every letter into one Maildir; ``put`` is a stranger's."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock, self.n = folder / "new", clock, 0
        self.folder.mkdir(parents=True)
        (folder / "cur").mkdir()

    async def send(self, outgoing: Outgoing) -> None:
        self.put(compose(outgoing))

    def put(self, raw: bytes) -> None:
        self.n += 1
        path = self.folder / f"{self.n}.mail"
        path.write_bytes(raw)
        os.utime(path, (self.clock() / 1e6, self.clock() / 1e6))


@asynccontextmanager
async def company(folder: Path, clock: Clock, said: DecoysConfig) -> AsyncIterator[tuple[Installation, Delivery]]:
    """Open an installation as an operator sets one up, its notice published, its relay signed, nobody in it."""
    delivery = Delivery(folder / "box", clock)
    where = place(folder, "127.0.0.1", 8000, "", 1)
    FileRoot(Path(where.config.root), random, create=True)
    orgs = {name: msgspec.structs.replace(org, decoys=said) for name, org in where.config.orgs.items()}
    where = dataclasses.replace(where, config=msgspec.structs.replace(where.config, orgs=orgs), demo=False)
    installation = await opened(where, clock=clock, mail=delivery)
    try:
        org = installation.org("home-cleaning")
        await publish.publish(org.desk, org.loaded.source.decode())
        await agreements(
            org.desk, await hired(org.desk, "director"), "mailer", (clock(), clock() + 9000 * DAY * HOUR), b"x"
        )
        await do_due(installation, org)
        yield installation, delivery
    finally:
        await installation.close()


def said(folder: Path, **more) -> DecoysConfig:
    return DecoysConfig(read=f"maildir:{folder / 'box'}", people=PEOPLE, **more)


async def planted(installation: Installation, clock: Clock) -> None:
    """Let some rounds pass, as a server does."""
    org = installation.org("home-cleaning")
    for _ in range(6):
        await daily(installation, org)
        for _ in range(3):
            await do_due(installation, org)
        clock.forward(seconds=90)


async def states(desk: Desk) -> dict[str, str]:
    made = await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))
    return {row.promise.id: row.state for row in made.rows}


async def test_all_four_kinds_are_planted_and_watched(tmp_path: Path, clock: Clock) -> None:
    """By form, letter and button; the withdrawn one said yes and took it back; the board says kept."""
    async with company(tmp_path, clock, said(tmp_path)) as (installation, _):
        org = installation.org("home-cleaning")
        await planted(installation, clock)
        assert await org.desk.read(lambda sheet: decoys.kinds(sheet.tx, org.slug)) == dict.fromkeys(decoys.KINDS, 1)
        rows = await installation.store.read(lambda tx: tx.all("SELECT state FROM consent_event ORDER BY at"))
        assert [row[0] for row in rows] == ["ConsentRequested", "ConsentGiven", "ConsentWithdrawn"]
        clock.forward(hours=DAY)
        assert "watched" in await daily(installation, org)
        await do_due(installation, org)
        assert (await states(org.desk))["security.decoys"] == "kept"
        assert [one for one in await troubles(org.desk) if one.promise == "security.decoys"] == []
        assert await plant(installation, org, boxes(installation, org)) == 0  # type: ignore[arg-type]
        assert await installation.store.read(lambda tx: tx.one("SELECT count(*) FROM record")) == (4 + 1,)


async def test_mail_to_one_is_an_alert_and_breaks_the_promise(tmp_path: Path, clock: Clock) -> None:
    """Whether a stranger wrote, or a program of the company beside Tepati under the company's own name."""
    async with company(tmp_path, clock, said(tmp_path)) as (installation, delivery):
        org = installation.org("home-cleaning")
        await planted(installation, clock)
        clock.forward(hours=DAY)
        await daily(installation, org)
        foreign = EmailMessage(policy=SMTP)
        foreign["From"], foreign["Subject"] = org.desk.sender, "Promo"
        foreign["To"], foreign["Message-ID"] = "pelanggan@kami.example", "<7@other.example>"
        foreign["Delivered-To"] = PEOPLE["unticked"].email.upper()
        foreign.set_content("Diskon")
        delivery.put(foreign.as_bytes())
        clock.forward(hours=DAY)
        await daily(installation, org)
        await do_due(installation, org)
        assert (await states(org.desk))["security.decoys"] == "broken"
        officer = await hired(org.desk, "privacy_desk")
        alerts = (await overview(org.desk, officer)).alerts
        assert [(one.promise, one.outcome) for one in alerts] == [("security.decoys", observations.BROKEN)]
        assert alerts[0].detail.startswith("unticked")


async def test_a_mail_that_names_nobody_counts_for_each(tmp_path: Path, clock: Clock) -> None:
    """A hidden copy came to one of them, and which one the mail does not say."""
    async with company(tmp_path, clock, said(tmp_path)) as (installation, delivery):
        org = installation.org("home-cleaning")
        read = boxes(installation, org)
        delivery.put(b"From: x@y.example\r\nTo: undisclosed-recipients:;\r\n\r\nhello\r\n")
        assert read is not None
        assert [len(await read.came(one.email)) for one in PEOPLE.values()] == [1, 1, 1, 1]


async def test_their_page_is_an_alert_and_no_list_of_work_leads_there(tmp_path: Path, clock: Clock) -> None:
    """Whoever finds one by their address saw them without a task; a dispatcher's list and counts leave them out."""
    async with company(tmp_path, clock, said(tmp_path)) as (installation, _):
        desk = installation.org("home-cleaning").desk
        await planted(installation, clock)
        dispatcher = await hired(desk, "dispatcher")
        assert (await bookings(desk, dispatcher, "open", 0, 20)).rows == ()
        assert (await counts(desk, dispatcher))["bookings"] == 0
        await person(desk, dispatcher, await person_of(desk, PEOPLE["order_only"].email))
        found = [one for one in await troubles(desk) if one.promise == "security.decoys"]
        assert [(one.outcome, one.detail) for one in found] == [(observations.BROKEN, observations.OPENED)]


async def test_what_the_form_asks_and_nobody_said_is_named(tmp_path: Path, clock: Clock) -> None:
    """The operator reads which fields to write; the round goes on without decoys."""
    people = {"unticked": msgspec.structs.replace(PEOPLE["unticked"], phone="", address="")}
    async with company(tmp_path, clock, DecoysConfig(read=f"maildir:{tmp_path / 'box'}", people=people)) as (made, _):
        org = made.org("home-cleaning")
        with pytest.raises(Misconfigured) as fault:
            await plant(made, org, boxes(made, org))  # type: ignore[arg-type]
        assert fault.value.code == "decoy_values"
        assert "identity.phone" in str(fault.value.values["fields"])
        assert "audited" in await daily(made, org)


async def test_a_mailbox_that_is_gone_ends_no_round(tmp_path: Path, clock: Clock) -> None:
    """The look is written down as not taken."""
    async with company(tmp_path, clock, said(tmp_path)) as (installation, delivery):
        org = installation.org("home-cleaning")
        await planted(installation, clock)
        delivery.folder.rename(tmp_path / "elsewhere")
        clock.forward(hours=DAY)
        assert "audited" in await daily(installation, org)
        newest = (await org.desk.read(lambda s: observations.of(s.tx, org.slug, org.desk.mac, "security.decoys")))[0]
        assert newest.outcome == observations.UNABLE


def test_the_configuration_reads_decoys(tmp_path: Path) -> None:
    """As the operator's guide writes them."""
    from tepati.ports import config

    guide = (Path(__file__).parents[2] / "docs/operating.md").read_text("utf-8")
    block = re.search(r"```toml\n(\[orgs\.shop\.decoys\].*?)```", guide, re.DOTALL)
    assert block is not None
    base = 'database = "x"\nkeys = ["a", "b"]\nroot = "r"\n[orgs.shop]\nnotice = "n"\norigin = "https://x.example"\n'
    (tmp_path / "tepati.toml").write_text(base + block[1], "utf-8")
    said = config.read(tmp_path).config.orgs["shop"].decoys
    assert set(said.people) == set(decoys.KINDS)
