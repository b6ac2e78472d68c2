"""Room web: what is held of a person, with its end; who used it; a use that they do not recognise."""

from collections.abc import Callable
from dataclasses import dataclass

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import NotFound
from tepati.flows.acts.dispute import dispute as disputed
from tepati.flows.acts.show import show
from tepati.flows.acts.trace import trace
from tepati.flows.ends import Kept
from tepati.flows.mine import Values
from tepati.flows.opening import band_in_words
from tepati.notice import speech
from tepati.notice.labels import Labels, labels
from tepati.rules.aims import type_of
from tepati.web import addresses, forms
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page, Visit
from tepati.web.site.inside import inside, posted
from tepati.web.site.uses import entries


@dataclass(frozen=True, slots=True)
class Held:
    """One category as shown: its name, what it holds, what for, until when and why."""

    name: str
    fields: str
    purposes: str
    until: int
    until_said: str
    because: str
    held: str
    specific: str
    values: list[tuple[str, list[str]]]


def held(at: Visit, kept: list[Kept], values: Values, lawful: Values | None = None) -> list[Held]:
    """Say categories, each with its values where they were opened; ``lawful``: of what only law keeps."""
    said = labels(at.org.notice, at.lang)
    return [_held(at, said, one, (lawful or {}) if one.lawful else values) for one in kept]


def _held(at: Visit, said: Labels, one: Kept, values: Values) -> Held:
    mine = [(path, values[path]) for path in sorted(one.fields, key=_place(at)) if path in values]
    law = ""
    if one.held:
        until = speech.day(one.held.until, at.tz, at.lang)
        law = at.say("mine.law", fields=speech.capital(said.fields(one.held.fields)), until=until,
                     rule=said.rule(one.held.rule), by=said.word(one.held.by))  # fmt: skip
    kind = at.org.notice.data[one.category].class_
    return Held(
        name=speech.capital(said.category(one.category)), fields=speech.capital(said.fields(one.fields)),
        purposes=speech.capital(said.purposes(one.purposes)), until=one.until,
        until_said=speech.day(one.until, at.tz, at.lang), because=_because(at, said, one), held=law,
        specific=_special(said, kind) if one.specific else "",
        values=[(speech.capital(said.field(path)), [_shown(at, path, each) for each in shown]) for path, shown in mine],
    )  # fmt: skip


def _special(said: Labels, kind: str) -> str:
    """Say that data is specific: by its class, or guarded like it, for the notice or a child's age makes it so."""
    return said.klass(kind) if kind.startswith("specific") else said.say("doc.guarded")


def _shown(at: Visit, path: str, value: str) -> str:
    """Say an age band in its sentence; what else there is comes in words."""
    return band_in_words(value, at.say) if type_of(at.org.notice.data, path) == "age_band" else value


def _place(at: Visit) -> Callable[[str], int]:
    order = [f"{c}.{f}" for c, held in at.org.notice.data.items() for f in held.fields]
    return {path: n for n, path in enumerate(order)}.__getitem__


def _because(at: Visit, said: Labels, one: Kept) -> str:
    """Say what the end counts from; of what waits, that the date is the latest there can be."""
    if one.unproven:
        return at.say("mine.unproven_end")
    if one.lawful:
        return at.say("mine.lawful")
    event = said.event(at.org.notice.retention[one.category].from_.event)
    values = {"length": said.duration(one.length), "event": event}
    return at.say("mine.waits" if one.waits else "mine.since", **values)


@get(addresses.both("mine"))
async def mine(request: Asked, org: FromPath[str]) -> Page:
    """Show everything held: values on a known device, else kinds and ends. Raises Away."""
    here = await inside(request, org, "mine")
    found = await show(here.at.org.desk, here.who, here.at.lang)
    others = [held(here.at, kept, values) for kept, values in found.unproven]
    return await here.at.draw(
        "site/mine.html", here=here, held=held(here.at, found.kept, found.values, found.lawful), others=others,
        trail_ends=speech.day(found.trail_ends, here.at.tz, here.at.lang), uses=speech.number(found.uses, here.at.lang),
    )  # fmt: skip


@get(addresses.both("trail"))
async def trail(request: Asked, org: FromPath[str]) -> Page:
    """Show who used it: the newest page. Raises Away."""
    return await _trail(request, org, "1")


@get([f"{path}/{{number:str}}" for path in addresses.both("trail")])
async def older(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show an older page of who used it. Raises Away, NotFound (no such page)."""
    return await _trail(request, org, number)


async def _trail(request: Asked, org: str, number: str) -> Page:
    here = await inside(request, org, "trail")
    if not (number.isascii() and number.isdecimal() and len(number) < 7):
        raise NotFound("page")
    found = await trace(here.at.org.desk, here.who, int(number))
    return await here.at.draw(
        "site/trail.html", here=here, found=found, entries=entries(here.at, found.traces),
        total=speech.number(found.total, here.at.lang),
    )  # fmt: skip


@post(addresses.both("dispute"), status_code=303)
async def dispute(request: Asked, org: FromPath[str]) -> Redirect:
    """Open a dispute of one line. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "dispute")
    forms.only(form, ("line",), "rights.access")
    done = await disputed(here.at.org.desk, here.who, one(form, "line"))
    return here.to("requests", done.number)
