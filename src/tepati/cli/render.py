"""Room cli: ``tepati render FILE``: the notice as people read it, to standard output."""

import argparse
import sys
from typing import TYPE_CHECKING

from tepati.cli.check import UNREADABLE, sound

if TYPE_CHECKING:
    from tepati.notice.document import Document


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("render", help="write a notice as text, Markdown, HTML or PDF")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--lang", choices=("id", "en"), default="id", help="language of the notice")
    parser.add_argument("--to", choices=("text", "md", "html", "pdf"), default="text", help="form of the output")
    parser.add_argument("--for", dest="population", default="", help="the kind of people it is written for")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Render a sound declaration; a faulty one is left to ``tepati check``."""
    from tepati.notice.document import document

    loaded = sound(args.file)
    if loaded is None:
        return UNREADABLE
    if args.population and args.population not in loaded.sound().populations:
        print(f"no such kind of people; known: {', '.join(loaded.sound().populations)}", file=sys.stderr)
        return 1
    return printed(document(loaded.sound(), args.lang, args.population), loaded.digest, args.to)


def printed(document: "Document", digest: bytes, to: str) -> int:
    """Print a document in one of the forms. Raises Misconfigured where a PDF needs an extra."""
    from tepati.notice.render import render
    from tepati.ports.press import pdf

    if to != "pdf":
        print(render(document, to), end="")
        return 0
    return binary(pdf(document, digest), "pdf", "notice")


def binary(body: bytes, to: str, name: str) -> int:
    """Write a file that is no text, unless it would go to a terminal."""
    if sys.stdout.isatty():
        print(f"this is no text for a terminal: name a file, ... --to {to} > {name}.{to}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(body)
    return 0
