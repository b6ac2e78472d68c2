"""Room web: people are found by what is exactly theirs, and shown masked; each opening has a task or a reason.

A person stands in an address only as a ticket of this session: it opens nothing elsewhere, nor after an hour.
"""

from collections.abc import Iterable
from itertools import groupby

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, NotFound
from tepati.flows.acts.look import Seen, Wish, look
from tepati.flows.acts.person import Mine
from tepati.flows.acts.person import person as shown
from tepati.flows.acts.person import search as find
from tepati.web import addresses, tokens
from tepati.web.console.frame import Seat, posted, seat
from tepati.web.console.said import Said
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.frame import Asked, Page

ROUTE = addresses.tailed("person", "ticket")


@get(addresses.both("people"))
async def people(request: Asked, org: FromPath[str]) -> Page:
    """Show the search. Raises Away, NotFound."""
    return await (await seat(request, org, "people")).draw("people.html", wrong="", hits=[])


@post(addresses.both("people"), status_code=303)
async def search(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Find people by a whole address or number: one leads to their page, several are listed, masked.

    Raises Away, BadInput (forged), Refused, NotFound.
    """
    here, form, _ = await posted(request, org, "people")
    try:
        found = await find(here.desk, here.actor, one(form, "who"))
    except (BadInput, NotFound) as no:
        status = 404 if isinstance(no, NotFound) else 422
        return await here.draw("people.html", status, wrong=told(no, here.at.lang), hits=[])
    if len(found) == 1:
        return here.to("person", ticket(here, found[0].person))
    hits = [(hit, ticket(here, hit.person)) for hit in found]
    return await here.draw("people.html", wrong="", hits=hits, said=Said(here.at))


def ticket(here: Seat, found: bytes) -> str:
    """Name a person for the pages of this session."""
    kind = tokens.bound("person", here.session)
    return tokens.ticket(here.at.house.config.key, here.at.org.slug, kind, {"p": found.hex()}, here.at.now)


def _person(here: Seat, carried: str) -> bytes:
    kind = tokens.bound("person", here.session)
    return bytes.fromhex(
        tokens.open_ticket(here.at.house.config.key, carried, here.at.org.slug, kind, here.at.now)["p"]
    )


@get(ROUTE)
async def person(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show one person, masked. Raises Away, NotFound, Expired, Refused."""
    return await _show(await seat(request, org, "person"), ticket)


@post(ROUTE, status_code=200)
async def reveal(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Open one group of values, once. Raises Away, BadInput (forged), NotFound, Expired, Refused."""
    here, form, _ = await posted(request, org, "person")
    group, purpose, notice = one(form, "group"), one(form, "purpose"), here.at.org.notice
    if group not in notice.data:
        raise NotFound("page")
    whose = _person(here, ticket)
    held = (await shown(here.desk, here.actor, whose)).values
    fields = frozenset(p for p, v in held.items() if p.partition(".")[0] == group and v.purpose == purpose)
    fields = fields or frozenset(f"{group}.{name}" for name in notice.data[group].fields)
    wish = Wish("", purpose, fields, one(form, "reason"), person=whose)
    try:
        seen = await look(here.desk, here.actor, wish)
    except BadInput as bad:
        return await _show(here, ticket, wrong=told(BadInput(bad.faults.get("reason", bad.code)), here.at.lang))
    return await _show(here, ticket, seen=seen)


async def _show(here: Seat, carried: str, *, seen: Seen | None = None, wrong: str = "") -> Page:
    found = await shown(here.desk, here.actor, _person(here, carried))
    roles = here.at.org.notice.roles
    reasoned = {
        v.role
        for v in found.values.values()
        if not any((roles[v.role].while_, roles[v.role].from_, roles[v.role].until))
    }
    said = Said(here.at)
    return await here.draw(
        "person.html", 422 if wrong else 200, tail=carried, found=found, seen=seen, wrong=wrong, said=said,
        groups=said.grouped(found.values), reasoned=reasoned, carried=carried, mine=_runs(found.mine),
    )  # fmt: skip


def _runs(mine: Iterable[Mine]) -> list[tuple[Mine, int]]:
    """Put what the member did again and again into one: the newest of a run, and how many stood before it."""
    runs = [list(run) for _, run in groupby(mine, lambda one: (one.act, one.answer, one.purpose))]
    return [(run[0], len(run) - 1) for run in runs]
