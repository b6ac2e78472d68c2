"""Start the command line: ``python -m tepati``. The composition root is loaded when a command asks for it."""

import importlib
import sys

from tepati.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], lambda: importlib.import_module("tepati.app")))
