"""Room cli: ``tepati verify``: checks a receipt or an exported ledger without network, and says what it rests on."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tepati.errors import Tampered, Unavailable
from tepati.ledger.verify import Policy, Report, read_policy, verify_log, verify_receipt
from tepati.ports.folder import contents, reader

if TYPE_CHECKING:
    from tepati.cli.port import App, Subparsers

STANDING = {
    "witnessed": "Witnessed: enough of the witnesses that your policy names have cosigned.",
    "stale": "Stale: the newest cosignature is over a week old; newer lines may be withheld.",
    "unwitnessed": "Unwitnessed: only the company itself vouches that this is the one and whole history.",
    "unpinned": "Unpinned: no --policy was given, so only internal consistency was checked. Whoever made this file\n"
    "  could have made all of it. Pin the keys of log and witness, told to you elsewhere, in a policy file.",
}


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("verify", help="check a receipt or an exported ledger, without network")
    parser.add_argument("subject", metavar="FILE|DIR", help="a receipt, or a directory of 'tepati ledger export'")
    parser.add_argument("--policy", metavar="FILE", help="keys you trust (C2SP tlog-policy), told to you elsewhere")
    parser.add_argument("--since", metavar="FILE", help="a head you kept: the ledger must continue it")
    parser.add_argument("--lang", choices=("id", "en"), default="en", help="language of what a receipt says")
    parser.add_argument("--json", action="store_true", help="print facts as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify; exit code 0 sound, 1 findings, 2 unreadable."""
    try:
        policy = read_policy(contents(args.policy).decode("utf-8", "replace")) if args.policy else None
        report = _report(args, policy)
    except Unavailable as fault:
        print(f"tepati: cannot read what was named: {fault.values.get('what', '?')}", file=sys.stderr)
        return 2
    except Tampered as fault:
        print(f"tepati: the policy cannot be read, line {fault.values.get('line', '?')}", file=sys.stderr)
        return 2
    said = _said(args.subject, args.lang) if report.sound and report.record == "bound" else []
    print(json.dumps(facts(report), indent=2) if args.json else "\n".join([*words(report), *said]))
    if any(one.code == "unreadable" for one in report.findings):
        return 2
    return 0 if report.sound else 1


def _report(args: argparse.Namespace, policy: Policy | None) -> Report:
    if not Path(args.subject).is_dir():
        return verify_receipt(contents(args.subject), policy)
    app: App = args.app()
    now = app.now() // 1_000_000
    return verify_log(reader(args.subject), policy, now, contents(args.since) if args.since else None)


def _said(subject: str, lang: str) -> list[str]:
    """Return the sentences of a receipt whose record the ledger covers; one that has no words has none here."""
    told = json.loads(contents(subject))["record"].get("in_words", {})
    return ["", *(f"  {each}" for each in told.get(lang, []))] if isinstance(told, dict) else []


def facts(report: Report) -> dict[str, object]:
    """Return a report as plain JSON."""
    line = None if report.line is None else {name: getattr(report.line, name) for name in report.line.__struct_fields__}
    plain = {name: value for name, value in asdict(report).items() if name != "line"}
    return {"sound": report.sound, **plain, "line": line}


def words(report: Report) -> list[str]:
    """Return a report in words, the verdict first."""
    verdict = "SOUND" if report.sound else "NOT SOUND"
    out = [f"{verdict}: {report.subject} of {report.origin or '(unknown)'}"]
    out += [f"  - {one.what}" for one in report.findings]
    if report.size:
        out.append(f"  head: {report.size} entries, root {report.root}")
    if report.line is not None:
        when = datetime.fromtimestamp(report.line.at // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        out.append(f"  entry {report.index}: {report.line.act}, {report.line.answer}, {report.line.promise}, {when}")
    if report.pruned:
        out.append(f"  entries 0 to {report.pruned - 1} were pruned: not checked, but their hashes lead to the head")
    out += _person(report)
    for name, at in report.cosigned.items():
        out.append(f"  cosigned by {name} at {datetime.fromtimestamp(at, UTC).isoformat()}")
    if report.standing == "witnessed" and 0 < report.witnessed_size < report.size:
        out.append(f"  the last {report.size - report.witnessed_size} entries are not yet cosigned")
    return [*out, f"  {STANDING[report.standing]}"]


def _person(report: Report) -> list[str]:
    opening = {
        "opened": "  the opening belongs to this entry",
        "closed": "  the opening is closed (its salt was taken away): the entry names nobody",
        "none": "",
    }[report.opening]
    record = {
        "bound": "  the readable record is the one whose digest the entry holds",
        "unbound": "  the readable record is NOT covered by the ledger: trust the entry, not the record",
        "none": "",
    }[report.record]
    return [text for text in (opening, record) if text and report.subject == "receipt"]
