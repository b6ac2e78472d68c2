"""Room cli: ``tepati bench`` runs the measurements of the repository's ``bench/`` and prints them."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tepati.errors import Misconfigured

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it so

REPOSITORY = Path(__file__).parents[3]


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("bench", help="measure each operation beside its floor")
    parser.add_argument("only", nargs="*", metavar="NAME", help="which measurements (default: all)")
    parser.add_argument("--people", type=int, default=100_000, help="how many people to fill a store with")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append", help="default: both")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure; the exit code is 1 where something could not be measured. Raises Misconfigured outside a repository."""
    sys.path.insert(0, str(REPOSITORY))  # bench/ and tests/ are no part of the package
    try:
        bench = importlib.import_module("bench.__main__")
    except ModuleNotFoundError as absent:
        raise Misconfigured("bench_absent") from absent
    engines = [word for engine in args.engine or () for word in ("--engine", engine)]
    told = ["--json"] if args.json else []
    return int(bench.main([*args.only, "--people", str(args.people), *engines, *told]))
