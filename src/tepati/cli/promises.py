"""Room cli: ``tepati promises`` prints every promise with its state and evidence, worst news first. It never judges."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Final

from tepati.board.board import Board, Judged, blind, board
from tepati.board.verdict import STATES
from tepati.board.written import row_of
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
    return await desk.read(lambda sheet: board(sheet.tx, desk.notice, desk.org, sheet.at, desk=desk))


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
