"""Room cli: the tests run from the repository's launcher, which brings what they need."""

import argparse
from typing import TYPE_CHECKING

from tepati.errors import Misconfigured

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("test", help="run all tests (through the launcher in the repository)")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Say where the tests are run from. Raises Misconfigured always."""
    raise Misconfigured("test_needs_launcher")
