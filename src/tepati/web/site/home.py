"""Room web: an organisation's home: what it offers, what becomes of the data, how its promises stand."""

from collections import Counter
from collections.abc import Sequence

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import NotFound, TepatiError
from tepati.flows.history import News
from tepati.notice.labels import labels
from tepati.notice.model import Terms
from tepati.web import addresses, cookies
from tepati.web.config import console_of
from tepati.web.ports import State
from tepati.web.site import inputs
from tepati.web.site.frame import Asked, Page, Visit, house_of, slugs_of, visit

ORDER: tuple[State, ...] = ("kept", "due", "broken", "gap", "unproven", "unused")


@get(["/{org:str}", "/{org:str}/en"])
async def home(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Show the offers, each a link to the form with that offer chosen."""
    at = visit(request, org, "home")
    if wanted := _elsewhere(request, at):
        return Redirect(addresses.path("home", org, wanted), status_code=303)
    offer = at.read.page.offer
    offers = inputs.build(at.org.notice, at.read, offer, at.lang, at.say) if offer else None
    further = [(at.form_url(each), each.page) for each in at.read.further.values()]
    return await at.draw(
        "site/home.html", offers=offers, further=further, standing=await _standing(at), told=await _told(at)
    )


def _elsewhere(request: Asked, at: Visit) -> str:
    """Name the remembered language of whoever comes to the bare home from outside; our links lead where they say."""
    from_outside = request.headers.get("sec-fetch-site", "") in ("none", "cross-site")
    kept = cookies.read(request, at.org.slug, "language") if "language" in at.choice.yes else ""
    return kept if from_outside and kept in addresses.LANGUAGES and (at.lang, kept) == ("id", "en") else ""


async def _standing(at: Visit) -> list[tuple[str, int]]:
    """Count the promises by state; a home without a board says nothing about it."""
    try:
        counts = Counter(row.state for row in (await at.org.board()).rows)
    except TepatiError:
        return []
    return [(state, counts[state]) for state in ORDER if counts[state]]


async def _told(at: Visit) -> Sequence[News]:
    """List the news; a home whose news cannot be read says nothing about it."""
    try:
        return await at.org.news()
    except TepatiError:
        return ()


@get(["/{org:str}/syarat", "/{org:str}/en/terms"])
async def terms(request: Asked, org: FromPath[str]) -> Page:
    """Show the terms of service: apart from the notice, and no consent."""
    at = visit(request, org, "terms")
    found = accepted(at)
    if found is None:
        raise NotFound("page")
    notice, called = at.org.notice, labels(at.org.notice, at.lang)
    points = called.join(called.entry(n) for n, one in notice.points.items() if notice.terms.get(one.terms) is found)
    return await at.draw("site/terms.html", terms=found, words=at.read.shop.terms, points=points)


def accepted(at: Visit) -> Terms | None:
    """Return the terms that a form of this site has accepted; None where there are none."""
    points = at.org.notice.points
    named = [points[each.point].terms for each in at.read.every if points[each.point].terms]
    return at.org.notice.terms[named[0]] if named and at.read.shop.terms else None


# Addresses that were, that a notice names, or that people guess: page and fragment.
OLD = {
    "id": "home", "book": "book", "booking": "book", "notice": "notice", "privacy": "notice", "kebijakan": "notice",
    "board": "board", "papan": "board", "promises": "board", "terms": "terms", "contact": "contact",
    "ketentuan": "terms", "kontak": "contact",
}  # fmt: skip


@get("/{org:str}/{old:str}")
async def moved(request: Asked, org: FromPath[str], old: FromPath[str]) -> Redirect:
    """Lead an outdated address to the page that took its place. Raises NotFound."""
    at = visit(request, org, "home")
    if old not in OLD:
        raise NotFound("page")
    page, _, fragment = OLD[old].partition("#")
    path = addresses.path(page, at.org.slug, "id")
    return Redirect(f"{path}#{fragment}" if fragment else path, status_code=308)


@get("/")
async def alone(request: Asked) -> Redirect:
    """Lead the bare origin of a real installation to its organisation, or to its console. Raises NotFound."""
    orgs, shown = house_of(request).orgs, slugs_of(request)
    here = [("home", slug) for slug in orgs if slug in shown]
    here += [("today", slug) for slug in orgs if console_of(slug) in shown]
    if len(here) != 1:
        raise NotFound("page")
    page, slug = here[0]
    return Redirect(addresses.path(page, slug, "id"), status_code=307)
