"""Room cli: ``tepati render FILE``: the notice as people read it, to standard output."""

import argparse
import sys

from tepati.cli.check import UNREADABLE, read


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
    from tepati.notice.render import render
    from tepati.ports.press import pdf

    loaded = read(args.file)
    if loaded is None:
        return UNREADABLE
    if loaded.notice is None:
        print(f"{args.file}: faults stand in it; tepati check tells them", file=sys.stderr)
        return 1 if loaded.readable else UNREADABLE
    if args.population and args.population not in loaded.notice.populations:
        print(f"no such kind of people; known: {', '.join(loaded.notice.populations)}", file=sys.stderr)
        return 1
    written = document(loaded.notice, args.lang, args.population)
    if args.to != "pdf":
        print(render(written, args.to), end="")
        return 0
    if sys.stdout.isatty():
        print("a PDF is no text for a terminal: name a file, ... --to pdf > notice.pdf", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(pdf(written, loaded.digest))
    return 0
