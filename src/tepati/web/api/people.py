"""Room web: the API for staff's own programs: read one person for a purpose, submit for somebody on the phone.

A session of two factors, or an API key, stands behind each call; look-ups are POST: no identifier is in an address.
Answers that refuse are RFC 9457 problems with the ``promise`` that refused; unknown, erased and not allowed look alike.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.actor import Actor
from tepati.flows.acts.look import Wish
from tepati.flows.acts.upload import CHANNEL, upload_for
from tepati.flows.entry import Form
from tepati.web.api.strict import decode
from tepati.web.ports import OrgSurface
from tepati.web.site.frame import house_of, visit

Asked = Request[Any, Any, State]
STATUS: Mapping[type[TepatiError], int] = {
    BadInput: 400, Expired: 401, Refused: 403, NotFound: 403, Conflict: 409, Unavailable: 503,
}  # fmt: skip
BEARER = "Bearer "
HEADERS: Mapping[int, dict[str, str]] = {
    401: {"www-authenticate": "Bearer"},
    503: {"retry-after": "30"},
}  # RFC 6750, 9110


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which person (by the number of a dealing, or by address), which fields, for which purpose, and why."""

    purpose: str
    fields: list[str]
    number: str = ""
    email: str = ""
    reason: str = ""


class Submit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One submission at a point, typed in by staff; ``once`` (32 hex digits) makes a repeated call one submission."""

    point: str
    channel: str
    values: dict[str, str]
    once: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    ticks: list[str] = []
    terms: bool = False
    language: str = "id"


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most 500 submissions at one point by one channel, taken all or none."""

    submissions: list[Submit]


class Upload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table for one person, by a role that its point names: ``csv`` is the file as text, all of it taken or none."""

    point: str
    email: str
    csv: str
    once: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    language: str = "id"


T = TypeVar("T")
KEYS = frozenset({name for kind in (Look, Submit, Batch, Upload) for name in kind.__struct_fields__})


@post("/v1/{org:str}/look", status_code=200)
async def look(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Open fields of one person for a purpose; the person can read the line."""
    return await _answered(request, org, _look)


@post("/v1/{org:str}/collect", status_code=201)
async def collect(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Take one submission that staff type in."""
    return await _answered(request, org, _collect)


@post("/v1/{org:str}/collect/batch", status_code=201)
async def collect_batch(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Take many submissions, all or none; faults are named ``<row>.<field>``, rows from 0."""
    return await _answered(request, org, _collect_batch)


@post("/v1/{org:str}/upload", status_code=201)
async def upload(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Take a table; faults are named ``<row>.<field>``, rows as a spreadsheet counts them, the headings being row 1."""
    return await _answered(request, org, _upload)


async def _upload(surface: OrgSurface, actor: Actor, body: bytes) -> dict[str, object]:
    said = _said(surface, body, Upload)
    form = Form(said.point, CHANNEL, {}, frozenset(), terms=False, language=said.language, shown=surface.digest,
                once=bytes.fromhex(said.once))  # fmt: skip
    got = await upload_for(surface.desk, actor, form, said.email, said.csv.encode())
    return {"number": got.number, "rows": got.rows}


async def _look(surface: OrgSurface, actor: Actor, body: bytes) -> dict[str, object]:
    said = _said(surface, body, Look)
    wish = Wish(said.number, said.purpose, frozenset(said.fields), said.reason, said.email)
    seen = await surface.look(actor, wish)
    return {"number": seen.number, "role": seen.role, "promise": seen.promise, "values": seen.values}


async def _collect(surface: OrgSurface, actor: Actor, body: bytes) -> dict[str, object]:
    said = _said(surface, body, Submit)
    return {"number": (await surface.submit(actor, _form(surface, said))).number}


async def _collect_batch(surface: OrgSurface, actor: Actor, body: bytes) -> dict[str, object]:
    said = _said(surface, body, Batch)
    forms = [_form(surface, one) for one in said.submissions]
    return {"numbers": [taken.number for taken in await surface.submit_many(actor, forms)]}


def _said(surface: OrgSurface, body: bytes, kind: type[T]) -> T:
    """Read a body; its faults name keys of ours and declared fields, and no other. Raises BadInput."""
    fields = {f"{category}.{name}" for category, held in surface.notice.data.items() for name in held.fields}
    return decode(body, kind, fields | KEYS)


def _form(surface: OrgSurface, said: Submit) -> Form:
    return Form(
        said.point, said.channel, said.values, frozenset(said.ticks), said.terms, said.language, surface.digest,
        bytes.fromhex(said.once),
    )  # fmt: skip


async def _answered(request: Asked, org: str, work: Any) -> Response[bytes]:
    try:
        surface = visit(request, org, "home").org
        given = request.headers.get("authorization", "")
        token = given.removeprefix(BEARER) if given.startswith(BEARER) else ""
        actor = await surface.caller(token, request.client.host if request.client else "")
        if wait := house_of(request).keyed(actor.key):
            return _problem(Unavailable("too_many"), 429, {"retry-after": str(wait)})
        found = await work(surface, actor, await request.body())
    except ValueError:  # a bearer that is no text of ours
        return _problem(BadInput("bad_json"))
    except TepatiError as error:
        return _problem(error)
    return Response(msgspec.json.encode(found), media_type="application/json")


def _problem(error: TepatiError, status: int = 0, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Put an error into an RFC 9457 problem: code, promise and faulty fields, never a value."""
    status = status or next((s for kind, s in STATUS.items() if isinstance(error, kind)), 500)
    hidden = isinstance(error, NotFound)
    body: dict[str, object] = {
        "type": f"urn:tepati:{'not_available' if hidden else error.code}", "status": status,
        "title": "not available" if hidden else error.code.replace("_", " "),
    }  # fmt: skip
    if isinstance(error, Refused):
        body["promise"] = error.promise
    if isinstance(error, BadInput):
        body["faults"] = dict(error.faults)
        if named := error.values.get("free"):  # the hour is full: day and option of those that are not
            body["free"] = str(named).split(",")
    headers = headers or HEADERS.get(status, {})
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/problem+json", headers=headers
    )
