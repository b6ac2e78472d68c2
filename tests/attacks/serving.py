"""The demonstration as a process to be attacked: ``python -m tests.attacks.serving FOLDER PORT [DATABASE]``.

It is `tepati demo` but for the limit of 60 posts a minute, which would end most attacks before they began.
"""

import sys
from functools import partial
from pathlib import Path

from tepati.app.demo import demo

if __name__ == "__main__":
    module = sys.modules["tepati.app.serve"]
    module.web_config = partial(module.web_config, posts=0)  # type: ignore[attr-defined]
    sys.exit(demo(Path(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
