"""The floor of a page: a bare handler on the same stack that returns the page's own bytes (BENCH_BODIES)."""

import os
from pathlib import Path

import msgspec
from litestar import Litestar, Request, Response, get

BODIES: dict[str, bytes] = msgspec.msgpack.decode(Path(os.environ["BENCH_BODIES"]).read_bytes())


@get(["/{org:str}", "/{org:str}/{page:str}", "/{org:str}/{page:str}/{more:str}"])
async def page(request: Request) -> Response[bytes]:
    """Return what was given."""
    return Response(BODIES[request.scope["path"].rstrip("/")], media_type="text/html")


app = Litestar([page], openapi_config=None)
