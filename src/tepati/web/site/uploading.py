"""Room web: a person brings a table as a file in their privacy centre, and takes their tables home again.

Without script: a form with a file, and a page that lists what is wrong by row and column. Nothing of a file is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tepati.errors import BadInput, Conflict, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.acts.upload import CHANNEL, KEPT, Brought, upload
from tepati.flows.acts.uploads import fetch, uploads
from tepati.flows.submission import Form as Submitted
from tepati.flows.tables import columns
from tepati.notice import speech
from tepati.notice.labels import labels
from tepati.web import addresses, forms, tokens
from tepati.web.errors import fault, told
from tepati.web.forms import Form, one
from tepati.web.ports import File
from tepati.web.site.asking import STATUS
from tepati.web.site.files import download
from tepati.web.site.frame import Asked, Page, Visit
from tepati.web.site.inside import Inside, inside, posted, posted_file
from tepati.web.uploads import BODY_LIMIT

FILE = "file"
_OF_THE_FILE = frozenset({
    "utf_16", "not_utf8", "csv_broken", "row_length", "too_many_rows", "table_empty", "unknown_column", "column_twice",
    "column_missing", "formula",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """One column as shown: what its heading says, what it is called, and whether it may be left out."""

    name: str
    label: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One point that takes tables: its name, what it is called, what it takes, and for what."""

    point: str
    label: str
    headings: list[Heading]
    most: str
    purposes: str


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
    faults = error.faults if isinstance(error, BadInput) else {}
    general = at.spoken(told(error, at.lang)) if error and not faults else ""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS) if error else 200
    return await at.draw(
        "site/uploads.html", status, here=here, places=[_place(at, name) for name in points], kept=kept, wrong_at=point,
        wrong=[_said(at, key, code, error) for key, code in faults.items()], general=general, most=KEPT,
        called=labels(at.org.notice, at.lang).point, megabytes=BODY_LIMIT >> 20,
        headers={"retry-after": "30"} if status == 503 else {},
    )  # fmt: skip


def _place(at: Visit, name: str) -> Place:
    notice, said = at.org.notice, labels(at.org.notice, at.lang)
    point = notice.points[name]
    headings = [
        Heading(one.path.partition(".")[2], speech.capital(said.field(one.path)), one.field.optional)
        for one in columns(notice, at.org.desk.policy.collects[name])
    ]
    most = speech.number(point.most_rows, at.lang)
    return Place(name, speech.capital(said.point(name)), headings, most, said.purposes(point.for_))


def _said(at: Visit, key: str, code: str, error: TepatiError | None) -> str:
    """Say one fault: the row, the column, what to do; of a heading that is not known, which one is near."""
    row, _, column = key.partition(".")
    label = speech.capital(labels(at.org.notice, at.lang).field(column)) if "." in column else column
    near = dict(each.split("=") for each in str(error.values.get("near", "")).split(",") if each) if error else {}
    if code == "no_file":
        return at.say("table.no_file")
    where = at.say("table.row", row=speech.number(int(row), at.lang))
    if code in _OF_THE_FILE:
        variant = f"{code}_near" if column in near else code
        suggested = near.get(column, "").partition(".")[2]
        return f"{where}: {at.say(f'table.{variant}', column=label, near=suggested)}"
    return f"{where}, {at.spoken(fault(code, at.lang, label))}"
