"""Room web: what staff type to write a request down for somebody, kind by kind, and which act takes it."""

from dataclasses import dataclass
from typing import Any, Literal

from tepati.errors import BadInput, NotFound
from tepati.flows.acts.assist import AGREED, assist, needed
from tepati.flows.acts.correct import correct
from tepati.flows.acts.erase import Ask
from tepati.flows.acts.erase import request as erase
from tepati.flows.acts.move import ask as move
from tepati.flows.acts.oppose import opposable, oppose
from tepati.flows.acts.receive import SERVED, receive
from tepati.flows.acts.restrict import ALL, restrict, restrictable
from tepati.flows.acts.withdraw import take_back
from tepati.flows.rewriting import correctable
from tepati.flows.rights import ASSISTANCE, Behalf
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web.console.frame import Seat
from tepati.web.forms import Form, one

ALWAYS = ("kind", "number", "channel", "proof")
NEED = ("words", "helper", "agreed")
AT_ONCE = ("erasure", "withdrawal", "objection", "restriction", "correction")


@dataclass(frozen=True, slots=True)
class Taken:
    """A request written down: its number, and the capability of its certificate where no letter brings that."""

    number: str
    capability: str = ""


def kinds(here: Seat) -> list[str]:
    """List the rights of the notice that can be asked for by a way at which staff sit."""
    rights = here.at.org.notice.rights
    return [k for k in (*AT_ONCE, *SERVED, ASSISTANCE) if k in rights and channels(here, k)]


def channels(here: Seat, kind: str) -> list[str]:
    """List the declared channels of a right but the site: there people ask themselves."""
    said = {**here.at.org.notice.rights}.get(kind)  # type: ignore[call-overload]
    return [channel for channel in said.channels if channel != "site"] if said else []


def fields(here: Seat, kind: str) -> tuple[str, ...]:
    """Name the fields that a kind's form has."""
    more = NEED if kind == ASSISTANCE else ()
    return (*ALWAYS, *more, *shown(here, kind)["options"]) if kind in kinds(here) else ALWAYS


def shown(here: Seat, kind: str) -> dict[str, Any]:
    """Say what a kind's form offers: channels, and what of (option name to words; typed ones under ``value``)."""
    called, notice = labels(here.at.org.notice, here.at.lang), here.at.org.notice
    options: dict[str, str] = {}
    if kind == "withdrawal":
        options = {f"of.{q}": called.consent(q) for q in notice.consents}
    elif kind == "objection":
        options = {f"of.{name}": called.purpose(name) for name in opposable(here.desk)}
    elif kind == "restriction":
        options = {f"of.{ALL}": here.at.say("queue.everything")}
        options |= {f"of.{name}": called.purpose(name) for name in restrictable(here.desk)}
    elif kind == "correction":
        asked, can = [f"{c}.{f}" for c, held in notice.data.items() for f in held.fields], correctable(here.desk)
        options = {f"of.{path}": called.field(path) for path in asked if path in can}
        options[f"of.{here.desk.address}"] = called.field(here.desk.address)
    elif kind == ASSISTANCE:
        options = {f"of.{way}": called.each("way", [way]) for way in here.at.org.notice.rights[ASSISTANCE].ways}
    return {
        "options": {name: speech.capital(said) for name, said in options.items()},
        "channels": {c: speech.capital(called.channels([c])) for c in channels(here, kind)},
        "typed_in": kind == "correction",
        "need": AGREED if kind == ASSISTANCE else (),
    }


async def take(here: Seat, form: Form) -> Taken:
    """Write the request down. Raises BadInput, NotFound, Refused."""
    kind, number = one(form, "kind"), one(form, "number").strip().upper()
    proof: Literal["in_person", "link"] = "in_person" if one(form, "proof") == "in_person" else "link"
    by = Behalf(here.actor, number, one(form, "channel"), proof)
    of = {name.removeprefix("of."): one(form, name) for name in form if name.startswith("of.") and one(form, name)}
    if kind == "erasure":
        opened = await erase(here.desk, here.actor, Ask(number, by.channel, proof))
        return Taken(opened.number, opened.capability if opened.paper else "")
    if kind in SERVED:
        return Taken((await receive(here.desk, here.actor, number, kind, by.channel, proof)).number)
    if kind == ASSISTANCE:
        need = needed(here.desk, tuple(of), *(one(form, name) for name in NEED))
        return Taken((await assist(here.desk, by, need)).number)
    return Taken(await _at_once(here, kind, by, of))


async def _at_once(here: Seat, kind: str, by: Behalf, of: dict[str, str]) -> str:
    """Do what can be done in one act; its number is the receipt. Nothing chosen, or nothing changed, is no request."""
    if not of:
        raise BadInput("faulty_form", {"of": "missing"})
    if kind == "withdrawal":
        if len(of) != 1:
            raise BadInput("faulty_form", {"of": "one_at_a_time"})
        return (await take_back(here.desk, by, next(iter(of)))).answer.number
    if kind == "correction":
        return await _corrected(here, by, of)
    acts = {"objection": oppose, "restriction": restrict}
    if kind not in acts:
        raise NotFound("page")
    done = await acts[kind](here.desk, by, frozenset(of))
    if done is None:
        raise BadInput("nothing_changed")
    return done.number


async def _corrected(here: Seat, by: Behalf, of: dict[str, str]) -> str:
    """Correct at once, but for the address: it waits for its own mailbox, and is asked for alone."""
    address = here.desk.address
    if address not in of:
        return (await correct(here.desk, by, of)).number
    if len(of) != 1:
        raise BadInput("faulty_form", {"of": "address_alone"})
    return (await move(here.desk, by, of[address])).number
