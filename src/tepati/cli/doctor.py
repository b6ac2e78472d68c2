"""Room cli: ``tepati doctor`` examines the installation and says what to mend. It changes a lagging mirror only."""

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tepati.board import alive, examination, keeping
from tepati.board.examination import Check, Machine
from tepati.cli.port import Org, at, within
from tepati.cli.say import language
from tepati.notice.words import words
from tepati.ports.config import ELSEWHERE
from tepati.ports.machine import Machine as Real

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers

MARKS: Final = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("doctor", help="examine the installation and say what to mend")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a check")
    at(parser, org=False)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Examine; 0 when nothing failed (warnings are told), 1 otherwise."""
    checks = within(args, lambda _, installation: examined(installation, Real()))
    out = json.dumps(msgspec.to_builtins(checks), indent=1) if args.json else "\n".join(line(c) for c in checks)
    sys.stdout.write(out + "\n")
    return 0 if examination.sound(checks) else 1


async def examined(installation: Any, machine: Machine) -> list[Check]:
    """Make every check of an installation, its organisations included."""
    place = installation.place
    keystore = installation.keystore
    checks = [examination.keys(keystore.align), *_local(place.config, place.folder, machine)]
    checks += [*keeping.versions(keystore.root, _day), *keeping.moved(keystore.left), *await _served(installation)]
    checks += await examination.relay(machine, place.config)
    checks += examination.laws((org.desk.notice for org in installation.orgs.values()), place.laws)
    for number, org in enumerate(installation.orgs.values()):
        checks += await _of_org(org, place.config, first=not number)
    return checks


async def _served(installation: Any) -> list[Check]:
    """Check the places of a key store that lies on servers, beside the database."""
    if installation.place.config.folders:
        return []
    own = await next(iter(installation.orgs.values())).desk.read(lambda sheet: keeping.server(sheet.tx))
    return keeping.served(installation.keystore.looks, own)


def _day(instant: int) -> str:
    return dt.datetime.fromtimestamp(instant / 1_000_000, dt.UTC).date().isoformat()


def _local(config: Any, folder: Path, machine: Machine) -> list[Check]:
    """Check what this machine holds: files, folders, limits."""
    keys = list(config.folders)
    database = [Path(config.database.removeprefix("sqlite:///"))] if config.database.startswith("sqlite") else []
    root = [] if config.root.startswith(ELSEWHERE) else [Path(config.root)]
    return [
        *([examination.apart(keys[0], keys[1], folder)] if keys else []),
        *[examination.root(machine, path, folder, database) for path in [*root, *keys]],
        *examination.secrecy(machine, [folder / "tepati.toml", *keys, *root, *database]),
        *examination.media(machine, [*keys, *root, folder]),
        *examination.space(machine, [folder, *keys]),
        examination.dumps(machine),
    ]


async def _of_org(org: Org, config: Any, *, first: bool) -> list[Check]:
    desk = org.desk
    now = desk.now()
    vital = await desk.read(lambda sheet: examination.vital(sheet.tx, desk.org))
    engine = await desk.read(lambda sheet: examination.engine(sheet.tx)) if first else []
    slow = await desk.read(lambda sheet: examination.slow(sheet.tx, desk.org, now))
    backup = examination.backup(desk.notice, vital.backup, now)
    work = await desk.read(lambda sheet: alive.workers(sheet.tx, desk.org, now))
    said = config.orgs[desk.org].decoys if desk.org in config.orgs else None
    decoys = await desk.read(lambda sheet: alive.decoys(sheet.tx, desk.org, desk.notice, said))
    papers = await desk.read(lambda sheet: examination.papers(sheet.tx, desk.mac, desk.org, desk.notice, now))
    return [
        *engine, examination.clock(now, vital.head), *examination.objected(org.loaded.objections()), slow, backup,
        *papers, *examination.endpoints(desk.notice, config, desk.org), *work, decoys,
        *await alive.mailbox(said),
    ]  # fmt: skip


def line(check: Check) -> str:
    """Write one check for a terminal: its level, what it is about, what was found and what to do."""
    said, found = words(language(), "cli"), dict(check.found)
    if "grade" in found:
        found["grade"] = said.say(f"grade.{found['grade']}")
    told = said.say(f"doctor.{check.name}.{check.level}", about=check.about, **found)
    return f"{MARKS[check.level]} {told}"
