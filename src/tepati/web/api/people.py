"""Room web: the API for the organisation's own programs: read one person for a purpose, submit for somebody."""

from typing import Annotated

import msgspec
from litestar import Response, post
from litestar.params import FromPath

from tepati.flows.actor import Actor
from tepati.flows.acts.look import Wish
from tepati.flows.acts.upload import CHANNEL, upload_for
from tepati.flows.entry import Form
from tepati.web.api.call import Asked, answered, said
from tepati.web.ports import OrgSurface

__all__ = [
    "Batch", "Look", "Seen", "Submit", "Taken", "TakenMany", "TakenTable", "Upload", "collect", "collect_batch", "look",
    "upload",
]  # fmt: skip


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


class Seen(msgspec.Struct, frozen=True):
    """What was opened: of which dealing, by which role, under which promise, as the notice shows it to that role."""

    number: str
    role: str
    promise: str
    values: dict[str, str]


class Taken(msgspec.Struct, frozen=True):
    """The number of what was taken, for its person to name."""

    number: str


class TakenMany(msgspec.Struct, frozen=True):
    """The numbers of what was taken, in the order of the rows."""

    numbers: list[str]


class TakenTable(msgspec.Struct, frozen=True):
    """The number of a table that was taken, and how many rows it has."""

    number: str
    rows: int


KEYS = frozenset({name for kind in (Look, Submit, Batch, Upload) for name in kind.__struct_fields__})


@post("/v1/{org:str}/look", status_code=200)
async def look(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Open fields of one person for a purpose; the person can read the line."""
    return await answered(request, org, _look)


@post("/v1/{org:str}/collect", status_code=201)
async def collect(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Take one submission that staff type in."""
    return await answered(request, org, _collect)


@post("/v1/{org:str}/collect/batch", status_code=201)
async def collect_batch(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Take many submissions, all or none; faults are named ``<row>.<field>``, rows from 0."""
    return await answered(request, org, _collect_batch)


@post("/v1/{org:str}/upload", status_code=201)
async def upload(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Take a table; faults are named ``<row>.<field>``, rows as a spreadsheet counts them, the headings being row 1."""
    return await answered(request, org, _upload)


async def _upload(surface: OrgSurface, actor: Actor, body: bytes) -> TakenTable:
    asked = said(surface, body, Upload, KEYS)
    form = Form(asked.point, CHANNEL, {}, frozenset(), terms=False, language=asked.language, shown=surface.digest,
                once=bytes.fromhex(asked.once))  # fmt: skip
    got = await upload_for(surface.desk, actor, form, asked.email, asked.csv.encode())
    return TakenTable(got.number, got.rows)


async def _look(surface: OrgSurface, actor: Actor, body: bytes) -> Seen:
    asked = said(surface, body, Look, KEYS)
    wish = Wish(asked.number, asked.purpose, frozenset(asked.fields), asked.reason, asked.email)
    seen = await surface.look(actor, wish)
    return Seen(seen.number, seen.role, seen.promise, seen.values)


async def _collect(surface: OrgSurface, actor: Actor, body: bytes) -> Taken:
    form = _form(surface, said(surface, body, Submit, KEYS))
    return Taken((await surface.submit(actor, form)).number)


async def _collect_batch(surface: OrgSurface, actor: Actor, body: bytes) -> TakenMany:
    forms = [_form(surface, one) for one in said(surface, body, Batch, KEYS).submissions]
    return TakenMany([taken.number for taken in await surface.submit_many(actor, forms)])


def _form(surface: OrgSurface, one: Submit) -> Form:
    return Form(
        one.point, one.channel, one.values, frozenset(one.ticks), one.terms, one.language, surface.digest,
        bytes.fromhex(one.once),
    )  # fmt: skip
