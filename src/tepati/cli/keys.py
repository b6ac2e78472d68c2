"""Room cli: how the keys stand, a roll to a new epoch, a new root, and a move to other places."""

import argparse
import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, cast

import msgspec

from tepati.cli.port import App, Installation, Org, at, within
from tepati.flows.acts.erase import destroyed, outlived
from tepati.vault.keystore import KeyStore
from tepati.vault.roll import roll
from tepati.vault.standing import Status, status

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers
    from tepati.store.port import Store


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("keys", help="show the keys' state, roll to a new epoch, or move them elsewhere")
    parser.add_argument(
        "what", choices=["status", "roll", "rotate-root", "move"],
        help="rotate-root: a new root version; move: to other places, while nothing is served",
    )  # fmt: skip
    parser.add_argument("--to", nargs=2, metavar="PLACE", help="move: two folders, or two PostgreSQL databases")
    parser.add_argument("--json", action="store_true", help="print JSON, one object an organisation")
    at(parser, org=False)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show or roll the keys of every organisation, or move them; 0 when done."""
    if args.what == "move":
        return _move(args)

    async def work(_: App, installation: Installation) -> int:
        if args.what == "rotate-root":
            await _rotate(installation)
        for slug, org in sorted(installation.orgs.items()):
            if args.what == "roll":
                await _roll(slug, org)
            sys.stdout.write(line(slug, await _status(org), as_json=args.json) + "\n")
        return 0

    return within(args, work)


def _move(args: argparse.Namespace) -> int:
    if not args.to:
        sys.stderr.write("tepati: name the two new places: keys move --to PLACE PLACE\n")
        return 2
    app: App = args.app()
    return app.move_keys(args.data, (args.to[0], args.to[1]), print)


async def _rotate(installation: Installation) -> None:
    """Change the root; certificates of what lay under the old version say from now on when it ends."""
    keystore = cast("_Kept", installation).keystore
    old, grade = keystore.root.version, keystore.rotate_root()
    until = f" {dt.datetime.fromtimestamp(grade.until / 1_000_000, dt.UTC):%Y-%m-%d}" if grade.until else ""
    sys.stdout.write(f"root: version {old} destroyed: {grade.words()}{until}\n")
    for org in installation.orgs.values():
        if grade.kind != "overwritten":
            await outlived(org.desk, grade.words(), grade.until)


class _Kept:
    """What an installation has below its desks."""

    keystore: KeyStore
    store: "Store"


async def _roll(slug: str, org: Org) -> None:
    done = await roll(org.desk.vault.room, org.desk.store)
    if done.destroyed:
        await destroyed(org.desk, max(done.destroyed))
    gone = ", ".join(str(n) for n in done.destroyed)
    sys.stdout.write(f"{slug}: {done.keys} keys wrapped anew; epoch {gone} destroyed: {done.grade}\n")


async def _status(org: Org) -> Status:
    return await status(org.desk.vault.room, org.desk.store)


def line(slug: str, now: Status, *, as_json: bool) -> str:
    """Write the state of one organisation's keys."""
    if as_json:
        return json.dumps({"org": slug, **msgspec.to_builtins(now)})
    older = f", not yet destroyed: {', '.join(map(str, now.older))}" if now.older else ""
    mirrors = " and ".join(map(str, now.mirrored))
    return (
        f"{slug}: epoch {now.epoch}{older}; {now.keys} keys, mirrored {mirrors}; root version {now.root} ({now.grade})"
    )
