"""Room web: staff bring a table as a file for somebody who is here already, at a point that names their role."""

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.acts.upload import CHANNEL, KEPT, Brought, upload_for
from tepati.flows.acts.uploads import brings
from tepati.flows.submission import Form as Submitted
from tepati.notice import speech
from tepati.web import addresses, forms, tokens
from tepati.web.console.frame import Brings, Seat, posted_file, seat
from tepati.web.errors import told
from tepati.web.forms import one
from tepati.web.site.asking import STATUS
from tepati.web.site.frame import Asked, Page
from tepati.web.site.tabling import FILE, faults, place, words
from tepati.web.uploads import BODY_LIMIT

WHOSE = "whose"
UNKNOWN = 404


@get(addresses.both("bring"))
async def bring(request: Asked, org: FromPath[str]) -> Page:
    """Show what may be brought. Raises Away, NotFound, Refused."""
    return await _page(await _seat(request, org))


@post(addresses.both("bring"), status_code=303)
async def take(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take a file whole, or show what is wrong with it. Raises Away, BadInput (forged), Expired, Refused."""
    came = await posted_file(request, org, "bring", FILE)
    here = came.seat
    forms.only(came.form, ("point", WHOSE), "points")
    try:
        got = await _taken(came)
    except (BadInput, Conflict, NotFound, Unavailable) as error:
        return await _page(here, error, one(came.form, "point"), one(came.form, WHOSE))
    said = {"number": got.number, "rows": str(got.rows), "until": str(got.until)}
    key, at = here.at.house.config.key, here.at
    return here.to("bring", tokens.ticket(key, org, "brought", said, at.now))


@get(addresses.tailed("bring", "ticket"))
async def brought(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Show the form for the next, and say first what was taken. Raises Away, NotFound, Expired, Refused."""
    here = await _seat(request, org)
    said = tokens.open_ticket(here.at.house.config.key, ticket, org, "brought", here.at.now)
    got = Brought(said["number"], int(said["rows"]), int(said["until"]))
    return await _page(here, tail=ticket, got=got)


async def _taken(came: Brings) -> Brought:
    here, point = came.seat, one(came.form, "point")
    if came.shown.digest != here.at.org.digest:
        raise Conflict("notice_changed")
    if FILE not in came.files:
        raise BadInput("faulty_table", {"1.": "no_file"})
    sent = Submitted(
        point, CHANNEL, {}, frozenset(), terms=False, language=here.at.lang, shown=came.shown.digest,
        once=came.shown.form_id,
    )  # fmt: skip
    return await upload_for(here.desk, here.actor, sent, one(came.form, WHOSE), came.files[FILE])


async def _seat(request: Asked, org: str) -> Seat:
    here = await seat(request, org, "bring")
    if not brings(here.desk, here.actor):
        raise Refused("act_not_given", f"roles.{next(iter(here.actor.roles), 'none')}")
    return here


async def _page(
    here: Seat, error: TepatiError | None = None, point: str = "", whose: str = "", tail: str = "",
    got: Brought | None = None,
) -> Page:  # fmt: skip
    at = here.at
    wrong = faults(at, error) if isinstance(error, BadInput) and error.code == "faulty_table" else []
    status = {**STATUS, NotFound: UNKNOWN}
    return await here.draw(
        "bring.html", next(status[kind] for kind in type(error).__mro__ if kind in status) if error else 200, tail=tail,
        places=[place(at, name) for name in brings(here.desk, here.actor)], wrong=wrong, wrong_at=point, whose=whose,
        general=at.spoken(told(error, at.lang)) if error and not wrong else "", got=got, said=words(at), kept=KEPT,
        rows=speech.number(got.rows, at.lang) if got else "", megabytes=BODY_LIMIT >> 20,
        headers={"retry-after": "30"} if isinstance(error, Unavailable) else {},
    )  # fmt: skip
