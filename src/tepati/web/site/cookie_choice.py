"""Room web: the choice of cookies: a banner on every page until it is made, and a page of its own where it is undone.

The forms carry no token: a token that stands on every page to everybody would keep nobody out. Another site's forms are
sent away by the edge, and the session of a privacy centre does not come along with them (SameSite).
"""

import re
from collections.abc import Mapping
from typing import cast

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.visitors import Visitor
from tepati.notice.labels import labels
from tepati.web import addresses, choice, cookies, forms, tokens
from tepati.web.choice import Choice
from tepati.web.cookies import Key
from tepati.web.forms import Form, one
from tepati.web.house import Away
from tepati.web.site.frame import Asked, Page, Visit, visit
from tepati.web.site.inside import inside

BACK = re.compile(r"/[a-z0-9-]+(?:/[A-Za-z0-9_~=-]+)*/?")  # no dot: nothing climbs
PRESSES = ("refuse", "set", "accept", "save")
SHADES, SIZES = ("system", "light", "dark"), ("usual", "large")
PROBE = "crawl"  # the ticket with which the installation looks at itself, and is not counted
FIELDS = ("press", "back", "language", "shade", "size", "probe")


@get(addresses.both("cookies"))
async def choices(request: Asked, org: FromPath[str]) -> Page:
    """Show every cookie, what it is for and how long it lives, and ask about each optional one."""
    at = visit(request, org, "cookies")
    return await _show(at, request, {})


@post(addresses.both("cookies"), status_code=303)
async def choose(request: Asked, org: FromPath[str]) -> Redirect | Page:
    """Take a choice, from the banner or from the page. Raises BadInput, Refused (an undeclared name)."""
    at = visit(request, org, "cookies")
    form = forms.parse(await request.body(), request.headers.get("content-type", ""))
    names = choice.optional(at.org.notice)
    forms.only(form, (*FIELDS, *(f"keep.{name}" for name in names)), "cookies.choice")
    press = one(form, "press")
    if press not in PRESSES:
        raise BadInput("form_shape")
    if press == "set":
        return Redirect(at.url("cookies"), status_code=303)
    if press == "save" and any(one(form, f"keep.{name}") not in ("yes", "no") for name in names):
        return await _show(at, request, form, status=422)
    kept = {name: press == "accept" or (press == "save" and one(form, f"keep.{name}") == "yes") for name in names}
    return await _take(at, request, choice.chosen(at.org.notice, kept, at.now), form)


async def _take(at: Visit, request: Asked, said: Choice, form: Form) -> Redirect:
    """Write the choice down, then let the browser keep what was said yes to, and forget the rest."""
    org = at.org.slug
    if not _probe(at, one(form, "probe")):
        who = await _who(request, org)
        await at.org.choose(said.answer, {**dict.fromkeys(said.yes, True), **dict.fromkeys(said.no, False)}, who)
    answer = Redirect(_back(at, one(form, "back")), status_code=303)
    cookies.keep(answer, request, org, "choice", said.written)
    for name, value in _values(at, form).items():
        if name in said.yes and value:
            cookies.keep(answer, request, org, name, value, said)
        elif name not in said.yes and cookies.read(request, org, name):
            cookies.drop(answer, request, org, name)
    return answer


def _values(at: Visit, form: Form) -> Mapping[Key, str]:
    """Give what each preference cookie would say: the language asked for, or the one being read; how pages look."""
    language, shade, size = one(form, "language"), one(form, "shade"), one(form, "size")
    look = [word for word in (shade, size) if word in cookies.LOOKS]
    display = ".".join(look) or ("system" if shade in SHADES else "")
    return {"language": language if language in addresses.LANGUAGES else at.lang, "display": display}


def _back(at: Visit, path: str) -> str:
    """Lead back to the page of this organisation on which the banner stood, and to no other site."""
    within = BACK.fullmatch(path) and path.split("/")[1] == at.org.slug
    return path if within else at.url("cookies")


def _probe(at: Visit, ticket: str) -> bool:
    """Say whether the installation itself is looking."""
    try:
        return bool(ticket and tokens.open_ticket(at.house.config.key, ticket, at.org.slug, PROBE, at.now, 1))
    except NotFound:
        return False


async def _who(request: Asked, org: str) -> Visitor | None:
    """Return whoever is in their privacy centre."""
    if not cookies.read(request, org, "session"):
        return None
    try:
        return (await inside(request, org, "centre")).who
    except Away:
        return None


async def _show(at: Visit, request: Asked, form: Form, status: int = 200) -> Page:
    org, called = at.org.slug, labels(at.org.notice, at.lang)
    names = choice.optional(at.org.notice)
    made = at.choice
    said = {name: one(form, f"keep.{name}") or ("yes" if name in made.yes else "no" if name in made.no else "")
            for name in names}  # fmt: skip
    look = cookies.look(request, org).split()
    return await at.draw(
        "site/choices.html",
        status,
        made=made,
        rows=[
            (
                cookies.name_of(request, org, cast("Key", name)),
                cookie,
                called.cookie(name),
                called.say(f"cookie.{cookie.class_}"),
            )
            for name, cookie in at.org.notice.cookies.set.items()
        ],
        said_session=called.say("cookie.session"),
        ask=[(name, called.cookie(name), said[name], form and not said[name]) for name in names],
        wrong=status == 422,
        loses=at.org.notice.cookies.refused.loses,
        shade=next((word for word in look if word in SHADES), "system"),
        size="large" if "large" in look else "usual",
        language=cookies.read(request, org, "language") or at.lang,
    )
