"""Composition root: the demo's people, all through the real flows: form, mail, link, staff, erasure, roll."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import pyotp

from tepati.app.compose import Installation, Org, do_due, now, random, rolled
from tepati.app.daily import daily
from tepati.app.keep import save
from tepati.app.mailboxes import SinkBoxes
from tepati.errors import Misconfigured, Refused
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
PAST = 16 * 24 * HOUR  # how long ago the seeding begins
YEAR = 365 * 24 * HOUR
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


class Guest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invented customer: what they type, what they tick on the form and again behind the link."""

    name: str
    email: str
    phone: str
    address: str
    service: str = "routine"
    slot: str = "s0800"
    wish: str = ""
    language: str = "id"
    ticks: bool = False
    paid: bool = False
    decoy: str = ""
    visit: str = ""  # how far their visit is: planned, given (to a cleaner), done; else it waits for the dispatcher


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An invented member of staff."""

    name: str
    email: str
    phone: str
    roles: tuple[str, ...]


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An example's ``people.toml``."""

    team: tuple[Member, ...]
    guests: tuple[Guest, ...]


def people(path: Path) -> People:
    """Read the people of an example. Raises Misconfigured."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=People)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Misconfigured("people_toml", file=str(path), what=str(fault)) from None


async def fill(installation: Installation, sink: Sink, clock: Clock, progress: Progress) -> tuple[Staff, ...]:
    """Let people in, book, confirm, look, send, withdraw, erase and roll, over the last sixteen days."""
    org = next(iter(installation.orgs.values()))
    cast = people(Path(installation.place.config.orgs[org.slug].notice).with_name("people.toml"))
    steps = len(cast.team) + len(cast.guests) + 4
    boxes = SinkBoxes(sink, org.desk.sender)
    await publish.publish(org.desk, org.loaded.source.decode(), clock())
    team, actors, crew = [], {}, list[bytes]()
    for done, one in enumerate(cast.team):
        progress(done, steps, f"staff: {one.name}")
        member, actor = await _hire(org, one)
        team.append(member)
        actors[one.roles[0]] = actor
        crew += [actor.person] if "cleaner" in one.roles else []
    await papers(org, actors["director"])
    numbers: dict[str, str] = {}
    for done, guest in enumerate(cast.guests, len(cast.team)):
        progress(done, steps, "bookings, letters, confirmations")
        numbers[guest.email] = await _visit(installation, org, sink, clock, guest)
        clock.forward(hours=16)
        await daily(installation, org, boxes)
    await _plan(installation, org, clock, actors["dispatcher"], crew, [(numbers[g.email], g) for g in cast.guests])
    await _work(installation, org, sink, clock, actors, numbers, lambda n, what: progress(steps - n, steps, what))
    await daily(installation, org, boxes)
    await do_due(installation, org)
    progress(steps, steps, "ready")
    return tuple(team)


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


async def _visit(installation: Installation, org: Org, sink: Sink, clock: Clock, guest: Guest) -> str:
    """Book as the guest, take the letter out of the mailbox, and press its button."""
    values = {
        "identity.name": guest.name, "identity.email": guest.email, "identity.phone": guest.phone,
        "identity.age": "18_or_over", "location.address": guest.address, "booking.service": guest.service,
        "booking.date": _day_after(clock() + (0 if guest.visit == "done" else PAST)), "booking.slot": guest.slot,
        "booking.method": "online", "booking.wish": guest.wish,
    }  # fmt: skip
    ticks = frozenset({"offers_by_email"} if guest.ticks else ())
    form = Form(
        "booking", "site", values, ticks, terms=True, language=guest.language, shown=org.desk.digest, once=random(16)
    )
    number = (await collect(org.desk, form)).number
    await do_due(installation, org)
    clock.forward(hours=0.2)
    token = link(sink, guest.email)
    asked = await follow(org.desk, token)
    await agree(org.desk, token, frozenset(asked.questions), guest.language)
    await do_due(installation, org)
    if guest.paid:
        await _pay(org, number)
    if guest.decoy and guest.decoy != decoys.WITHDRAWN:
        await mark(org.desk, number, guest.decoy)
    return number


async def _plan(
    installation: Installation, org: Org, clock: Clock, dispatcher: Actor, crew: list[bytes],
    booked: list[tuple[str, Guest]],
) -> None:  # fmt: skip
    """Plan the visits of those who have one: some are over and closed, some stand before the door of next week."""
    for n, (number, guest) in enumerate(booked):
        if not guest.visit:
            continue
        soon = {"done": _day_after(clock()), "given": _day_after(now() - 24 * HOUR)}
        await schedule(org.desk, dispatcher, number, soon.get(guest.visit, ""), guest.slot)
        if guest.visit != "planned":
            await assign(org.desk, dispatcher, number, crew[n % len(crew)])
    await do_due(installation, org)
    clock.forward(hours=84)
    for number, guest in booked:
        if guest.visit == "done":
            await close(org.desk, dispatcher, number)


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
    await do_due(installation, org)
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


def link(sink: Sink, to: str) -> str:
    """Take the secret out of the newest letter with a link to an address."""
    for mail in sink.messages():
        found = re.search(r"/k/([\w-]{32})", mail.text)
        if found and to in mail.to:
            return found[1]
    raise LookupError("no letter with a link")


def _day_after(at: int) -> str:
    """Name the second day after an instant that is no Sunday, as the date field sends it."""
    day = dt.datetime.fromtimestamp(at / 1_000_000, dt.UTC).date() + dt.timedelta(days=2)
    return (day if day.weekday() != 6 else day + dt.timedelta(days=1)).isoformat()
