"""Room cli: signed-in staff record a request for erasure; what was asked in person is carried out at once."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.cli.say import language
from tepati.flows.acts.erase import Ask, request
from tepati.notice.speech import instant

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("erase", help="erase a person on request, with a certificate")
    parser.add_argument("number", help="the number of one of their bookings")
    parser.add_argument("--channel", required=True, help="how they asked: email, phone, counter, site")
    parser.add_argument(
        "--proof", choices=("in_person", "link"), default="link",
        help="how they proved who they are; by link alone it waits 24 hours, with a way to cancel",
    )  # fmt: skip
    acting((parser, _erase))


async def _erase(args: argparse.Namespace, app: App, installation: Installation) -> int:
    """Record the request, and do what is due. Raises Refused, NotFound, Expired."""
    actor = await app.signed_in(installation, args.org)
    org = installation.org(args.org)
    opened = await request(org.desk, actor, Ask(args.number, args.channel, args.proof))
    zone, lang = org.desk.notice.organisation.timezone, language()
    print(f"request {opened.number}, due {instant(opened.due, zone, lang)}")
    done = await app.do_due(installation, org)
    if done.erased:
        print("erased and read back; the letter that left before holds the certificate's address")
    else:
        print(f"will be carried out {instant(opened.at, zone, lang)}, unless cancelled by the link in the letter")
    return 0
