"""Start the command line: ``python -m tepati``. The composition root is loaded when a command asks for it."""

import gc
import importlib
import sys
from types import ModuleType

from tepati.cli.main import main


def app() -> ModuleType:
    """Load the composition root. Nothing that is being loaded is garbage: looking for it is an eighth of a start."""
    gc.disable()
    try:
        return importlib.import_module("tepati.app")
    finally:
        gc.enable()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], app))
