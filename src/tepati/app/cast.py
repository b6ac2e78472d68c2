"""Composition root: the invented people of an example: its ``people.toml``, and a crowd made from lists of names."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from tepati.errors import Misconfigured

DONE = "done"


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
    roles: tuple[str, ...]
    phone: str = ""  # where the notice declares it


class Crowd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lists from which ``count`` more guests are made, always the same ones."""

    count: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    streets: tuple[str, ...]
    places: tuple[str, ...]
    services: tuple[str, ...]
    slots: tuple[str, ...]

    def guests(self) -> Iterator[Guest]:
        """Make the crowd: a third ticks the box, half has paid, one in twelve reads English."""
        for n in range(self.count):
            first, last = _turn(self.first, n), _turn(self.last, n * 7 + n // len(self.first))
            street, place = _turn(self.streets, n * 3), _turn(self.places, n)
            yield Guest(
                name=f"{first} {last}", email=f"{first}.{last}{n}@surat.example".lower().replace(" ", "."),
                phone=f"0813 5551 {n:04d}", address=f"{street} {n % 90 + 1}, {place}",
                service=_turn(self.services, n * 5), slot=_turn(self.slots, n), language="en" if n % 12 == 5 else "id",
                ticks=n % 3 == 0, paid=n % 2 == 0, visit=DONE if n % 14 else "",
            )  # fmt: skip


def _turn(words: tuple[str, ...], n: int) -> str:
    return words[n % len(words)]


class Asks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody writes in the contact form, or says on the telephone: ``kind`` is an option of the notice."""

    name: str
    kind: str
    text: str
    email: str = ""
    phone: str = ""


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who comes by the forms of a site, ``days`` before today: what they are called, what they send in turn.

    ``says`` is what they type of their own, by field; ``yes`` are the questions they answer with yes.
    """

    name: str
    email: str
    days: int
    sends: tuple[str, ...]  # points
    phone: str = "0812 5550 0100"
    address: str = "Jalan Contoh 1, Jakarta"
    born: str = "1990-05-17"
    language: str = "id"
    says: dict[str, str] = {}
    yes: tuple[str, ...] = ()
    guardian: str = ""  # the address that somebody under age gives as their guardian's
    answer: Literal["", "no", "yes", "link"] = ""  # what the guardian says; link: yes, and staff have not called yet
    decoy: str = ""
    guarded: bool = False  # they enrol an authenticator and choose a password


class Deed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens ``days`` before today: ``by`` is the role that does it, ``of`` the address of whom it is about.

    look: ``fields`` are opened for ``about``; erase; ask: for the right ``about``; withdraw: the question ``about``;
    send: the message ``about``, to all who agreed; news: ``title`` and ``text``; upload: ``rows`` at point ``about``
    (``by`` staff, or by themselves);
    happens: the moment ``about`` of what they sent;
    proof: a picture at point ``about``, whose outcome ``says``; till: what is typed at point ``about`` ``says``;
    answer: what ``of`` wrote, with ``words``, and ``closes`` it or not; write: ``of`` writes ``words`` in that case;
    read: the feedback, with ``reason``; suspect: a case about ``of``, with ``reason`` and the ``fields`` it opens;
    investigate: what it opens is looked at, and ``closes`` it or not.
    """

    days: int
    does: Literal[
        "look", "erase", "ask", "withdraw", "send", "news", "answer", "write", "read", "suspect", "investigate",
        "upload", "happens", "proof", "till",
    ]  # fmt: skip
    by: str = ""
    of: str = ""
    about: str = ""
    hour: float = 0  # of that day, at the earliest
    fields: tuple[str, ...] = ()
    reason: str = ""
    channel: str = "email"
    refused: bool = False  # the door says no, and that is to be seen
    words: str = ""
    closes: bool = False
    title: dict[str, str] = {}
    text: dict[str, str] = {}
    rows: tuple[tuple[str, ...], ...] = ()  # of a table, its headings first
    says: dict[str, str] = {}  # by field


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An example's ``people.toml``: the team, and who comes: guests who book visits and the crowd before them, or
    persons who send forms, with what is done then. ``types`` are values to type in turn, by field.
    """

    team: tuple[Member, ...]
    guests: tuple[Guest, ...] = ()
    crowd: Crowd | None = None
    asks: tuple[Asks, ...] = ()
    persons: tuple[Person, ...] = ()
    types: dict[str, tuple[str, ...]] = {}
    deeds: tuple[Deed, ...] = ()


def people(path: Path) -> People:
    """Read the people of an example. Raises Misconfigured."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=People)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Misconfigured("people_toml", file=str(path), what=str(fault)) from None
