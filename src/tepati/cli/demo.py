"""Room cli: the demonstration: invented people, real flows, on this computer."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("demo", help="run a demonstration with invented people on this computer")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, default=Path("data/demo"), metavar="DIR", help="where it keeps its data")
    parser.add_argument("--database", default="", metavar="URL", help="postgresql://...; without it SQLite in DIR")
    parser.add_argument(
        "--only", action="append", default=[], metavar="EXAMPLE", help="this example alone; may be given again"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Seed on the first start, then serve until stopped. Raises Misconfigured."""
    return int(args.app().demo(args.data, args.host, args.port, args.database, args.only))
