"""Composition root: the demo's people, all through the real flows: form, mail, link, staff, erasure, roll."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec
import pyotp

from tepati.app import asked
from tepati.app.booked import EMPTY, LAST, free_hour, wanted
from tepati.app.cast import DONE, Guest, Member, people
from tepati.app.compose import Installation, Org, do_due, now, random, rolled
from tepati.app.daily import daily
from tepati.app.keep import save
from tepati.app.mailboxes import SinkBoxes
from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.acts import publish, staff
from tepati.flows.acts.agree import agree
from tepati.flows.acts.agreements import agreements
from tepati.flows.acts.assign import assign
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.close import close
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.decoys import mark
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.follow import follow
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.schedule import schedule
from tepati.flows.acts.watch import watch
from tepati.flows.acts.withdraw import withdraw
from tepati.ports.sink import Sink
from tepati.registers import decoys
from tepati.store.port import Row, Tx

HOUR = 3_600_000_000
YEAR = 365 * 24 * HOUR
DAYS = 90  # that the demo looks back
PAST = (DAYS + EMPTY + 1) * 24 * HOUR  # how long ago the seeding begins
OVER = 84 * HOUR  # after the booking, a visit that was done is closed
Progress = Callable[[int, int, str], None]


class Staff(msgspec.Struct, frozen=True):
    """How a member of the demo's staff signs in."""

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

    def __call__(self) -> int:
        return self.at

    def forward(self, hours: float) -> None:
        """Let time pass."""
        self.at += int(hours * HOUR)


async def fill(installation: Installation, sink: Sink, clock: Clock, progress: Progress) -> tuple[Staff, ...]:
    """Let people in, book, confirm, look, send, withdraw, erase and roll, day by day until today."""
    org = next(iter(installation.orgs.values()))
    cast = people(Path(installation.place.config.orgs[org.slug].notice).with_name("people.toml"))
    crowd = list(cast.crowd.guests()) if cast.crowd else []
    steps, boxes = len(cast.team) + len(crowd) + len(cast.guests) + 4, SinkBoxes(sink, org.desk.sender)
    await publish.publish(org.desk, org.loaded.source.decode())
    hired = []
    for done, one in enumerate(cast.team):
        progress(done, steps, f"staff: {one.name}")
        hired.append(await _hire(org, one))
    actors = {member.roles[0]: actor for member, actor in hired}
    await papers(org, actors["director"])
    numbers, done = dict[str, str](), len(hired)
    visits = Visits(org, clock, actors["dispatcher"], [a.person for member, a in hired if "cleaner" in member.roles])
    for n, day in enumerate(_days(crowd, cast.guests)):
        progress(done, steps, "bookings, letters, confirmations, visits")
        done += len(day)
        numbers |= await _day(installation, sink, visits, day)
        if n == DAYS + EMPTY - 2:  # so that the clock of 3x24 hours ends tomorrow, and not while the demo starts
            await asked.by_phone(org, actors["privacy_desk"], numbers["maya@contoh.example"])
            await asked.on_the_site(installation, org, cast, partial(link, sink))
        if n >= DAYS - LAST or n % 3 == 0:  # of long ago, every third daily round is enough to look back at
            await daily(installation, org, boxes)
    await visits.stand(cast.guests, numbers)
    await _work(installation, org, sink, clock, actors, numbers, lambda n, what: progress(steps - n, steps, what))
    await asked.by_mail(installation, org, actors["privacy_desk"], numbers["made@contoh.example"])
    await daily(installation, org, boxes)
    await do_due(installation, org)
    progress(steps, steps, "ready")
    return tuple(member for member, _ in hired)


def _days(crowd: Sequence[Guest], guests: Sequence[Guest]) -> Iterator[Sequence[Guest]]:
    """Spread the crowd over the days before the last twelve, and those whom we know by name over these."""
    for many, days in ((crowd, DAYS - LAST), (guests, LAST), ((), EMPTY)):
        for day in range(days):
            yield many[len(many) * day // days : len(many) * (day + 1) // days]


async def records(installation: Installation) -> int:
    """Count what was submitted so far, in all organisations."""
    total = 0
    for org in installation.orgs.values():
        row = await installation.store.read(partial(_count, org=org.slug))
        total += int(row[0] or 0) if row else 0
    return total


async def _count(tx: Tx, org: str) -> Row | None:
    return await tx.one("SELECT count(*) FROM record WHERE org = $1", org)


async def _hire(org: Org, one: Member) -> tuple[Staff, Actor]:
    password = random(9).hex()
    welcomed = await staff.welcome(org.desk, staff.Newcomer(one.name, one.email, one.phone, password, one.roles))
    await staff.undertake(org.desk, welcomed.person)
    code = pyotp.TOTP(welcomed.factor).at(org.desk.now() // 1_000_000)
    token = await staff.sign_in(org.desk, one.email, password, code)
    hired = Staff(org.slug, one.name, one.email, one.roles, password, welcomed.factor)
    return hired, await staff.signed_in(org.desk, token)


async def papers(org: Org, actor: Actor) -> None:
    """Write down an agreement with each recipient whose notice asks for one: a line of text stands for the paper."""
    at = org.desk.now()
    for name, one in org.desk.notice.recipients.items():
        if one.agreement and one.agreement.required:
            paper = f"Agreement of the demonstration with {one.name or name}".encode()
            await agreements(org.desk, actor, name, (at, at + YEAR), paper)


async def _booked(
    installation: Installation, org: Org, sink: Sink, clock: Clock, guests: Sequence[Guest]
) -> dict[str, str]:
    """Have a day pass in which the guests book, take the letters out of their mailboxes, and press the buttons."""
    numbers: dict[str, str] = {}
    for guest in guests:
        numbers[guest.email] = await _book(org, guest, wanted(clock(), guest))
        clock.forward(hours=0.3)
    if guests:
        await do_due(installation, org)
    for guest in guests:
        token = link(sink, guest.email)
        will = await follow(org.desk, token)
        await agree(org.desk, token, frozenset(will.questions), guest.language)
        if guest.paid:
            await _pay(org, numbers[guest.email])
        if guest.decoy and guest.decoy != decoys.WITHDRAWN:
            await mark(org.desk, numbers[guest.email], guest.decoy)
    await do_due(installation, org)
    return numbers


async def _book(org: Org, guest: Guest, asked: int) -> str:
    """Book as the guest, for an hour that is free; return the number."""
    day, slot = await free_hour(org, asked, guest.slot)
    values = {
        "identity.name": guest.name, "identity.email": guest.email, "identity.phone": guest.phone,
        "identity.age": "18_or_over", "location.address": guest.address, "booking.service": guest.service,
        "booking.date": day, "booking.slot": slot,
        "booking.method": "online", "booking.wish": guest.wish,
    }  # fmt: skip
    ticks = frozenset({"offers_by_email"} if guest.ticks else ())
    form = Form(
        "booking", "site", values, ticks, terms=True, language=guest.language, shown=org.desk.digest, once=random(16),
        holds=True,
    )  # fmt: skip
    return (await collect(org.desk, form)).number


@dataclass(slots=True)
class Visits:
    """The visits of the seeding: who plans them, who goes, and which are to be closed when."""

    org: Org
    clock: Clock
    dispatcher: Actor
    crew: list[bytes]
    given: int = 0
    running: list[tuple[int, str]] = field(default_factory=list)

    async def plan(self, number: str, guest: Guest, day: str = "", slot: str = "") -> None:
        """Plan a visit on a day and hour (as booked where there are none), and give it to the next cleaner."""
        await schedule(self.org.desk, self.dispatcher, number, day, slot)
        if guest.visit != "planned":
            await assign(self.org.desk, self.dispatcher, number, self.crew[self.given % len(self.crew)])
            self.given += 1
        if guest.visit == DONE:
            self.running.append((self.clock() + OVER, number))

    async def stand(self, guests: Sequence[Guest], numbers: dict[str, str]) -> None:
        """Plan the visits that are still to come: some stand before the door of the next days."""
        for guest in (each for each in guests if each.visit and each.visit != DONE):
            soon = await free_hour(self.org, now() - 24 * HOUR, guest.slot) if guest.visit != "planned" else ()
            await self.plan(numbers[guest.email], guest, *soon)

    async def end(self) -> None:
        """Close what is over by now."""
        for due, number in [each for each in self.running if each[0] <= self.clock()]:
            await close(self.org.desk, self.dispatcher, number)
            self.running.remove((due, number))


async def _day(
    installation: Installation, sink: Sink, visits: Visits, guests: Sequence[Guest]
) -> dict[str, str]:  # fmt: skip
    """Let a day pass: who books, whose visit is planned, and whose is over."""
    booked = await _booked(installation, visits.org, sink, visits.clock, guests)
    for guest in (each for each in guests if each.visit == DONE):
        await visits.plan(booked[guest.email], guest)
    visits.clock.forward(hours=24 - 0.3 * len(guests))
    await visits.end()
    return booked


async def _pay(org: Org, number: str) -> None:
    """Report the payment as the provider does: reference, way and amount, never a card."""
    values = {
        "payment.reference": f"REF-{random(4).hex()}", "payment.method": "qris", "payment.status": "paid",
        "payment.amount": "185000 IDR",
    }  # fmt: skip
    form = Form("payment_report", "api", values, frozenset(), terms=False, language="id", shown=org.desk.digest,
                once=random(16), sender="payment_provider", about=number)  # fmt: skip
    await collect(org.desk, form)


async def _work(  # noqa: PLR0913 - what a fortnight at work needs
    installation: Installation, org: Org, sink: Sink, clock: Clock, actors: dict[str, Actor], numbers: dict[str, str],
    say: Callable[[int, str], None],
) -> None:  # fmt: skip
    say(4, "staff at work: looks, and a refusal")
    fields = frozenset({"identity.name", "identity.phone", "location.address"})
    for email in ("ratna@contoh.example", "sri@contoh.example", "andi@contoh.example"):
        await look(org.desk, actors["dispatcher"], Wish(numbers[email], "orders", fields))
        clock.forward(hours=0.5)
    try:
        await look(org.desk, actors["dispatcher"], Wish(numbers["maya@contoh.example"], "offers", fields))
    except Refused:
        clock.forward(hours=0.1)
    say(3, "a promotion to those who agreed")
    await campaign(org.desk, actors["editor"], "offer")
    await _posted(installation, org)
    await withdraw(org.desk, link(sink, "umpan.tarik@fineclean.example"), "id")
    clock.forward(hours=1)
    await mark(org.desk, numbers["umpan.tarik@fineclean.example"], decoys.WITHDRAWN)
    await save(installation, installation.place.folder / "demo.backup")
    say(2, "an erasure, and the roll that reaches backups")
    await request(org.desk, actors["privacy_desk"], Ask(numbers["hendra@contoh.example"], "counter", "in_person"))
    await do_due(installation, org)
    clock.forward(hours=6)
    await rolled(org.desk)
    say(1, "decoys are looked at from outside")
    await watch(org.desk, SinkBoxes(sink, org.desk.sender))
    await do_due(installation, org)


async def _posted(installation: Installation, org: Org) -> None:
    """Do what is due until no letter is left that could leave."""
    while (await do_due(installation, org)).mail.sent:
        pass


def link(sink: Sink, to: str) -> str:
    """Take the secret out of the newest letter with a link to an address."""
    for mail in sink.messages():
        found = re.search(r"/k/([\w-]{32})", mail.text) if to in mail.to else None
        if found:
            return found[1]
    raise LookupError("no letter with a link")
