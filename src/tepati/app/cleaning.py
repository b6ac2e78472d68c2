"""Composition root: the demo's home cleaning: bookings, visits, payments, a promotion, an erasure and its roll."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from tepati.app import asked
from tepati.app.booked import EMPTY, LAST, free_hour, wanted
from tepati.app.cast import DONE, Guest
from tepati.app.compose import Org, do_due, now, random, rolled
from tepati.app.daily import daily
from tepati.app.keep import save
from tepati.app.seed import DAYS, HOUR, Clock, World, link
from tepati.errors import Refused
from tepati.flows.actor import Actor
from tepati.flows.acts.agree import agree
from tepati.flows.acts.assign import assign
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.close import close
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.decoys import mark
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.follow import follow
from tepati.flows.acts.look import Wish, look
from tepati.flows.acts.post_news import post_news
from tepati.flows.acts.schedule import schedule
from tepati.flows.acts.watch import watch
from tepati.flows.acts.withdraw import withdraw
from tepati.notice.values import Text
from tepati.registers import decoys
from tepati.rules.calendar import at_wall, calendar, local

CROWD = DAYS - LAST - EMPTY - 1  # days in which those come whom we do not know by name
OVER = 84 * HOUR  # after the booking, a visit that was done is closed
EVENING = dt.time(23)
ROUND = 7  # days between two daily rounds of long ago: enough to look back at


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


class Cleaning:
    """The days of an organisation that books visits."""

    def __init__(self, world: World) -> None:
        self.world, self.numbers = world, dict[str, str]()
        crew = [actor.person for actor in world.staff if "cleaner" in actor.roles]
        self.visits = Visits(world.org, world.clock, world.actors["dispatcher"], crew)
        self.crowd = list(world.cast.crowd.guests()) if world.cast.crowd else []

    async def day(self, left: int) -> None:
        """Live one day; on the last one the staff work."""
        if left == 1:
            return await self._last()
        world, n = self.world, DAYS - left
        await _announced(world, left)
        guests = self._guests(n)
        booked = await _booked(world, guests)
        self.numbers |= booked
        for guest in (each for each in guests if each.visit == DONE):
            await self.visits.plan(booked[guest.email], guest)
        await self.visits.end()
        if left == 3:
            await self._due_today()
        if left == 2:  # so that the clock of 3x24 hours ends tomorrow, and not while the demo starts
            await self._asked()
        if n >= CROWD or n % ROUND == 0:
            await daily(world.installation, world.org, world.boxes)
        return None

    def _guests(self, n: int) -> Sequence[Guest]:
        """Spread the crowd over the days before the last ones, and those whom we know by name over these."""
        many, day, days = (self.crowd, n, CROWD) if n < CROWD else (self.world.cast.guests, n - CROWD, LAST)
        return many[len(many) * day // days : len(many) * (day + 1) // days]

    async def _due_today(self) -> None:
        """Have a copy asked for whose clock ends this evening, where the evening is far enough ahead."""
        world, days = self.world, calendar(self.world.org.desk.notice)
        today = world.clock.began + DAYS * 24 * HOUR
        evening = at_wall(local(today, days).date(), EVENING, days)
        if evening - today >= 2 * HOUR:
            world.clock.until(evening - 72 * HOUR)
            number = self.numbers["yohanes@contoh.example"]
            await asked.copy(world.org, world.actors["privacy_desk"], number, "counter")

    async def _asked(self) -> None:
        world = self.world
        await asked.copy(world.org, world.actors["privacy_desk"], self.numbers["maya@contoh.example"], "phone")
        await asked.on_the_site(world.installation, world.org, world.cast, partial(link, world.sink))
        await asked.without_mail(world.org, world.actors["dispatcher"], world.cast)

    async def _last(self) -> None:
        world, numbers = self.world, self.numbers
        await self.visits.stand(world.cast.guests, numbers)
        await _work(world, numbers)
        await asked.assistance(world.org, world.actors["privacy_desk"], numbers["maya@contoh.example"])
        await asked.by_mail(world.installation, world.org, world.actors["privacy_desk"], numbers["made@contoh.example"])
        await daily(world.installation, world.org, world.boxes)
        await do_due(world.installation, world.org)


async def _announced(world: World, left: int) -> None:
    """Have the news of a day put on the site."""
    for deed in (one for one in world.cast.deeds if one.does == "news" and one.days == left):
        title, text = (Text(said["id"], said["en"]) for said in (deed.title, deed.text))
        await post_news(world.org.desk, world.actors[deed.by], title, text)


async def _booked(world: World, guests: Sequence[Guest]) -> dict[str, str]:
    """Have a day pass in which the guests book, take the letters out of their mailboxes, and press the buttons."""
    numbers: dict[str, str] = {}
    org, clock = world.org, world.clock
    for guest in guests:
        numbers[guest.email] = await _book(org, guest, wanted(clock(), guest))
        clock.forward(hours=0.3)
    if guests:
        await do_due(world.installation, org)
    for guest in guests:
        token = link(world.sink, guest.email)
        will = await follow(org.desk, token)
        await agree(org.desk, token, frozenset(will.questions), guest.language)
        if guest.paid:
            await _pay(org, numbers[guest.email])
        if guest.decoy and guest.decoy != decoys.WITHDRAWN:
            await mark(org.desk, numbers[guest.email], guest.decoy)
    await do_due(world.installation, org)
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


async def _pay(org: Org, number: str) -> None:
    """Report the payment as the provider does: reference, way and amount, never a card."""
    values = {
        "payment.reference": f"REF-{random(4).hex()}", "payment.method": "qris", "payment.status": "paid",
        "payment.amount": "185000 IDR",
    }  # fmt: skip
    form = Form("payment_report", "api", values, frozenset(), terms=False, language="id", shown=org.desk.digest,
                once=random(16), sender="payment_provider", about=number)  # fmt: skip
    await collect(org.desk, form)


async def _work(world: World, numbers: dict[str, str]) -> None:
    """Look, and be refused; promote; erase, and roll; look at the decoys from outside."""
    org, clock, actors = world.org, world.clock, world.actors
    fields = frozenset({"identity.name", "identity.phone", "location.address"})
    for email in ("ratna@contoh.example", "sri@contoh.example", "andi@contoh.example"):
        await look(org.desk, actors["dispatcher"], Wish(numbers[email], "orders", fields))
        clock.forward(hours=0.5)
    try:
        await look(org.desk, actors["dispatcher"], Wish(numbers["maya@contoh.example"], "offers", fields))
    except Refused:
        clock.forward(hours=0.1)
    await campaign(org.desk, actors["editor"], "offer")
    await world.post()
    await withdraw(org.desk, link(world.sink, "umpan.tarik@fineclean.example"), "id")
    clock.forward(hours=1)
    await mark(org.desk, numbers["umpan.tarik@fineclean.example"], decoys.WITHDRAWN)
    await save(world.installation, world.installation.place.folder / "demo.backup")
    await request(org.desk, actors["privacy_desk"], Ask(numbers["hendra@contoh.example"], "counter", "in_person"))
    await do_due(world.installation, org)
    clock.forward(hours=6)
    await rolled(org.desk)
    await watch(org.desk, world.boxes)
    await do_due(world.installation, org)
