"""Room cli: ``tepati ledger``: writes the ledger out for auditors, shows its head, takes cosignatures in."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tepati.cli.port import at, within
from tepati.flows.desk import Desk
from tepati.ledger import tools
from tepati.ports import witnessing
from tepati.ports.folder import Folder, contents

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("ledger", help="export the ledger, or print its signed head")
    verbs = parser.add_subparsers(dest="verb", metavar="export|checkpoint|ask|cosigned|reconcile", required=True)
    export = verbs.add_parser("export", help="write the ledger as files (tlog-tiles); again: only what is new")
    export.add_argument("folder", metavar="DIR")
    export.add_argument("--public", action="store_true", help="heads and hash tiles only, without entries")
    verbs.add_parser("checkpoint", help="print the newest signed head").add_argument("--json", action="store_true")
    ask = verbs.add_parser("ask", help="ask a witness that serves over the network to cosign the newest head")
    ask.add_argument("url", metavar="URL", help="the witness's submission prefix (https)")
    ask.add_argument("--witness", required=True, metavar="VKEY")
    cosigned = verbs.add_parser("cosigned", help="keep a head that a witness has cosigned")
    cosigned.add_argument("file", metavar="FILE")
    cosigned.add_argument("--witness", action="append", required=True, metavar="VKEY")
    verbs.add_parser("reconcile", help="compare effects and lines, both ways").add_argument(
        "--json", action="store_true"
    )
    for verb in verbs.choices.values():
        at(verb)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run one verb; exit code 0 done, 1 findings."""
    verb = VERBS[args.verb]
    return within(args, lambda _, installation: verb(args, installation.org(args.org).desk))


async def _export(args: argparse.Namespace, desk: Desk) -> int:
    folder = Folder(Path(args.folder))
    head = await tools.export(desk.store, args.org, folder.read, folder.write, bundles=not args.public, own=desk.log)
    if folder.read("policy") is None:
        folder.write("policy", tools.policy(str(desk.log.key), []).encode())
    print(f"{head.size} entries, root {head.root.hex()}, in {args.folder}")
    return 0


async def _checkpoint(args: argparse.Namespace, desk: Desk) -> int:
    state = await tools.state(desk.store, args.org, desk.log)
    if args.json:
        print(json.dumps({name: getattr(state, name) for name in state.__slots__}, indent=2))
    else:
        print(state.head, end="")
        print(f"{state.pending} waiting; {state.witnesses} witnesses up to {state.witnessed_size}", file=sys.stderr)
        if state.pruned:
            print(f"entries 0 to {state.pruned - 1} are pruned: their declared time is over", file=sys.stderr)
    return 0


async def _ask(args: argparse.Namespace, desk: Desk) -> int:
    def post(body: bytes) -> tuple[int, bytes]:
        return witnessing.ask(args.url, body)

    count = await tools.ask(desk.store, args.org, str(desk.log.key), args.witness, post, desk.log)
    print(f"{count} of 1 witnesses have cosigned this head")
    return 0 if count else 1


async def _cosigned(args: argparse.Namespace, desk: Desk) -> int:
    note = contents(args.file).decode()
    count = await tools.cosigned(desk.store, args.org, note, str(desk.log.key), args.witness, desk.log)
    print(f"{count} of {len(args.witness)} witnesses have cosigned this head")
    return 0 if count else 1


async def _reconcile(args: argparse.Namespace, desk: Desk) -> int:
    found = await tools.reconcile(desk.store, args.org, own=desk.log)
    plain = [{"kind": one.kind, "at": one.at, "ledger_id": one.ledger_id.hex()} for one in found]
    if args.json:
        print(json.dumps(plain, indent=2))
    else:
        print("\n".join(f"{one['kind']}: {one['at']} {one['ledger_id']}" for one in plain) or "effects and lines agree")
    return 1 if found else 0


VERBS = {"export": _export, "checkpoint": _checkpoint, "ask": _ask, "cosigned": _cosigned, "reconcile": _reconcile}
