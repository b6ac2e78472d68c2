"""Room cli: ``tepati openapi``: the API described, for programs that make clients and forms from it."""

import argparse
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tepati.cli.port import App, Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("openapi", help="print the API as OpenAPI 3.1")
    parser.add_argument("--org", default="", help="write this organisation into the paths (default: a parameter)")
    parser.add_argument("--origin", default="", metavar="URL", help="where it answers, such as https://shop.example")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it. A running server gives the same at /ORG/openapi.json."""
    app: App = args.app()
    print(json.dumps(app.openapi(args.org, args.origin), indent=2))
    return 0
