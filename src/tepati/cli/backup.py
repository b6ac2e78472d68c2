"""Room cli: write a backup, and rebuild an installation from one and the newest key store."""

import argparse
import asyncio
import base64
import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from tepati.cli.port import App, Installation, at, within
from tepati.errors import BadInput
from tepati.vault.restore import Restored

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


class _Saved(Protocol):
    """What saving told."""

    until: int
    ended: int


class _App(Protocol):
    """The part of the composition root that keeps and brings back."""

    async def save(self, installation: Installation, to: Path, days: int | None) -> _Saved: ...
    async def bring_back(self, folder: Path, source: Path, heads: Mapping[str, tuple[int, bytes]]) -> Restored: ...


def add(subparsers: "Subparsers") -> None:
    """Declare both commands; the one that was called is run."""
    backup = subparsers.add_parser("backup", help="write an encrypted backup without keys")
    backup.add_argument("file", type=Path, help="the file to write")
    backup.add_argument("--days", type=int, help="its last day, where the notice declares none")
    at(backup, org=False)
    backup.set_defaults(run=run)
    restore = subparsers.add_parser("restore", help="rebuild an installation from a backup and the newest key mirror")
    restore.add_argument("file", type=Path, help="any backup whose last day has not passed")
    restore.add_argument(
        "--head", action="append", default=[], metavar="ORG=SIZE:ROOT",
        help="the last exported or witnessed head (root in hex, or in base64 as in a checkpoint): the log goes on"
        " from there, else it begins anew",
    )  # fmt: skip
    at(restore, org=False)
    restore.set_defaults(run=run_restore)


def run(args: argparse.Namespace) -> int:
    """Write a backup and read it back; 0 when both are done."""

    async def work(app: App, installation: Installation) -> int:
        done = await cast("_App", app).save(installation, args.file, args.days)
        last = dt.datetime.fromtimestamp(done.until / 1_000_000, tz=dt.UTC).date()
        sys.stdout.write(f"{args.file}: written and read back; last day {last}; {done.ended} older ones ended\n")
        return 0

    return within(args, work)


def run_restore(args: argparse.Namespace) -> int:
    """Restore into the installation's empty database; 0 when done."""
    app = cast("_App", args.app())
    done = asyncio.run(app.bring_back(args.data, args.file, dict(head(text) for text in args.head)))
    sys.stdout.write("\n".join(told(done)) + "\n")
    return 0


def head(text: str) -> tuple[str, tuple[int, bytes]]:
    """Read an organisation's head: its size and root, in hex as an export says it or in base64 as a checkpoint does."""
    org, _, rest = text.partition("=")
    size, _, said = rest.partition(":")
    try:
        root = bytes.fromhex(said) if len(said) == 64 else base64.b64decode(said, validate=True)
        if org and size.isdecimal() and len(root) == 32:
            return org, (int(size), root)
    except ValueError:
        pass
    raise BadInput("restore_head")


def told(done: Restored) -> list[str]:
    """Say what came back and what did not."""
    logs = [f"ledger of {org}: {what}" for org, what in sorted(done.logs.items())]
    return [
        f"rows: {sum(done.rows.values())}, keys: {done.keys}, look-ups rebuilt: {done.indexes}",
        f"erased since: {done.erased} persons removed; {done.unreadable} sealed parts have no key any more",
        f"ended since: {done.stopped} consents and other uses ended again",
        f"to examine: {done.tampered} states do not verify, {done.unindexed} look-ups belong to others",
        *_lacking(done),
        *logs,
    ]


def _lacking(done: Restored) -> list[str]:
    """Say what was done since the backup and is not in it: what nobody can bring back, and what waits in the queue."""
    made = dt.datetime.fromtimestamp(done.at / 1_000_000, tz=dt.UTC).isoformat(timespec="minutes")
    lines = [f"since the backup of {made}: {done.changed} persons changed, {done.newer} parts came or were sealed anew"]
    for one in done.held:
        last = dt.datetime.fromtimestamp(one.until / 1_000_000, tz=dt.UTC).date()
        lines.append(
            f"LOST, kept by law {one.rule} until {last} ({one.org}): {one.parts} parts of {one.persons} persons;"
            " only a newer backup has them, its keys are kept for it"
        )
    for org, n in sorted(done.corrected.items()):
        lines.append(
            f"corrected since ({org}): {n} persons hold their old values again; when Tepati starts, a request for each"
            " waits in the queue of whoever handles requests (console, Requests), with the fields and a clock"
        )
    if done.moved:
        lines.append(f"of them {done.moved} had changed their address: the old one leads to nobody now")
    return lines
