"""Room cli: signed-in staff open fields of one person; the value goes to the screen and nowhere else."""

import argparse
import json
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.flows.acts.look import Wish, look

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("look", help="open fields of one person for a purpose, as signed-in staff")
    parser.add_argument("number", help="the number of the booking, such as HC-4K7Q-X2MB")
    parser.add_argument("--for", dest="purpose", required=True, help="a purpose of the notice")
    parser.add_argument("--fields", required=True, help="fields, comma separated: identity.name,location.address")
    parser.add_argument("--reason", default="", help="why, where no task is open")
    parser.add_argument("--json", action="store_true")
    acting((parser, _look))


async def _look(args: argparse.Namespace, app: App, installation: Installation) -> int:
    """Open and print. Raises Refused, NotFound, Expired."""
    actor = await app.signed_in(installation, args.org)
    fields = frozenset(field.strip() for field in args.fields.split(",") if field.strip())
    seen = await look(installation.org(args.org).desk, actor, Wish(args.number, args.purpose, fields, args.reason))
    if args.json:
        print(json.dumps({"promise": seen.promise, "role": seen.role, "values": seen.values}, ensure_ascii=False))
        return 0
    if seen.observed:
        print(f"(nothing opened: {seen.promise} is observed, and would refuse this: {seen.observed})")
        return 1
    for field, value in sorted(seen.values.items()):
        print(f"{field}: {value}")
    print(f"(allowed by {seen.promise}; the person can read this line)")
    return 0
