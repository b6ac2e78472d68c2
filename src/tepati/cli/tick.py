"""Room cli: do what is due now, once; a running server does so by itself."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, at, within

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "tick", help="do what is due now: mail, sweeps, erasures, and once a day the daily round"
    )
    at(parser, org=False)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what is due for every organisation; the exit code is 1 where something failed and waits."""
    return within(args, _tick)


async def _tick(app: App, installation: Installation) -> int:
    failed = 0
    for slug, org in sorted(installation.orgs.items()):
        done, daily = await app.everything(installation, org)
        failed += done.failed + done.mail.failed
        print(f"{slug}: {done.mail.sent} letters left, {done.mail.refused} refused, {done.erased} erased,"
              f" {done.ended} parts ended, {done.failed + done.mail.failed} wait")  # fmt: skip
        if daily:
            print(f"{slug}: daily round: {', '.join(daily)}")
    return 1 if failed else 0
