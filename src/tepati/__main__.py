"""Start the command line: ``python -m tepati``."""

import sys

from tepati.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
