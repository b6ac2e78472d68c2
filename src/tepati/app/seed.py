"""Composition root: the demo's past, all through the real flows: each organisation lives its days until today."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
import pyotp

from tepati.app.cast import Member, People, people
from tepati.app.coming import proposed
from tepati.app.compose import Installation, Org, do_due, random
from tepati.app.mailboxes import SinkBoxes
from tepati.flows.actor import Actor
from tepati.flows.acts import publish, staff
from tepati.flows.acts.agreements import agreements
from tepati.ports.mail import Outgoing
from tepati.ports.sink import Sink
from tepati.store.port import Row, Tx

HOUR = 3_600_000_000
YEAR = 365 * 24 * HOUR
DAYS = 95  # ago the demo begins
PAST = DAYS * 24 * HOUR
STEADY = frozenset({"dispatcher", "privacy_desk", "editor", "director"})  # who always has something to do
Progress = Callable[[int, int, str], None]


class Staff(msgspec.Struct, frozen=True):
    """How a member of the demo's staff signs in; or, without roles, a customer who guards their account."""

    org: str
    name: str
    email: str
    roles: tuple[str, ...]
    password: str
    factor: str


@dataclass(slots=True)
class Clock:
    """The instant the seeding pretends it is; it only moves forward."""

    at: int
    began: int = 0

    def __post_init__(self) -> None:
        self.began = self.at

    def __call__(self) -> int:
        return self.at

    def forward(self, hours: float) -> None:
        """Let time pass."""
        self.at += int(hours * HOUR)

    def until(self, at: int) -> None:
        """Let time pass until an instant, if it is still ahead."""
        self.at = max(self.at, at)

    def reach(self, left: int, hours: float) -> None:
        """Let time pass until some hours of the day that is ``left`` days ago."""
        self.until(self.began + (DAYS - left) * 24 * HOUR + int(hours * HOUR))


@dataclass(frozen=True, slots=True)
class Straight:
    """Puts letters straight into the demo's mailbox: while it is seeded nobody else could send, or read on the way."""

    sink: Sink

    async def send(self, outgoing: Outgoing) -> None:
        """Take one letter, in the bytes that a mail server would get."""
        self.sink.take(outgoing)


@dataclass(frozen=True, slots=True)
class World:
    """One organisation of the seeding: who works there, and who comes."""

    installation: Installation
    org: Org
    sink: Sink
    clock: Clock
    cast: People
    staff: tuple[Actor, ...]
    guarded: list[Staff] = field(default_factory=list)  # customers, as they come to be

    @property
    def actors(self) -> Mapping[str, Actor]:
        """The members of staff, by the first of their roles."""
        return {actor.roles[0]: actor for actor in self.staff}

    @property
    def boxes(self) -> SinkBoxes:
        """The decoys' mailboxes."""
        return SinkBoxes(self.sink, self.org.desk.sender)

    async def post(self) -> None:
        """Do what is due until no letter is left that could leave."""
        while (await do_due(self.installation, self.org)).mail.sent:
            pass


class Life(Protocol):
    """What an organisation does from day to day."""

    world: World

    async def day(self, left: int) -> None:
        """Live one day; ``left`` says how many days ago it is."""


async def fill(
    installation: Installation, sink: Sink, clock: Clock, progress: Progress, life: Callable[[World], Life]
) -> tuple[Staff, ...]:
    """Let staff in, and live day by day until today; each organisation as its examples say.

    Returns how staff sign in, and the customers who guard their account.
    """
    hired: list[Staff] = []
    lives = []
    for org in installation.orgs.values():
        progress(0, DAYS, f"{org.desk.notice.organisation.name}: notice, staff")
        world, staff_ = await _begin(installation, org, sink, clock)
        hired += staff_
        lives.append(life(world))
    for left in range(DAYS, 0, -1):
        progress(DAYS - left, DAYS, "forms, letters, confirmations, staff at work")
        for each in lives:
            await each.day(left)
        if left > 1:
            clock.reach(left - 1, 0)
    for each in lives:
        world = each.world
        await proposed(world.org, _file(installation, world.org), world.actors["director"])
    progress(DAYS, DAYS, "ready")
    everybody = hired + [one for each in lives for one in each.world.guarded]
    return tuple(sorted(everybody, key=lambda one: list(installation.orgs).index(one.org)))


async def _begin(installation: Installation, org: Org, sink: Sink, clock: Clock) -> tuple[World, list[Staff]]:
    """Publish the notice, let the staff in, write the agreements down."""
    cast = people(_file(installation, org).with_name("people.toml"))
    await publish.publish(org.desk, org.loaded.source.decode())
    busy = STEADY | {deed.by for deed in cast.deeds}
    hired = [await _hire(org, one, enters=not busy.isdisjoint(one.roles)) for one in cast.team]
    world = World(installation, org, sink, clock, cast, tuple(actor for _, actor in hired))
    await papers(org, world.actors["director"])
    return world, [member for member, _ in hired]


def _file(installation: Installation, org: Org) -> Path:
    return Path(installation.place.config.orgs[org.slug].notice)


async def records(installation: Installation) -> int:
    """Count what was submitted so far, in all organisations."""
    total = 0
    for org in installation.orgs.values():
        row = await installation.store.read(partial(_count, org=org.slug))
        total += int(row[0] or 0) if row else 0
    return total


async def _count(tx: Tx, org: str) -> Row | None:
    return await tx.one("SELECT count(*) FROM record WHERE org = $1", org)


async def _hire(org: Org, one: Member, *, enters: bool) -> tuple[Staff, Actor]:
    """Let a member of staff in, who signs the undertaking; who has something to do signs in as well."""
    password = random(9).hex()
    welcomed = await staff.welcome(org.desk, staff.Newcomer(one.name, one.email, one.phone, password, one.roles))
    until = await staff.undertake(org.desk, welcomed.person)
    hired = Staff(org.slug, one.name, one.email, one.roles, password, welcomed.factor)
    if not enters:
        return hired, Actor(welcomed.person, one.roles, until)
    code = pyotp.TOTP(welcomed.factor).at(org.desk.now() // 1_000_000)
    token = await staff.sign_in(org.desk, one.email, password, code)
    return hired, await staff.signed_in(org.desk, token)


async def papers(org: Org, actor: Actor) -> None:
    """Write down an agreement with each recipient whose notice asks for one: a line of text stands for the paper."""
    at = org.desk.now()
    for name, one in org.desk.notice.recipients.items():
        if one.agreement and one.agreement.required:
            paper = f"Agreement of the demonstration with {one.name or name}".encode()
            await agreements(org.desk, actor, name, (at, at + YEAR), paper)


def link(sink: Sink, to: str) -> str:
    """Take the secret out of the newest letter with a link to an address."""
    for mail in sink.messages():
        found = re.search(r"/k/([\w-]{32})", mail.text) if to in mail.to else None
        if found:
            return found[1]
    raise LookupError("no letter with a link")
