"""Room cli: ``tepati witness``: an auditor's machine cosigns heads of the ledger and refuses a fork."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tepati.cli.port import listening
from tepati.errors import Unavailable
from tepati.ledger import tools
from tepati.ports import witnessing
from tepati.ports.folder import Folder, reader

if TYPE_CHECKING:
    from tepati.cli.port import App, Subparsers


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser("witness", help="cosign heads from outside; refuse a fork")
    verbs = parser.add_subparsers(dest="verb", metavar="init|serve|cosign", required=True)
    init = verbs.add_parser("init", help="make a witness: its key and the logs it watches")
    init.add_argument("folder", metavar="DIR")
    init.add_argument("--name", required=True, help="the witness's name, such as auditor.example/w1")
    init.add_argument("--log", action="append", required=True, metavar="VKEY", help="a log's key; may be repeated")
    serve = verbs.add_parser("serve", help="answer C2SP tlog-witness requests over HTTP (put TLS in front)")
    serve.add_argument("folder", metavar="DIR")
    serve.add_argument("--listen", type=listening, default=("127.0.0.1", 8740), metavar="HOST:PORT")
    cosign = verbs.add_parser("cosign", help="cosign the head of an exported ledger")
    cosign.add_argument("folder", metavar="DIR")
    cosign.add_argument("log", metavar="LOG", help="a directory of 'tepati ledger export', or its https address")
    cosign.add_argument("--out", metavar="FILE", help="write the cosigned head here instead of printing it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run one verb; exit code 0 done, 1 refused."""
    return {"init": _init, "serve": _serve, "cosign": _cosign}[args.verb](args)


def _app(args: argparse.Namespace) -> "App":
    found: App = args.app()
    return found


def _init(args: argparse.Namespace) -> int:
    seed = _app(args).random(32)
    key = witnessing.create(Path(args.folder), args.name, seed, [tools.read_key(one) for one in args.log])
    print(f"The witness is made in {args.folder}; its secret is in the file 'key' and nowhere else.")
    print("Give this key to everybody who should trust it (a policy file's 'witness' line):")
    print(f"  {key}")
    return 0


def _serve(args: argparse.Namespace) -> int:
    app = _app(args)
    server = witnessing.server(witnessing.Witness(Path(args.folder)), args.listen, lambda: app.now() // 1_000_000)
    print(f"witness listening on http://{args.listen[0]}:{server.server_address[1]}/", flush=True)
    try:
        server.serve_forever()
    finally:
        server.server_close()
    return 0


def _cosign(args: argparse.Namespace) -> int:
    """Read head and tiles, ask our own witness, write the cosigned head. Raises Unavailable when there is no head."""
    witness, read = witnessing.Witness(Path(args.folder)), reader(args.log)
    head = read("checkpoint")
    if head is None:
        raise Unavailable("ledger_checkpoint")
    origin = head.decode("utf-8", "replace").split("\n", 1)[0]
    at = _app(args).now() // 1_000_000
    answer = witness.answer(tools.submission_from(read, witnessing.size_of(witness.last(origin))), at)
    if answer.status != 200:
        print(f"tepati: refused ({answer.status}): {answer.body.decode().strip()}", file=sys.stderr)
        return 1
    text = head.decode() + answer.body.decode()
    if args.out:
        out = Path(args.out)
        Folder(out.parent).write(out.name, text.encode())
    else:
        print(text, end="")
    return 0
