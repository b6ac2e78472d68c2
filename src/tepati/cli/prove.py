"""Room cli: drive the flows with random markers, erase, and search every byte for them."""

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tepati.cli.port import App

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("prove-erasure", help="erase marked people and search every byte for them")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="an empty folder (default: a new one)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prove in a folder of its own; the exit code is 1 where a marker was found."""
    with tempfile.TemporaryDirectory() as fresh:
        app: App = args.app()
        return asyncio.run(app.prove(args.data or Path(fresh), print))
