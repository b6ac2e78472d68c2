"""Room cli: agreements with recipients are recorded and listed; before one is in force nothing is handed over."""

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tepati.cli.port import App, Installation, acting
from tepati.cli.say import language
from tepati.flows.acts import agreements
from tepati.notice.speech import instant

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command and its verbs."""
    parser = subparsers.add_parser("agreement", help="record agreements with recipients, or list them")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("add", help="record one, as signed-in staff; of the document only its SHA-256 is kept")
    new.add_argument("--recipient", required=True, help="a recipient of the notice")
    new.add_argument("--since", required=True, type=dt.date.fromisoformat, metavar="DAY", help="its first day")
    new.add_argument("--until", required=True, type=dt.date.fromisoformat, metavar="DAY", help="the day it ends")
    new.add_argument("--document", required=True, type=Path, metavar="FILE", help="the signed paper")
    shown = verbs.add_parser("list", help="list the agreements")
    acting((new, _add), (shown, _list))


async def _add(args: argparse.Namespace, app: App, installation: Installation) -> int:
    desk = installation.org(args.org).desk
    actor = await app.signed_in(installation, args.org)
    midnight = dt.time(tzinfo=ZoneInfo(desk.notice.organisation.timezone))
    since, until = (round(dt.datetime.combine(d, midnight).timestamp()) * 1_000_000 for d in (args.since, args.until))
    made = await agreements.agreements(desk, actor, args.recipient, (since, until), args.document.read_bytes())
    print(f"recorded: {made.recipient}, {made.document}")
    return 0


async def _list(args: argparse.Namespace, _app: App, installation: Installation) -> int:
    desk = installation.org(args.org).desk
    zone, lang, now = desk.notice.organisation.timezone, language(), desk.now()
    for one in await agreements.listed(desk):
        state = "in force" if one.since <= now < one.until else "NOT in force"
        ends = f"{instant(one.since, zone, lang)} - {instant(one.until, zone, lang)}"
        print(f"{one.recipient:<20} {state:<12} {ends}  {one.document}")
    return 0
