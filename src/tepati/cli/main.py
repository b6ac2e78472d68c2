"""Room cli: finds the named command, and says what went wrong in words. It prints and never decides.

Each command is a module of this room with ``add(subparsers)``; only the one that is called is imported, so that
``tepati check`` starts in a fraction of a second.
"""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

from tepati import __version__

# command -> (module, one line); the order is the order of the help
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "run a demonstration with invented people on this computer"),
    "test": ("test", "run all tests (through the launcher in the repository)"),
    "check": ("check", "find the faults of a notice, each with its line and its mend"),
    "diff": ("diff", "say what a new version of a notice widens, for whom, and what must happen first"),
    "render": ("render", "write a notice out for people to read"),
    "record": ("record", "write the record of processing activities that the law asks for"),
    "law": ("law", "record the official text of a law, or list what each pack rests on"),
    "schema": ("schema", "print the JSON Schema of the language, for editors"),
    "openapi": ("openapi", "print the API as OpenAPI 3.1, for programs that make clients from it"),
    "init": ("init", "make keys, database and configuration of an installation"),
    "serve": ("serve", "serve the site of every organisation of an installation"),
    "publish": ("publish", "put a notice into force"),
    "promises": ("promises", "list every promise with its state and evidence"),
    "papers": ("papers", "write record, impact assessment, promises and deadlines as one zip"),
    "staff": ("staff", "add staff, sign in, sign the undertaking"),
    "key": ("api_key", "make, list and end API keys of your own programs"),
    "look": ("look", "open fields of one person for a purpose, as signed-in staff"),
    "send": ("send", "send a declared message to all whose state allows it"),
    "correct": ("correct", "write a right value for who called or came by; an e-mail address by its own link"),
    "erase": ("erase", "erase a person on request, with a certificate"),
    "case": ("case", "open, approve and read a security case: who used somebody's data"),
    "agreement": ("agreement", "record agreements with recipients, or list them"),
    "news": ("news", "announce something on the site, or list what was announced"),
    "observe": ("observe", "say how a trouble was mended, or attest a fact"),
    "tick": ("tick", "do what is due now: mail, sweeps, erasures, and once a day the daily round"),
    "keys": ("keys", "show the keys' state, roll to a new epoch, or move them elsewhere"),
    "backup": ("backup", "write an encrypted backup without keys"),
    "restore": ("backup", "rebuild an installation from a backup and the newest key mirror"),
    "prove-erasure": ("prove", "erase marked people and search every byte for them"),
    "ledger": ("ledger", "export the ledger, or print its signed head"),
    "verify": ("verify", "check a receipt or an exported ledger, without network"),
    "witness": ("witness", "cosign heads from outside; refuse a fork"),
    "doctor": ("doctor", "examine the installation and say what to mend"),
    "bench": ("bench", "measure each operation beside its floor"),
}


def parser_of(name: str) -> argparse.ArgumentParser:
    """Build the parser with the one command that is called; the others stand in the help only."""
    listing = "\n".join(f"  {word:<14} {line}" for word, (_, line) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="tepati", usage="tepati COMMAND [options]", epilog=f"commands:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter, add_help=True,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"tepati {__version__}")
    if name in COMMANDS:
        subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", prog="tepati")
        importlib.import_module(f"tepati.cli.{COMMANDS[name][0]}").add(subparsers)
        subparsers.choices[name].set_defaults(refuse=subparsers.choices[name].error)
    return parser


def main(argv: Sequence[str], app: Callable[[], object] | None = None) -> int:
    """Run one command, handing it the composition root, and return its exit code.

    0 is done, 1 findings or refused, 2 not usable, 130 interrupted.
    """
    name = next((word for word in argv if not word.startswith("-")), "")
    parser = parser_of(name)
    if name not in COMMANDS:
        parser.parse_args([word for word in argv if word.startswith("-")])
        parser.print_help()
        return 0 if not name else _unknown(name)
    args, rest = parser.parse_known_args(list(argv))
    if rest:
        args.refuse(f"unrecognized arguments: {' '.join(rest)}")  # with the usage of this command; ends with 2
    args.app = app
    return guarded(args)


def guarded(args: argparse.Namespace) -> int:
    """Run the command; an error of ours, or of a file that was named, is told in words without a traceback."""
    from tepati.cli.say import explain, plain
    from tepati.errors import TepatiError, Unavailable

    try:
        return int(args.run(args))
    except TepatiError as error:
        print(plain(explain(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except OSError as error:
        print(
            explain(Unavailable("file_fault", file=str(error.filename or ""), what=error.strerror or "")),
            file=sys.stderr,
        )
        return 2


def _unknown(name: str) -> int:
    import difflib

    from tepati.cli.say import plain

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    print(f"tepati: there is no command '{plain(name)}'.{hint}", file=sys.stderr)
    return 2
