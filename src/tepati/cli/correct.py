"""Room cli: signed-in staff correct a value for whoever asked. It is typed, never an argument."""

import argparse
import sys
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.cli.say import language
from tepati.flows.acts.correct import correct
from tepati.flows.acts.move import ask
from tepati.flows.rights import Behalf
from tepati.notice.speech import instant

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("correct", help="correct a value of a person at their request")
    parser.add_argument("number", help="the number of one of their bookings or requests")
    parser.add_argument("field", help="such as location.address; the value is read from the input")
    parser.add_argument("--channel", required=True, help="how they asked: email, phone, counter")
    parser.add_argument(
        "--proof", choices=("in_person", "link"), default="link", help="in_person: you checked who they are yourself"
    )
    acting((parser, _correct))


async def _correct(args: argparse.Namespace, app: App, installation: Installation) -> int:
    """Write the value, or mail the link that proves an address. Raises BadInput, Refused, NotFound, Expired."""
    actor = await app.signed_in(installation, args.org)
    desk, by = installation.org(args.org).desk, Behalf(actor, args.number, args.channel, args.proof)
    if sys.stdin.isatty():
        print(f"{args.field}: ", end="", flush=True)
    typed = sys.stdin.readline().strip()
    if args.field != desk.address:
        print(f"request {(await correct(desk, by, {args.field: typed})).number}, done; they are told by mail")
        return 0
    asked = await ask(desk, by, typed)
    due = instant(asked.due, desk.notice.organisation.timezone, language())
    print(f"request {asked.number}, due {due}; a link is mailed to the new address and works a day from now")
    print("the old address is told, and can refuse until then")
    return 0
