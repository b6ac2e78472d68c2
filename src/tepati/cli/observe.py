"""Room cli: signed-in staff say how a trouble was mended, or attest what no machine can see. Both leave a line."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.flows.acts.attest import attest
from tepati.flows.acts.repair import repair

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("observe", help="say how a trouble was mended, or attest a fact, as signed-in staff")
    parser.add_argument("--promise", required=True, metavar="ID", help="a promise, as tepati promises names it")
    said = parser.add_mutually_exclusive_group(required=True)
    said.add_argument("--repaired", metavar="HOW", help="how it was mended; it is shown to all: name no customer")
    said.add_argument("--attest", metavar="WHO", help="whose function says so, or where the paper lies")
    acting((parser, _observe))


async def _observe(args: argparse.Namespace, app: App, installation: Installation) -> int:
    """Write it down. Raises Refused, NotFound, Expired."""
    actor = await app.signed_in(installation, args.org)
    desk = installation.org(args.org).desk
    if args.repaired is not None:
        await repair(desk, actor, args.promise, args.repaired)
        print("written down; the trouble stays on the board for 90 days more, marked as mended")
    else:
        await attest(desk, actor, args.promise, args.attest)
        print("written down; the board shows it as attested")
    return 0
