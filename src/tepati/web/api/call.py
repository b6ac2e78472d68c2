"""Room web: one call of the API: who calls, their body, and what refuses as an RFC 9457 problem.

A session of two factors, or an API key, stands behind each; look-ups are POST: no identifier is in an address.
Answers that refuse carry the ``promise`` that refused; unknown, erased and not allowed look alike.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from tepati.errors import BadInput, Conflict, Expired, NotFound, Refused, TepatiError, Unavailable
from tepati.flows.actor import Actor
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
T = TypeVar("T")
Work = Callable[[OrgSurface, Actor, bytes], Awaitable[object]]


def said(surface: OrgSurface, body: bytes, kind: type[T], keys: frozenset[str]) -> T:
    """Read a body; its faults name keys of ours and declared fields, and no other. Raises BadInput."""
    fields = {f"{category}.{name}" for category, held in surface.notice.data.items() for name in held.fields}
    return decode(body, kind, fields | keys)


async def answered(request: Asked, org: str, work: Work, *, status: int | None = None) -> Response[bytes]:
    """Answer a call by ``work(surface, actor, body)``, once its bearer is known and has calls left."""
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
    return Response(msgspec.json.encode(found), status_code=status, media_type="application/json")


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
