"""Room cli: signed-in staff send a declared promotion to all whose state allows it."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.flows.acts.campaign import campaign

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("send", help="send a declared message to all whose state allows it")
    parser.add_argument("message", help="a message of the notice, such as offer")
    parser.add_argument("--dry-run", action="store_true", help="only count")
    acting((parser, _send))


async def _send(args: argparse.Namespace, app: App, installation: Installation) -> int:
    """Queue, and send what is queued. Raises Refused, NotFound, Expired."""
    actor = await app.signed_in(installation, args.org)
    org = installation.org(args.org)
    sent = await campaign(org.desk, actor, args.message, dry=args.dry_run)
    print(f"{sent.queued} {'would be sent' if args.dry_run else 'queued'}, {sent.refused} refused at the door")
    if not args.dry_run:
        done = await app.do_due(installation, org)
        print(f"{done.mail.sent} left, {done.mail.refused} refused when they were to leave, {done.mail.failed} wait")
    return 0
