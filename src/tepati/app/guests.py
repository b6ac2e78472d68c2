"""Composition root: invented people for a proof: staff who are let in, guests who book and pay, by the real flows.

Each typed value is a marker: random, and remembered, so that every file can be searched for it.
"""

from dataclasses import dataclass, field

from tepati.app.compose import Installation, Org, do_due, random
from tepati.app.seed import Clock, link, papers
from tepati.flows.actor import Actor
from tepati.flows.acts import staff
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.ports.sink import Sink


@dataclass(slots=True)
class Run:
    """One proof under way: the installation, its mailbox and clock, and every value that was typed."""

    installation: Installation
    org: Org
    sink: Sink
    clock: Clock
    typed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def marker(self, kind: str) -> str:
        """Make a value that stands nowhere else, and remember it."""
        word = "".join(chr(97 + b % 26) for b in random(12))
        value = {
            "email": f"{word}@prove.example", "phone": f"0812{int.from_bytes(random(4), 'big') % 10**8:08d}",
            "wish": f'Wish/{word} é "kunci" & \u4e2d',  # each way of escaping writes this one differently
        }.get(kind, f"{kind.capitalize()} {word}")  # fmt: skip
        self.typed.append(value.removeprefix("0"))
        return value

    def check(self, what: str, *, holds: bool) -> None:
        """Remember what did not hold."""
        if not holds:
            self.faults.append(what)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who booked: what they typed that is needed again."""

    number: str
    name: str
    email: str
    wish: str = ""
    phone: str = ""


async def hire(run: Run, role: str) -> Actor:
    """Let a member of staff in with one role, bound by the undertaking."""
    new = staff.Newcomer(run.marker("name"), run.marker("email"), run.marker("phone"), random(9).hex(), (role,))
    person = (await staff.welcome(run.org.desk, new)).person
    actor = Actor(person, (role,), await staff.undertake(run.org.desk, person))
    if role == "privacy_desk":
        await papers(run.org, actor)
    return actor


async def book(run: Run, email: str = "", *, confirm: bool = True) -> Guest:
    """Book as somebody new, or under an address known; confirm unless told not to."""
    name, email, wish = run.marker("name"), email or run.marker("email"), run.marker("wish")
    phone = run.marker("phone")
    values = {
        "identity.name": name, "identity.email": email, "identity.phone": phone,
        "identity.age": "18_or_over", "location.address": run.marker("address"), "booking.service": "routine",
        "booking.date": "2030-01-02", "booking.slot": "s0800", "booking.method": "cash",
        "booking.wish": wish,
    }  # fmt: skip
    form = Form("booking", "site", values, frozenset(), terms=True, language="id", shown=run.org.desk.digest,
                once=random(16))  # fmt: skip
    number = (await collect(run.org.desk, form)).number
    await do_due(run.installation, run.org)
    if confirm:
        await agree(run.org.desk, link(run.sink, email), frozenset(), "id")
        await do_due(run.installation, run.org)
    return Guest(number, name, email, wish, phone)


async def pay(run: Run, number: str) -> None:
    """Report a payment, as the provider does: from now on another law holds the invoice's facts."""
    values = {
        "payment.reference": run.marker("reference"), "payment.method": "qris", "payment.status": "paid",
        "payment.amount": "180000 IDR",
    }  # fmt: skip
    form = Form("payment_report", "api", values, frozenset(), terms=False, language="id", shown=run.org.desk.digest,
                once=random(16), sender="payment_provider", about=number)  # fmt: skip
    await collect(run.org.desk, form)
