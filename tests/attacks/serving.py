"""The demonstration as a process to be attacked: ``python -m tests.attacks.serving FOLDER PORT DATABASE [EXAMPLE...]``.

It is `tepati demo` but for the limit of 60 posts a minute, which would end most attacks before they began.
"""

import sys
from functools import partial
from pathlib import Path

from tepati.app.demo import demo

if __name__ == "__main__":
    module = sys.modules["tepati.app.serve"]
    module.web_config = partial(module.web_config, posts=0)  # type: ignore[attr-defined]
    folder, port, database, *only = sys.argv[1:]
    sys.exit(demo(Path(folder), "127.0.0.1", int(port), database, only))
