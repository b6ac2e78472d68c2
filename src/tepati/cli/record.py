"""Room cli: ``tepati record FILE``: the record of processing activities (UU PDP Art. 31), to standard output."""

import argparse
import csv
import sys

from tepati.cli.check import UNREADABLE, sound
from tepati.cli.render import binary, printed


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("record", help="write the record of processing activities that the law asks for")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--lang", choices=("id", "en"), default="id", help="language of the record")
    forms = ("text", "md", "html", "pdf", "csv", "xlsx")
    parser.add_argument("--to", choices=forms, default="text", help="form of the output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the record of a sound declaration; a faulty one is left to ``tepati check``."""
    from tepati.notice.activities import record, rows
    from tepati.notice.sheet import safe
    from tepati.notice.workbook import workbook

    loaded = sound(args.file)
    if loaded is None:
        return UNREADABLE
    written = record(loaded.sound(), args.lang)
    if args.to == "xlsx":
        return binary(workbook([(written.title, rows(written))]), "xlsx", "record")
    if args.to != "csv":
        return printed(written, loaded.digest, args.to)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerows([safe(cell) for cell in row] for row in rows(written))
    return 0
