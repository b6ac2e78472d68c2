"""Room web: a person brings a table as a file in their privacy centre, and takes their tables home again.

Without script: a form with a file, and a page that lists what is wrong by row and column. Nothing of a file is shown.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.acts.upload import CHANNEL, KEPT, Brought, upload
from tepati.flows.acts.uploads import fetch, uploads
from tepati.flows.submission import Form as Submitted
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms, tokens
from tepati.web.errors import told
from tepati.web.forms import Form, one
from tepati.web.ports import File
from tepati.web.site.asking import STATUS
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page
from tepati.web.site.inside import Inside, inside, posted, posted_file
from tepati.web.site.tabling import FILE, faults, place
from tepati.web.uploads import BODY_LIMIT


@get(addresses.both("uploads"))
async def show(request: Asked, org: FromPath[str]) -> Page:
    """Show what may be brought, and what was. Raises Away, NotFound (no point takes tables)."""
    return await _page(await inside(request, org, "uploads"))


@post(addresses.both("uploads"), status_code=303)
async def send(request: Asked, org: FromPath[str]) -> Page | Redirect:
    """Take a file whole, or show what is wrong with it. Raises Away, BadInput (forged), Expired."""
    here, form, files, shown = await posted_file(request, org, "uploads", FILE)
    at = here.at
    forms.only(form, ("point",), "points")
    try:
        got = await _taken(here, form, files, shown)
    except (BadInput, Conflict, Refused, Unavailable) as error:
        return await _page(here, one(form, "point"), error)
    said = {"number": got.number, "rows": str(got.rows), "until": str(got.until)}
    return here.to("uploaded", tokens.ticket(at.house.config.key, org, "uploaded", said, at.now))


async def _taken(here: Inside, form: Form, files: Mapping[str, bytes], shown: tokens.Shown) -> Brought:
    if shown.digest != here.at.org.digest:
        raise Conflict("notice_changed")
    if FILE not in files:
        raise BadInput("faulty_table", {"1.": "no_file"})
    submitted = Submitted(
        one(form, "point"), CHANNEL, {}, frozenset(), terms=False, language=here.at.lang, shown=shown.digest,
        once=shown.form_id, known=True,
    )  # fmt: skip
    return await upload(here.at.org.desk, here.who, submitted, files[FILE])


@get(addresses.tailed("uploaded", "ticket"))
async def done(request: Asked, org: FromPath[str], ticket: FromPath[str]) -> Page:
    """Say what was taken: its number, its rows, its end. Raises Away, NotFound, Expired."""
    here = await inside(request, org, "uploaded")
    said = tokens.open_ticket(here.at.house.config.key, ticket, org, "uploaded", here.at.now)
    return await here.at.draw(
        "site/uploaded.html", tail=ticket, here=here, number=said["number"], until=int(said["until"]),
        rows=speech.number(int(said["rows"]), here.at.lang), kept=KEPT,
    )  # fmt: skip


@post(addresses.both("table"), status_code=200)
async def take(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Hand out one table as a file. Raises Away, BadInput, Refused (a mailed link alone), NotFound."""
    here, form, _ = await posted(request, org, "table")
    forms.only(form, ("number",), "rights.access")
    taken = await fetch(here.at.org.desk, here.who, one(form, "number"))
    return download(File(f"{taken.number}.csv", taken.body))


async def _page(here: Inside, point: str = "", error: TepatiError | None = None) -> Page:
    at = here.at
    points, kept = await uploads(at.org.desk, here.who)
    if not points and not kept:
        raise NotFound("page")
    wrong = faults(at, error) if isinstance(error, BadInput) else []
    general = at.spoken(told(error, at.lang)) if error and not wrong else ""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS) if error else 200
    return await at.draw(
        "site/uploads.html", status, here=here, places=[place(at, name) for name in points], kept=kept, wrong_at=point,
        wrong=wrong, general=general, most=KEPT,
        called=labels(at.org.notice, at.lang).point, megabytes=BODY_LIMIT >> 20,
        headers={"retry-after": "30"} if status == 503 else {},
    )  # fmt: skip
