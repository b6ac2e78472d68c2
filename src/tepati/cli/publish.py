"""Room cli: put a notice into force: its exact text goes into the ledger."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import at, within

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("publish", help="put a notice into force")
    at(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Publish the notice named in tepati.toml. Raises Conflict when it is not newer than what stands, BadNotice."""
    version = within(args, lambda app, installation: app.publish(installation, args.org))
    print(f"version {version} is published")
    return 0
