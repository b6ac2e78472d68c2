"""Room cli: ``tepati schema``: the JSON Schema of the language, for editors."""

import argparse
import json


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser("schema", help="print the JSON Schema of a declaration")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:  # noqa: ARG001 every command is given its arguments
    """Print the schema (JSON Schema 2020-12)."""
    from tepati.notice.schema import schema

    print(json.dumps(schema(), indent=2))
    return 0
