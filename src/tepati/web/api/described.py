"""Room web: the API as OpenAPI 3.1, made from the calls themselves: their routes, what they read, what they answer.

Served below each organisation, and printed by ``tepati openapi``; a test compares it with the application's routes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from tepati import __version__
from tepati.web.api import consents, happened, ledger, people
from tepati.web.api.call import Asked, Problem
from tepati.web.api.ledger import OPEN
from tepati.web.site.frame import visit

JSON, PROBLEM = "application/json", "application/problem+json"
SCHEMA = "#/components/schemas/{name}"
HOLE = re.compile(r"\{(\w+)(?::\w+)?\}")  # of a route of ours
INFO = (
    "Calls of the organisation's own programs. Behind each stands an API key, or a session of staff, as bearer. What"
    " the privacy notice does not allow is refused with the promise that refuses; each look is a line that its person"
    " reads. The fields, points, purposes and questions are those of the notice."
)
REFUSALS: Mapping[int, str] = {
    400: "It cannot be taken as it is: `faults` maps a field (in a batch `<row>.<field>`) to the code of its fault.",
    401: "No key or session stands behind the bearer, it is over, or it came from a network that is not its own.",
    403: "The notice does not allow it: `promise` is what refuses. Without one: unknown, erased or not allowed.",
    409: "Somebody else was first, or what was read is not in force any more: read it again.",
    429: "Too many calls; nothing was done.",
    503: "Busy; nothing was done.",
}
BEARER = "An API key (`tpk_...`), or the token of a session of staff."
WAIT = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}


@dataclass(frozen=True, slots=True)
class Called:
    """One call: its handler, what it reads (a struct, or the parameters of its query), what it answers."""

    handler: HTTPRouteHandler
    answer: type
    body: type | None = None
    query: Mapping[str, str] | None = None


CALLS = (
    Called(people.look, people.Seen, people.Look),
    Called(people.collect, people.Taken, people.Submit),
    Called(people.collect_batch, people.TakenMany, people.Batch),
    Called(people.upload, people.TakenTable, people.Upload),
    Called(happened.happened, happened.Written, happened.Happened),
    Called(consents.questions, consents.Questions, query={"language": "id or en; id where it is not given"}),
    Called(consents.consents, consents.Consents, consents.Person),
    Called(consents.ask, consents.Awaited, consents.Ask),
    Called(consents.withdraw, consents.Withdrawn, consents.Withdraw),
    Called(consents.object_, consents.Stopped, consents.Stop),
    Called(consents.restrict_, consents.Stopped, consents.Stop),
)
PUBLIC = ((ledger.checkpoint, "text/plain"), (ledger.tile, "application/octet-stream"))


@get("/{org:str}/openapi.json")
async def openapi_json(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Serve the description, with this organisation in its addresses."""
    at = visit(request, org, "home")
    body = _encoded(org, at.house.config.origins[org])
    return Response(body, media_type=JSON, headers={**OPEN, "cache-control": "public, max-age=300"})


@cache
def _encoded(org: str, origin: str) -> bytes:
    return msgspec.json.encode(openapi(org, origin))


def openapi(org: str = "", origin: str = "") -> dict[str, Any]:
    """Describe every call; without an organisation its name is a parameter of each path."""
    kinds = [kind for one in CALLS for kind in (one.body, one.answer) if kind] + [Problem]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=SCHEMA)
    paths: dict[str, Any] = {}
    for one in CALLS:
        paths.setdefault(_path(one.handler, org), {})[_method(one.handler)] = _operation(one, org)
    for handler, media in PUBLIC:
        paths.setdefault(_path(handler, org), {})["get"] = _public(handler, media, org)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Tepati: {org}" if org else "Tepati", "version": __version__, "description": INFO,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": origin or "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": BEARER}},
            "responses": {str(status): _refusal(status) for status in REFUSALS},
        },
    }  # fmt: skip


def _path(handler: HTTPRouteHandler, org: str) -> str:
    (path,) = handler.paths
    named = HOLE.sub(r"{\1}", path)
    return named.replace("{org}", org) if org else named


def _method(handler: HTTPRouteHandler) -> str:
    return next(iter(handler.http_methods)).lower()


def _parameters(handler: HTTPRouteHandler, org: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Describe the holes of the path, and the query."""
    text = {"type": "string"}
    named = [name for name in HOLE.findall(_path(handler, org)) if name]
    holes = [{"name": name, "in": "path", "required": True, "schema": text} for name in named]
    return holes + [{"name": name, "in": "query", "description": said, "schema": text} for name, said in query.items()]


def _operation(one: Called, org: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": str(one.handler.fn.__name__).rstrip("_"), "description": one.handler.fn.__doc__,
        "parameters": _parameters(one.handler, org, one.query or {}),
        "responses": {
            str(one.handler.status_code): {"description": one.answer.__doc__, "content": _content(one.answer)},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in REFUSALS},
        },
    }  # fmt: skip
    if one.body:
        made["requestBody"] = {"required": True, "content": _content(one.body)}
    return made


def _public(handler: HTTPRouteHandler, media: str, org: str) -> dict[str, Any]:
    """Describe what everybody may read of the ledger."""
    return {
        "operationId": str(handler.fn.__name__), "description": handler.fn.__doc__, "security": [],
        "parameters": _parameters(handler, org, {}),
        "responses": {
            "200": {"description": "As C2SP tlog-tiles says.", "content": {media: {}}},
            "404": {"description": "No such tile."},
        },
    }  # fmt: skip


def _content(kind: type) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": SCHEMA.format(name=kind.__name__)}}}


def _refusal(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": REFUSALS[status], "content": {PROBLEM: {"schema": {"$ref": SCHEMA.format(name="Problem")}}},
    }  # fmt: skip
    return found | ({"headers": WAIT} if status in (429, 503) else {})
