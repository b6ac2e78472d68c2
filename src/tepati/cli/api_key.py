"""Room cli: API keys of the organisation's own programs: made (the secret goes to the output, once), listed, ended."""

import argparse
import sys
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.cli.say import language
from tepati.flows.acts.keyed import DAYS, Wanted, end, make, running
from tepati.notice.speech import instant

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command and its verbs."""
    parser = subparsers.add_parser("key", help="make, list and end API keys of your programs, as signed-in staff")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("make", help="make one; the output is its secret, which is shown this once")
    new.add_argument("--role", required=True, help="a role of the notice, none that approves it or handles requests")
    new.add_argument("--network", action="append", required=True, metavar="CIDR", help="from where; may be given again")
    new.add_argument("--days", type=int, required=True, metavar="N", help=f"until it ends, at most {DAYS}")
    shown = verbs.add_parser("list", help="list the keys in force; they open nothing")
    over = verbs.add_parser("end", help="end one, now and for good")
    over.add_argument("key", metavar="KEY", help="its name, as 'tepati key list' shows it")
    acting((new, _make), (shown, _list), (over, _end))


async def _make(args: argparse.Namespace, app: App, installation: Installation) -> int:
    """Make a key. The secret alone is on the output, so that it can go where it belongs without being read."""
    desk = installation.org(args.org).desk
    wanted = Wanted(args.role, tuple(args.network), args.days)
    secret, key = await make(desk, await app.signed_in(installation, args.org), wanted)
    until = instant(key.expires, desk.notice.organisation.timezone, language())
    print(secret)
    print(f"key {key.name} of {key.role}, until {until}; it is shown this once, and kept nowhere", file=sys.stderr)
    return 0


async def _list(args: argparse.Namespace, app: App, installation: Installation) -> int:
    desk = installation.org(args.org).desk
    held = await running(desk, await app.signed_in(installation, args.org))
    for one in held:
        key = one.key
        until = instant(key.expires, desk.notice.organisation.timezone, language())
        idle = "  opens nothing: the notice changed its role" if one.idle else ""
        warning = idle if one.sound else "  CHANGED BY SQL: it opens nothing"
        print(f"{key.name}  {key.role:<16} {', '.join(key.networks)}  until {until}{warning}")
    return 0


async def _end(args: argparse.Namespace, app: App, installation: Installation) -> int:
    actor = await app.signed_in(installation, args.org)
    print(f"ended: {await end(installation.org(args.org).desk, actor, args.key)}")
    return 0
