"""What a server does by the clock, as a process to be killed: ``python -m tests.attacks.mailing FOLDER``.

Its leases are a second instead of five minutes, so that what a killed process held is free again soon.
"""

import asyncio
import importlib
import sys
from pathlib import Path

from tepati.app.compose import Org, open_installation, running


async def _nothing(_org: Org) -> None:
    """Keep the daily round out: it has nothing to do with letters."""


async def run(folder: Path) -> None:
    """Sequence, send, and do what is due until killed."""
    importlib.import_module("tepati.flows.acts.deliver").LEASE = 1_000_000
    installation = await open_installation(folder)
    async with running(installation, _nothing):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
