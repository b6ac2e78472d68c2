"""Room cli: security cases: a name behind a ledger line, opened by two who speak for the organisation."""

import argparse
import datetime as dt
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.cli.say import language
from tepati.flows.acts import unveil as act
from tepati.notice.speech import instant

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command and its verbs."""
    parser = subparsers.add_parser("case", help="open, approve and read security cases, as signed-in staff")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("open", help="open one; you are its first approver, and it runs for seven days")
    new.add_argument("about", metavar="LINE", help="number or id of a ledger line, or the number of a dispute")
    new.add_argument("--reason", required=True, help="why, at most 200 characters; sealed")
    second = verbs.add_parser("approve", help="approve one that somebody else opened")
    show = verbs.add_parser("show", help="show who acted, once; they can read that you looked")
    for verb in (second, show):
        verb.add_argument("case", metavar="CASE", help="the case, as 'tepati case list' shows it")
    shown = verbs.add_parser("list", help="list the cases that run; they name nobody")
    acting((new, _open), (second, _approve), (show, _show), (shown, _list))


async def _open(args: argparse.Namespace, app: App, installation: Installation) -> int:
    actor = await app.signed_in(installation, args.org)
    case = await act.open_case(installation.org(args.org).desk, actor, args.about, args.reason)
    print(f"opened: {case}\nsomebody else must approve it: tepati case approve {case}")
    return 0


async def _approve(args: argparse.Namespace, app: App, installation: Installation) -> int:
    actor = await app.signed_in(installation, args.org)
    await act.approve(installation.org(args.org).desk, actor, args.case)
    print(f"approved: it is shown to each of you once: tepati case show {args.case}")
    return 0


async def _show(args: argparse.Namespace, app: App, installation: Installation) -> int:
    actor = await app.signed_in(installation, args.org)
    for one in await act.unveil(installation.org(args.org).desk, actor, args.case):
        at = dt.datetime.fromtimestamp(one.says.at / 1_000_000, tz=dt.UTC)
        print(
            f"{one.name or '(name has ended)'}  {one.says.role}  {at:%Y-%m-%d %H:%M:%S} UTC  {one.says.reason or '-'}"
        )
    return 0


async def _list(args: argparse.Namespace, app: App, installation: Installation) -> int:
    desk = installation.org(args.org).desk
    zone, lang = desk.notice.organisation.timezone, language()
    for one in await act.cases(desk, await app.signed_in(installation, args.org)):
        line, until = str(one.index) if one.index >= 0 else "-", instant(one.expires, zone, lang)
        state = "approved" if one.approved else "waits for a second"
        print(f"{one.case}  line {line}  {state:<18} until {until}")
    return 0
