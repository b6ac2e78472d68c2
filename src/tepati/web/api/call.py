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
from tepati.notice.derived import derived
from tepati.notice.model import Notice
from tepati.web.api.strict import decode
from tepati.web.ports import OrgSurface
from tepati.web.site.frame import house_of, surface_of

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


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, rename={"kind": "type"}):
    """What refused (RFC 9457). ``type`` names the code; no value of a person is in it."""

    kind: str
    status: int
    title: str
    promise: str | None = None
    faults: dict[str, str] | None = None
    free: list[str] | None = None


Work = Callable[[OrgSurface, Actor, bytes], Awaitable[object]]


def said(surface: OrgSurface, body: bytes, kind: type[T], keys: frozenset[str]) -> T:
    """Read a body; its faults name keys of ours and declared fields, and no other. Raises BadInput."""
    return decode(body, kind, _named(surface.notice, keys))


@derived
def _named(notice: Notice, keys: frozenset[str]) -> frozenset[str]:
    return keys | {f"{category}.{name}" for category, held in notice.data.items() for name in held.fields}


async def answered(request: Asked, org: str, work: Work) -> Response[bytes]:
    """Answer a call by ``work(surface, actor, body)``, once its bearer is known and has calls left."""
    try:
        surface = surface_of(request, org)
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
    code = "not_available" if isinstance(error, NotFound) else error.code
    faulty = error if isinstance(error, BadInput) else None
    full = str(faulty.values.get("free", "")) if faulty else ""  # the hour: day and option of those that are not
    said = Problem(
        f"urn:tepati:{code}", status, code.replace("_", " "),
        promise=error.promise if isinstance(error, Refused) else None,
        faults=dict(faulty.faults) if faulty else None, free=full.split(",") if full else None,
    )  # fmt: skip
    headers = headers or HEADERS.get(status, {})
    return Response(
        msgspec.json.encode(said), status_code=status, media_type="application/problem+json", headers=headers
    )
