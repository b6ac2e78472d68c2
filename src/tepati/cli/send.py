"""Room cli: signed-in staff send a declared promotion to all whose state allows it."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.flows.acts.campaign import campaign
from tepati.flows.acts.preview import preview
from tepati.flows.coarse import FEW, Told

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
    if args.dry_run:
        print(_told(await preview(org.desk, actor, args.message)))
        return 0
    sent = await campaign(org.desk, actor, args.message)
    print(f"{sent.queued} queued, {sent.refused} refused at the door")
    done = await app.do_due(installation, org)
    print(f"{done.mail.sent} left, {done.mail.refused} refused when they were to leave, {done.mail.failed} wait")
    return 0


def _told(found: Told) -> str:
    """Say how many would get it, and why not the others; groups of few people are not told apart."""
    said = [f"{_n(found.n, found.least)} would be sent", *(f"{_n(n, found.least)} {r}" for r, n in found.reasons)]
    return ", ".join(said) + (f" (figures rounded down to {found.least})" if found.rounded else "")


def _n(n: int, least: int) -> str:
    return f"fewer than {least}" if n == FEW else str(n)
