"""A sequencer in a process of its own, to be killed: ``python sequencing.py URL SECONDS-AT-MOST``."""

import asyncio
import sys
import time

from tepati.errors import TepatiError
from tepati.ledger.log import Log
from tepati.store.open import open_store
from tests.ledger.logs import AT, ORIGIN, SIGNER


async def main(url, most):
    store = await open_store(url, jitter=lambda: 0.5)
    log = Log("fineclean", ORIGIN, SIGNER)
    print("ready", flush=True)
    end = time.monotonic() + most
    while time.monotonic() < end:
        try:
            await store.write(lambda tx: log.integrate(tx, AT, 40))
        except TepatiError:
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
