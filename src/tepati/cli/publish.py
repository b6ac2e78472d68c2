"""Room cli: the first notice is put into force at once, each later one proposed, approved by digest, announced."""

import argparse
from typing import TYPE_CHECKING

from tepati.cli.check import UNREADABLE, sound
from tepati.cli.port import App, Installation, at, within
from tepati.cli.say import language
from tepati.errors import Misconfigured
from tepati.flows import history
from tepati.flows.actor import Actor
from tepati.flows.acts.publish import Proposed, approve, propose, proposed, take_back
from tepati.flows.desk import Desk
from tepati.notice.speech import instant

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers

VERBS = ("approve", "withdraw", "list")


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("publish", help="put a notice into force: the first; later ones are proposed")
    parser.add_argument(
        "what", nargs="?", default="", metavar="FILE|approve|withdraw|list",
        help="the version to propose (default: the file named in tepati.toml), or what to do with a proposal",
    )  # fmt: skip
    parser.add_argument("digest", nargs="?", default="", metavar="DIGEST", help="sha256 of the proposal's exact bytes")
    at(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Publish the first notice, or propose, approve, withdraw or list. Raises what the acts raise."""
    if (args.what in {"approve", "withdraw"}) != bool(args.digest):
        raise Misconfigured("digest_missing")
    return within(args, lambda app, installation: _run(args, app, installation))


async def _run(args: argparse.Namespace, app: App, installation: Installation) -> int:
    org = installation.org(args.org)
    if args.what in VERBS:
        return await _verb(args, app, installation)
    if args.what or await history.versions(org.desk):
        return await _propose(args, app, installation)
    print(f"version {await app.publish(installation, args.org)} is published")
    return 0


async def _propose(args: argparse.Namespace, app: App, installation: Installation) -> int:
    org = installation.org(args.org)
    loaded = sound(args.what) if args.what else org.loaded
    if loaded is None:
        return UNREADABLE
    actor = await app.signed_in(installation, args.org)
    app.fits(installation, args.org, loaded.sound())
    digest = await propose(org.desk, actor, loaded.source.decode())
    print(f"proposed: {digest}\neach approver reads it and says: tepati publish approve {digest}")
    print(f"or at the console: {org.desk.url('notices', language(), '')}")
    return 0


async def _verb(args: argparse.Namespace, app: App, installation: Installation) -> int:
    desk = installation.org(args.org).desk
    actor = await app.signed_in(installation, args.org)
    if args.what == "list":
        for one in await proposed(desk, actor):
            print(_line(one, desk.notice.organisation.timezone))
    elif args.what == "withdraw":
        await take_back(desk, actor, args.digest)
        print("taken back")
    else:
        missing = await approve(desk, actor, args.digest)
        print(f"approved; still missing: {missing}" if missing else await _done(desk, actor, args.digest))
    return 0


async def _done(desk: Desk, actor: Actor, digest: str) -> str:
    """Say when what was approved by all is published, or from when it holds."""
    zone = desk.notice.organisation.timezone
    waits = next((one.waits for one in await proposed(desk, actor) if one.digest == digest), 0)
    if waits:
        return f"approved by all; it waits until {instant(waits, zone, language())}"
    newest = (await history.versions(desk))[0]
    return f"version {newest.version} is published; it holds from {instant(newest.effective, zone, language())}"


def _line(one: Proposed, zone: str) -> str:
    kind = "material" if one.found.material else "minor"
    until = f"  waits until {instant(one.waits, zone, language())}" if one.waits else ""
    return f"{one.digest}  version {one.version}  {kind}  {one.approved} of {one.needed} approved{until}"
