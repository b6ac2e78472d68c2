"""Room cli: ``tepati promises`` prints every promise with its state and evidence, worst news first. It never judges."""

import argparse
import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from tepati.board.board import Board, Judged, blind, board
from tepati.board.verdict import STATES, Evidence
from tepati.cli.port import Installation, at, within
from tepati.cli.say import language
from tepati.notice.words import words

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers

MARKS: Final = {"kept": "●", "due": "◐", "broken": "◆", "gap": "○", "unproven": "◌", "unused": "-"}


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("promises", help="list every promise with its state and evidence")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a promise")
    at(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the board of one organisation; 0 also where promises are broken: ``--json`` says which."""
    made = within(args, lambda _, installation: _board(installation, args.org))
    out = json.dumps([row_of(row) for row in made.rows], ensure_ascii=False, indent=1) if args.json else text(made)
    sys.stdout.write(out + "\n")
    return 0


async def _board(installation: Installation, slug: str) -> Board:
    desk = installation.org(slug).desk
    return await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at))


def row_of(row: Judged) -> dict[str, Any]:
    """Return one promise as the contract has it: instants in ISO 8601 (UTC), empty texts left out."""
    promise = row.promise
    out: dict[str, Any] = {
        "id": promise.id, "ids": list(promise.ids), "kind": promise.kind,
        "text": {"id": promise.text.id, "en": promise.text.en}, "state": row.state, "grade": row.grade,
        "grades": list(row.grades), "coverage": str(row.coverage), "evidence": shown(row.evidence),
        "law": list(promise.law), "default": promise.default,
        "sentence": {"id": row.sentence.id, "en": row.sentence.en}, "lines": list(row.lines),
    }  # fmt: skip
    if row.since:
        out["since"] = iso(row.since)
    for name, said in (("cause", row.cause), ("repair", row.repair)):
        if said.en:
            out[name] = {"id": said.id, "en": said.en}
    return out


def shown(evidence: Evidence) -> Evidence:
    """Return evidence with instants as text and lengths in seconds (``longest_took`` becomes ``longest_seconds``)."""
    out: Evidence = {}
    for key, value in evidence.items():
        if isinstance(value, int) and key.endswith("_at"):
            out[key] = iso(value)
        elif isinstance(value, int) and key.endswith("_took"):
            out[f"{key.removesuffix('_took')}_seconds"] = value // 1_000_000
        else:
            out[key] = value
    return out


def iso(us: int) -> str:
    """Write an instant in ISO 8601, UTC; "" for none, and for one after the year 9999 (no end)."""
    if not 0 < us < 253_402_300_800_000_000:
        return ""
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)).isoformat()


def text(made: Board) -> str:
    """Write the board for a terminal, in its language: the sum, what is bad, then every promise by clause."""
    lang = language()
    say = words(lang, "board").say
    total = ", ".join(f"{made.summary[state]} {say(f'state.{state}').lower()}" for state in STATES)
    lines = [say("total", n=len(made.rows) + made.hidden), f"  {total}"]
    if made.hidden:
        lines.append("  " + say("hidden", n=made.hidden))
    for row in made.first():
        lines += ["", f"{MARKS[row.state]} {say(f'state.{row.state}').upper()}  {row.promise.id}", *_trouble(row, lang)]
    for group in made.groups():
        head = group.key if group.key not in {"", "L"} else say("group.law" if group.key else "group.rest")
        lines += ["", head]
        lines += [_line(row, lang) for row in group.rows]
    return "\n".join([*lines, "", blind().of(lang)])


def _trouble(row: Judged, lang: str) -> list[str]:
    return [f"  {said.of(lang)}" for said in (row.promise.text, row.cause, row.repair) if said.of(lang)]


def _line(row: Judged, lang: str) -> str:
    say = words(lang, "board").say
    grades = ", ".join(say(f"grade.{grade}").lower() for grade in row.grades)
    state = say(f"state.{row.state}")
    head = f"  {MARKS[row.state]} {state:<16} {row.promise.id:<38} {row.covered.of(lang)}"
    return f"{head}{', ' if grades else ''}{grades}\n      {row.promise.text.of(lang)}\n      {row.sentence.of(lang)}"
