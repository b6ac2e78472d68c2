"""Room cli: ``tepati schema``: the JSON Schema of the language, for editors."""

import argparse
import json


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("schema", help="print the JSON Schema of a declaration")
    parser.add_argument("--lang", choices=("id", "en"), default="en", help="language of what editors show beside a key")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the schema (JSON Schema 2020-12)."""
    from tepati.notice.schema import schema

    print(json.dumps(schema(args.lang), indent=2, ensure_ascii=False))
    return 0
