"""Room cli: serve the sites of an installation."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import at

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("serve", help="serve the site of every organisation of an installation")
    at(parser, org=False)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped. Raises Misconfigured: personal data is not served over plain http."""
    return int(args.app().serve(args.data))
