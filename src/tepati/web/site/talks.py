"""Room web: what a person wrote and we answered, in their privacy centre; and the page of a letter's link.

The link's page shows a number and a form: whoever holds the link can add one message, and reads none.
"""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Expired
from tepati.flows.acts import converse
from tepati.flows.acts.converse import Talk
from tepati.flows.acts.write_back import LONGEST, write_back
from tepati.notice.labels import labels
from tepati.web import addresses, forms, tokens
from tepati.web.errors import fault, told
from tepati.web.forms import one
from tepati.web.site.enter import fresh
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inside import SURFACE, Inside, inside, posted

PROMISE = "cases"


@get(addresses.both("talks"))
async def talks(request: Asked, org: FromPath[str]) -> Page:
    """List what somebody wrote to us. Raises Away."""
    here = await inside(request, org, "talks")
    found = await converse.talks(here.at.org.desk, here.who)
    return await here.at.draw("site/talks.html", here=here, found=found, called=_called(here.at))


@get(addresses.tailed("talk", "number"))
async def talk(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show one of them, its words on a known device. Raises Away, NotFound."""
    return await _talk(await inside(request, org, "talk"), number)


@post(addresses.tailed("talk", "number"), status_code=303)
async def write(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page | Redirect:
    """Take a message. Raises Away, BadInput (forged), NotFound."""
    here, form, _ = await posted(request, org, "talk")
    forms.only(form, ("text",), PROMISE)
    try:
        await write_back(here.at.org.desk, here.who, one(form, "text"), number)
    except (BadInput, Expired) as no:
        return await _talk(here, number, one(form, "text"), _wrong(here.at, no))
    return here.to("talk", number)


@get(addresses.tailed("thread", "link"))
async def linked(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page:
    """Show the form behind a letter's link; nothing changes. Raises NotFound, Expired."""
    return await _linked(visit(request, org, "thread", SURFACE), link)


@post(addresses.tailed("thread", "link"), status_code=303)
async def add(request: Asked, org: FromPath[str], link: FromPath[str]) -> Page | Redirect:
    """Take the one message of a link. Raises BadInput (forged), NotFound, Expired."""
    at = visit(request, org, "thread", SURFACE)
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    tokens.check(at.house.config.key, one(form, "_token"), org, _route(link), at.now)
    forms.only(form, ("text",), PROMISE)
    try:
        done = await write_back(at.org.desk, link, one(form, "text"))
    except BadInput as bad:
        return await _linked(at, link, one(form, "text"), _wrong(at, bad))
    said = {"number": done.number, "reopened": "yes" if done.reopened else "", "due": str(done.due)}
    return Redirect(at.url("wrote", tokens.ticket(at.house.config.key, org, "wrote", said, at.now)), status_code=303)


@get(addresses.tailed("wrote", "ticket"))
async def wrote(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Say what became of it. Raises NotFound, Expired."""
    at = visit(request, org, "wrote", SURFACE)
    said = tokens.open_ticket(at.house.config.key, ticket, org, "wrote", at.now)
    return await at.draw("site/wrote.html", tail=ticket, said=said, due=int(said["due"]))


def _route(link: str) -> str:
    return tokens.bound("thread", link)


def _called(at: Visit) -> object:
    return labels(at.org.notice, at.lang)


def _wrong(at: Visit, no: BadInput | Expired) -> str:
    code = next(iter(no.faults.values()), no.code) if isinstance(no, BadInput) else ""
    return at.spoken(fault(code, at.lang, at.say("talks.text")) if code else told(no, at.lang))


async def _talk(here: Inside, number: str, typed: str = "", wrong: str = "") -> Page:
    found: Talk = await converse.converse(here.at.org.desk, here.who, number)
    return await here.at.draw(
        "site/talk.html", 422 if wrong else 200, tail=number, here=here, found=found, called=_called(here.at),
        typed=typed, wrong=wrong, longest=LONGEST,
    )  # fmt: skip


async def _linked(at: Visit, link: str, typed: str = "", wrong: str = "") -> Page:
    found = await converse.linked(at.org.desk, link)
    return await at.draw(
        "site/thread.html", 422 if wrong else 200, tail=link, found=found, called=_called(at), link=link, typed=typed,
        wrong=wrong, longest=LONGEST, token=fresh(at, _route(link)),
    )  # fmt: skip
