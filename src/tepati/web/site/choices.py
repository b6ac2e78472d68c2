"""Room web: consents as switches, objections and restrictions as boxes: each holds from the press of the button on."""

from dataclasses import dataclass

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.flows.acts import oppose as opposing
from tepati.flows.acts import restrict as restricting
from tepati.flows.acts.give import give
from tepati.flows.acts.give_by_code import provable
from tepati.flows.acts.review import Event, Reviewed, review
from tepati.flows.acts.withdraw import take_back
from tepati.flows.questions import shown
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms, tokens
from tepati.web.forms import one
from tepati.web.site import coding, released
from tepati.web.site.frame import Asked, Page, Visit
from tepati.web.site.inside import inside, posted
from tepati.web.site.uses import consent

MOST = 40  # events of the history that one page shows


@dataclass(frozen=True, slots=True)
class Switch:
    """One question as shown. ``open`` says whether a yes can be given here."""

    question: str
    name: str
    words: dict[str, str]  # by language
    said: str
    yes: bool
    open: bool
    again: bool = False  # it stands for more now than what was agreed to
    ends: str = ""  # what ends with it, told before it is taken back (``consents.<c>.withdrawn``)


def switches(at: Visit, seen: Reviewed) -> list[Switch]:
    """Say every question that can be answered here, or was once."""
    asked = [name for name in at.org.notice.consents if name in _open(at) or name in seen.current]
    return [_switch(at, seen, name) for name in asked]


def _switch(at: Visit, seen: Reviewed, name: str) -> Switch:
    yes, current = name in seen.consents, seen.current.get(name)
    ends = at.org.notice.consents[name].withdrawn
    said = at.say("consents.never")
    if current:
        key = current.state.removeprefix("Consent").lower()
        said = at.say(f"consents.was_{key}", at=at.instant(current.at))
        if yes and seen.consents[name] < 2**62:
            said += " " + at.say("consents.until", until=at.instant(seen.consents[name]))
    return Switch(
        name, consent(at, name), shown(at.org.notice, name, at.lang), said, yes,
        open=name in _open(at) and seen.joined, again=yes and name in seen.again,
        ends=ends.of(at.lang) if yes and ends else "",
    )  # fmt: skip


def _open(at: Visit) -> tuple[str, ...]:
    """Name the questions to which a yes can be given here: at once, or by a code."""
    return (*at.org.asks, *provable(at.org.desk))


def _event(at: Visit, event: Event) -> tuple[int, str, str]:
    key = event.state.removeprefix("Consent").lower()
    name = consent(at, event.question) if event.question in at.org.notice.consents else event.question
    return event.at, at.say(f"consents.event_{key}"), name


@get(addresses.both("consents"))
async def consents(request: Asked, org: FromPath[str]) -> Page:
    """Show what was agreed to, with switches, and everything said before. Raises Away."""
    return await _consents(request, org, "")


@get([f"{path}/{{ticket:str}}" for path in addresses.both("consents")])
async def withdrawn(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show the same, with what the withdrawal just made erased and kept. Raises Away, NotFound, Expired."""
    return await _consents(request, org, ticket)


async def _consents(request: Asked, org: str, ticket: str) -> Page:
    here = await inside(request, org, "consents")
    at, seen = here.at, await review(here.at.org.desk, here.who)
    told = tokens.open_ticket(at.house.config.key, ticket, org, "withdrawn", at.now) if ticket else {}
    return await at.draw(
        "site/consents.html", here=here, switches=switches(at, seen), told=told,
        history=[_event(at, event) for event in seen.history[:MOST]],
    )  # fmt: skip


@post(addresses.both("consents"), status_code=303)
async def answer(request: Asked, org: FromPath[str]) -> Redirect:
    """Turn one switch. Raises Away, BadInput, NotFound, Refused."""
    here, form, _ = await posted(request, org, "consents")
    forms.only(form, ("question", "yes"), "rights.withdrawal")
    desk, name = here.at.org.desk, one(form, "question")
    if one(form, "yes") and name in provable(desk):
        return await coding.sent_for(request, here, name)
    if one(form, "yes"):
        await give(desk, here.who, name, here.at.lang)
        return here.to("consents")
    done = released.told(here.at, await take_back(desk, here.who, name, here.at.lang))
    ticket = tokens.ticket(here.at.house.config.key, here.at.org.slug, "withdrawn", done, here.at.now)
    return here.to("consents", ticket)


@get(addresses.both("limits"))
async def limits(request: Asked, org: FromPath[str]) -> Page:
    """Show what can be objected to and restricted, and what is. Raises Away."""
    here = await inside(request, org, "limits")
    at, seen = here.at, await review(here.at.org.desk, here.who)
    said = labels(at.org.notice, at.lang)

    def boxes(names: tuple[str, ...], ticked: tuple[str, ...]) -> list[tuple[str, str, bool]]:
        return [(name, speech.capital(said.purpose(name)), name in ticked) for name in names]

    return await at.draw(
        "site/limits.html", here=here, whole=restricting.ALL in seen.restricted,
        opposable=boxes(opposing.opposable(at.org.desk), seen.objected),
        restrictable=boxes(restricting.restrictable(at.org.desk), seen.restricted),
    )  # fmt: skip


@post(addresses.both("limits"), status_code=303)
async def limit(request: Asked, org: FromPath[str]) -> Redirect:
    """Take objections or restrictions as they are ticked now. Raises Away, BadInput, Refused."""
    here, form, _ = await posted(request, org, "limits")
    what = one(form, "what")
    forms.only(form, ("what", *(f"for.{name}" for name in (*here.at.org.notice.purposes, restricting.ALL))), "rights")
    purposes = {name.removeprefix("for.") for name in form if name.startswith("for.")}
    desk = here.at.org.desk
    done = await (opposing.oppose if what == "object" else restricting.restrict)(desk, here.who, purposes)
    return here.to("requests", done.number) if done else here.to("limits")
