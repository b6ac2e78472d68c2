"""The real server of an installation, for the HTTP measurement: ``python -m bench.real ADDRESS KEYS PORT``.

What ``tepati serve`` runs, with its sequencer; only the limit of posts of one network is lifted (the bench is one
network), and the clock that sends letters and looks for what is due rests.
"""

import asyncio
import importlib
import sys
from functools import partial
from pathlib import Path

from bench import company
from tepati.app import compose


async def main(url: str, keys: str, port: str) -> None:
    """Serve until stopped."""
    serve = importlib.import_module("tepati.app.serve")  # the package names a function so
    compose.TICK_EVERY = 3600.0
    serve.web_config = partial(serve.web_config, posts=0)
    place = company.place(url, Path(keys), f"127.0.0.1:{port}")
    installation = await compose.opened(place, mail=company.Nowhere())  # type: ignore[arg-type]
    try:
        await serve.until_stopped(installation, None)
    finally:
        await installation.close()


asyncio.run(main(*sys.argv[1:]))
