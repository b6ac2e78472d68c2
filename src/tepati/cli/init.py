"""Room cli: make an installation: keys, database and configuration; says where secrets went, never the secrets."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tepati.cli.port import at

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("init", help="make keys, database and configuration of an installation")
    parser.add_argument("notice", type=Path, help="the declaration file")
    parser.add_argument("--origin", required=True, help="absolute address of the site: https://shop.example")
    parser.add_argument(
        "--root",
        default="",
        metavar="ROOT",
        help="root of all keys: a file of mode 0600 (default: DIR.root.key), env:, pkcs11:, transit:, aws: or gcp:",
    )
    parser.add_argument(
        "--console", default="", help="absolute address of the staff's console: https://staff.shop.example"
    )
    at(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the installation. Raises Misconfigured where one stands already, BadNotice."""
    for line in args.app().initialise(args.data, args.notice, args.org, args.origin, args.root, args.console):
        print(line)
    return 0
