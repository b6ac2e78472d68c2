"""Room web: proofs that wait to be checked; one is opened for its task, closed with an outcome. A look is a line."""

import base64
from collections.abc import Mapping

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput
from tepati.flows.acts.check import check
from tepati.flows.acts.checks import checks as waiting
from tepati.flows.acts.checks import one as known
from tepati.flows.acts.look import Seen, Wish, look
from tepati.flows.checking import PICTURE
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.rules import pictures
from tepati.rules.aims import type_of
from tepati.web import addresses, forms
from tepati.web.console.complaints import MEDIA, SHOWN
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

PROMISE = "cases"


@get(addresses.both("checks"))
async def checks(request: Asked, org: FromPath[str]) -> Page:
    """List what waits, the next due first. Raises Away, NotFound, Refused."""
    here = await seat(request, org, "checks")
    how, found = await waiting(here.desk, here.actor)
    kind = labels(here.at.org.notice, here.at.lang).case(how.kind)
    return await here.draw("checks.html", waiting=found, kind=kind)


@get(addresses.tailed("check", "number"))
async def shut(request: Asked, org: FromPath[str], number: FromPath[str]) -> Page:
    """Show one case, closed up. Raises Away, NotFound, Refused."""
    return await _page(await seat(request, org, "check"), number)


@post(addresses.both("check_open"))
async def reveal(request: Asked, org: FromPath[str]) -> Page:
    """Open what the check needs: one look, one line; the picture lies in this answer alone.

    Raises Away, BadInput, NotFound, Refused.
    """
    here, form, _ = await posted(request, org, "check_open")
    forms.only(form, ("number",), PROMISE)
    number = one(form, "number")
    how, _ = await known(here.desk, here.actor, number)
    return await _page(here, number, await look(here.desk, here.actor, Wish(number, how.purpose, how.sees)))


@post(addresses.both("check"), status_code=303)
async def close(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Say the outcome, and close the case. Raises Away, BadInput (forged), NotFound, Refused."""
    here, form, once = await posted(request, org, "check")
    number = one(form, "number")
    how, _ = await known(here.desk, here.actor, number)
    forms.only(form, ("number", *how.choices), PROMISE)
    try:
        await check(here.desk, here.actor, number, {path: one(form, path) for path in how.choices}, once)
    except BadInput as bad:
        return await _page(here, number, wrong=told(bad, here.at.lang), chosen={p: one(form, p) for p in how.choices})
    return here.to("checks")


async def _page(
    here: Seat, number: str, seen: Seen | None = None, wrong: str = "", chosen: Mapping[str, str] | None = None
) -> Page:
    how, found = await known(here.desk, here.actor, number)
    notice, lang = here.at.org.notice, here.at.lang
    called, values, picture = labels(notice, lang), dict[str, str](), ""
    for path in (f"{category}.{name}" for category, held in notice.data.items() for name in held.fields):
        value, kind = (seen.values if seen else {}).get(path, ""), type_of(notice.data, path)
        if value and kind == PICTURE:
            picture = f"data:{MEDIA[pictures.kind(base64.b64decode(value))]};base64,{value}"
        elif value:
            values[speech.capital(called.field(path))] = speech.written(value, kind, here.at.tz, lang)
    declared = dict(here.desk.policy.collects[how.entry])
    choices = [
        (path, called.field(path), {k: speech.capital(v.of(lang)) for k, v in declared[path].options.items()})
        for path in how.choices
    ]  # fmt: skip
    life = notice.retention[next(iter(_proofs(here, how.kind))).partition(".")[0]]
    return await here.draw(
        "check.html", 422 if wrong else 200, part="checks", tail=number, found=found, seen=seen, values=values,
        picture=picture, choices=choices, chosen=chosen or {}, wrong=wrong, kind=called.case(how.kind), called=called,
        kept=called.duration(life.for_), headers=SHOWN if picture else {},
    )  # fmt: skip


def _proofs(here: Seat, kind: str) -> frozenset[str]:
    return frozenset().union(*(p.collects for p in here.at.org.notice.points.values() if p.opens == kind))
