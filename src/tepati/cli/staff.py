"""Room cli: staff are let in, sign the undertaking, sign in and out, and leave; commands act in their name."""

import argparse
import asyncio
import getpass
import os
import sys
from typing import TYPE_CHECKING

from tepati.cli.port import App, Installation, acting
from tepati.errors import Refused
from tepati.flows.acts import staff
from tepati.flows.acts.dismiss import dismiss

if TYPE_CHECKING:
    from tepati.cli.port import Subparsers

CODES = (
    "The command line takes codes of an authenticator, no passkey. If a passkey is all you sign in by: sign in at the"
    " console, add an authenticator under your sign-in factors, then come back."
)


def add(subparsers: "Subparsers") -> None:
    """Declare the command and its verbs."""
    parser = subparsers.add_parser("staff", help="add staff, sign in and out, sign the undertaking, leave")
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("add", help="let a member of staff in; prints the key of their authenticator once")
    new.add_argument("--name", required=True)
    new.add_argument("--email", required=True)
    new.add_argument("--phone", default="", help="where the notice declares staff.phone")
    new.add_argument("--role", action="append", required=True, help="a role of the notice; may be given again")
    enter = verbs.add_parser("sign-in", help="sign in with password and code (no passkey); lasts eight hours")
    enter.add_argument("--email", required=True)
    enter.add_argument("--code", help="six digits of the authenticator (asked for when absent)")
    bind = verbs.add_parser("undertake", help="sign the undertaking of confidentiality, as signed-in staff")
    out = verbs.add_parser("sign-out", help="end the session of this account")
    leave = verbs.add_parser("leave", help="dismiss a member of staff, as one whose role may approve the notice")
    leave.add_argument("--email", required=True)
    acting((new, _add), (enter, _sign_in), (bind, _undertake), (out, _sign_out), (leave, _leave))


def _password() -> str:
    return os.environ.get("TEPATI_PASSWORD") or getpass.getpass("Password: ")


async def _add(args: argparse.Namespace, _app: App, installation: Installation) -> int:
    password = await asyncio.to_thread(_password)
    new = staff.Newcomer(args.name, args.email, args.phone, password, tuple(args.role))
    welcomed = await staff.welcome(installation.org(args.org).desk, new)
    print(f"let in. Key for their authenticator, shown once: {welcomed.factor}")
    return 0


async def _sign_in(args: argparse.Namespace, app: App, installation: Installation) -> int:
    password = await asyncio.to_thread(_password)
    code = args.code or await asyncio.to_thread(input, "Code: ")
    try:
        token = await staff.sign_in(installation.org(args.org).desk, args.email, password, code)
    except Refused:
        print(f"tepati: {CODES}", file=sys.stderr)  # to everybody alike: it tells nobody whether the password was right
        raise
    app.keep_session(installation, args.org, token)
    print("signed in for eight hours")
    return 0


async def _undertake(args: argparse.Namespace, app: App, installation: Installation) -> int:
    actor = await app.signed_in(installation, args.org)
    await staff.undertake(installation.org(args.org).desk, actor.person)
    print("undertaking signed")
    return 0


async def _sign_out(args: argparse.Namespace, app: App, installation: Installation) -> int:
    ended = await app.sign_out(installation, args.org)
    print("signed out" if ended else "the session was over already")
    return 0


async def _leave(args: argparse.Namespace, app: App, installation: Installation) -> int:
    actor = await app.signed_in(installation, args.org)
    ended = await dismiss(installation.org(args.org).desk, actor, args.email)
    print(f"dismissed; sessions ended: {ended}")
    return 0
