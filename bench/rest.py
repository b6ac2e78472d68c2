"""The daily round of an installation in a process of its own: ``python -m bench.rest ADDRESS KEYS``.

Prints [the most megabytes it took, CPU seconds]: what a server takes once a day beside its requests.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from bench import company
from bench.meter import peak

if __name__ == "__main__":
    asyncio.run(company.rest(sys.argv[1], Path(sys.argv[2])))
    print(json.dumps([peak(), time.process_time()]))
