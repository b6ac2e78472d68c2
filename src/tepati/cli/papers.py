"""Room cli: ``tepati papers``: the data protection officer's papers as one zip file, to standard output."""

import argparse
import sys
from typing import TYPE_CHECKING

from tepati.board.board import board
from tepati.board.dossier import dossier
from tepati.cli.port import Installation, at, within
from tepati.errors import NotFound
from tepati.flows import public
from tepati.flows.acts.deadlines import deadlines

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("papers", help="write record, impact assessment, promises and deadlines as one zip")
    parser.add_argument("--lang", choices=("id", "en"), default="id", help="language of the papers")
    at(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the papers of one organisation."""
    sys.stdout.buffer.write(within(args, lambda _, installation: _papers(installation, args.org, args.lang)))
    return 0


async def _papers(installation: Installation, slug: str, lang: str) -> bytes:
    desk = installation.org(slug).desk
    running = await deadlines(desk)
    made = await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))
    try:
        head = await public.checkpoint(desk)
    except NotFound:
        head = ""
    return dossier(desk.notice, made, running, head, lang)
