"""Room cli: ``tepati check FILE...``: all faults of declarations, each with its place and the way to mend it."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import asdict

if TYPE_CHECKING:
    from tepati.notice.law.pack import Official
    from tepati.notice.load import Loaded

SOUND, FINDINGS, UNREADABLE = 0, 1, 2


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("check", help="check declarations; exit 0 sound, 1 findings, 2 unreadable")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    parser.add_argument("--strict", action="store_true", help="warnings count as findings too")
    parser.add_argument("--lang", choices=("id", "en"), default="en", help="language of the findings")
    parser.add_argument(
        "--data", type=Path, default=None, metavar="DIR", help="installation whose recorded laws count (default: data)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check all files; the worst of them decides the exit code."""
    from tepati.cli.say import found
    from tepati.ports import laws

    recorded = laws.read(args.data or found())
    loaded = [(name, read(name, args.lang, recorded)) for name in args.files]
    codes = [_code(one, strict=args.strict) for _, one in loaded]
    if args.json:
        print(json.dumps([_facts(name, one) for name, one in loaded], ensure_ascii=False, indent=2))
        return max(codes)
    for name, one in loaded:
        _tell(name, one, args.lang)
    return max(codes)


def read(name: str, lang: str = "en", laws: "tuple[Official, ...]" = ()) -> "Loaded | None":
    """Read a declaration; None, and told, where the file cannot be read."""
    from tepati.cli.say import plain
    from tepati.notice.load import load

    try:
        return load(Path(name).read_bytes(), name, lang, laws)
    except OSError as fault:
        print(plain(f"{name}: {fault.strerror}"), file=sys.stderr)
        return None


def sound(name: str) -> "Loaded | None":
    """Read a declaration that must have no faults; None, and told, where it has some or cannot be read."""
    from tepati.cli.say import plain

    loaded = read(name)
    if loaded is None or loaded.notice is not None:
        return loaded
    print(plain(f"{name}: faults stand in it; tepati check tells them"), file=sys.stderr)
    return None


def _code(loaded: "Loaded | None", *, strict: bool) -> int:
    if loaded is None or not loaded.readable:
        return UNREADABLE
    told = [f for f in loaded.findings if f.level == "error" or (strict and f.level == "warning")]
    return FINDINGS if told else SOUND


def _facts(name: str, loaded: "Loaded | None") -> dict[str, object]:
    if loaded is None:
        return {"file": name, "readable": False, "sound": False, "digest": None, "findings": []}
    findings = [asdict(finding) for finding in loaded.findings]
    sound = loaded.notice is not None
    return {
        "file": name,
        "readable": loaded.readable,
        "sound": sound,
        "digest": loaded.digest.hex(),
        "findings": findings,
    }


def _tell(name: str, loaded: "Loaded | None", lang: str) -> None:
    from tepati.cli.say import plain
    from tepati.notice.words import words

    if loaded is None:
        return
    said = words(lang, "cli")
    for finding in loaded.findings:
        print(plain(str(finding) if finding.level == "error" else f"{finding} ({said.say(f'check.{finding.level}')})"))
    count = Counter(finding.level for finding in loaded.findings)
    key = "check.faulty" if count["error"] else "check.sound"
    numbers = {"errors": count["error"], "warnings": count["warning"], "advice": count["advice"]}
    print(said.say(key, file=plain(name), **numbers))
