"""Room web: the API by which the organisation's own program says what happened in a case: an order was charged."""

import msgspec
from litestar import Response, post
from litestar.params import FromPath

from tepati.flows.actor import Actor
from tepati.flows.acts.happen import happen
from tepati.flows.readable import rfc3339
from tepati.web.api.call import Asked, answered, said
from tepati.web.ports import OrgSurface


class Happened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which case, by its number, and which of its recorded moments has come."""

    number: str
    moment: str


class Written(msgspec.Struct, frozen=True):
    """The number and moment as written down, and when (RFC 3339): from then on its data ends."""

    number: str
    moment: str
    at: str


KEYS = frozenset(Happened.__struct_fields__)


@post("/v1/{org:str}/happened", status_code=201)
async def happened(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Write down that a recorded moment of a case has come; the person reads the line."""
    return await answered(request, org, _happened)


async def _happened(surface: OrgSurface, actor: Actor, body: bytes) -> Written:
    asked = said(surface, body, Happened, KEYS)
    at = await happen(surface.desk, actor, asked.number, asked.moment)
    return Written(asked.number, asked.moment, rfc3339(at))
