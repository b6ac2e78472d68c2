"""Room web: the public part of the ledger: checkpoint and hash tiles (C2SP tlog-tiles). Entries are not public."""

import re

from litestar import Response, get
from litestar.params import FromPath

from tepati.errors import NotFound
from tepati.web.site.frame import Asked, house_of, visit

# <level>/<index in groups of three>, a partial tile ends in .p/<width>
TILE = re.compile(
    r"(?:[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/){0,5}[0-9]{3}(\.p/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)
DEAD = 30_000_000  # microseconds after which work that nobody took up means: no worker lives
OPEN = {"cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*"}


@get("/{org:str}/ledger/checkpoint")
async def checkpoint(request: Asked, org: FromPath[str]) -> Response[bytes]:
    """Serve the newest signed checkpoint."""
    at = visit(request, org, "home")
    body = (await at.org.checkpoint()).encode("utf-8")
    return Response(body, media_type="text/plain", headers={**OPEN, "cache-control": "public, max-age=5"})


@get("/{org:str}/ledger/tile/{path:path}")
async def tile(request: Asked, org: FromPath[str], path: FromPath[str]) -> Response[bytes]:
    """Serve a hash tile; a full tile never changes. Raises NotFound for anything else, entry bundles among it."""
    at = visit(request, org, "home")
    wanted = TILE.fullmatch(str(path).lstrip("/"))
    if wanted is None:
        raise NotFound("page")
    keep = "public, max-age=5" if wanted[1] else "public, max-age=31536000, immutable"
    body = await at.org.tile(wanted[0])
    return Response(body, media_type="application/octet-stream", headers={**OPEN, "cache-control": keep})


@get("/health")
async def health(request: Asked) -> Response[bytes]:
    """Say whether every organisation's store answers, and whether somebody does what is due. Raises Unavailable."""
    late = max([await org.behind() for org in house_of(request).orgs.values()], default=0)
    if late > DEAD:
        return Response(b"work waits, no worker\n", status_code=503, media_type="text/plain")
    return Response(b"ok\n", media_type="text/plain")
