"""Room cli: what the commands need of the installation, which is handed in from above: no command builds one."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from tepati.cli.say import cite, found
from tepati.errors import Misconfigured, Refused
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk
from tepati.flows.tick import Ticked
from tepati.notice.load import Loaded
from tepati.notice.model import Notice

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it so

T = TypeVar("T")


def listening(text: str) -> tuple[str, int]:
    """Read HOST:PORT of the command line. Raises ArgumentTypeError, which ends with exit code 2."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise argparse.ArgumentTypeError("write it as HOST:PORT, such as 127.0.0.1:8740")
    return host, int(port)


class Org(Protocol):
    """One organisation of an installation."""

    @property
    def slug(self) -> str: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def loaded(self) -> Loaded: ...


class Installation(Protocol):
    """An opened installation."""

    @property
    def orgs(self) -> Mapping[str, Org]: ...
    def org(self, slug: str) -> Org:
        """Return one organisation. Raises Misconfigured."""

    async def close(self) -> None: ...


class App(Protocol):
    """The composition root as the commands see it."""

    def now(self) -> int: ...
    def random(self, n: int) -> bytes: ...
    async def open_installation(self, folder: Path) -> Installation: ...
    async def do_due(self, installation: Installation, org: Org) -> Ticked: ...
    async def everything(self, installation: Installation, org: Org) -> tuple[Ticked, list[str]]: ...
    async def signed_in(self, installation: Installation, slug: str) -> Actor: ...
    def keep_session(self, installation: Installation, slug: str, token: str) -> None: ...
    async def sign_out(self, installation: Installation, slug: str) -> bool: ...
    def initialise(
        self, folder: Path, notice: Path, slug: str, origin: str, root: str = "", console: str = ""
    ) -> list[str]: ...
    async def publish(self, installation: Installation, slug: str) -> int: ...
    def fits(self, installation: Installation, slug: str, notice: Notice) -> None: ...
    def serve(self, folder: Path) -> int: ...
    def openapi(self, org: str, origin: str) -> Mapping[str, object]: ...
    def move_keys(self, folder: Path, to: tuple[str, str], say: Callable[[str], None]) -> int: ...
    def demo(self, folder: Path, host: str, port: int, database: str, only: Sequence[str]) -> int: ...
    async def prove(self, folder: Path, say: Callable[[str], None]) -> int: ...


Work = Callable[[argparse.Namespace, App, Installation], Awaitable[int]]


def at(parser: argparse.ArgumentParser, *, org: bool = True) -> None:
    """Declare the folder of the installation, and the organisation."""
    parser.add_argument(
        "--data",
        type=Path,
        default=found(),
        metavar="DIR",
        help="folder of the installation (default: data, or the demo's)",
    )
    if org:
        parser.add_argument("--org", default="", help="organisation, as named in tepati.toml (default: the only one)")


def only(args: argparse.Namespace, installation: Installation) -> None:
    """Fill in the organisation where there is only one. Raises Misconfigured naming those there are."""
    if getattr(args, "org", None) == "":
        if len(installation.orgs) != 1:
            raise Misconfigured("org_unnamed", known=", ".join(sorted(installation.orgs)))
        args.org = next(iter(installation.orgs))


def acting(*verbs: tuple[argparse.ArgumentParser, Work]) -> None:
    """Declare where each verb of a command acts, and what runs when it is called."""
    for verb, work in verbs:
        at(verb)
        verb.set_defaults(run=_act, work=work)


def _act(args: argparse.Namespace) -> int:
    work: Work = args.work
    return within(args, lambda app, installation: work(args, app, installation))


def within(args: argparse.Namespace, work: Callable[[App, Installation], Awaitable[T]]) -> T:
    """Open the installation, do the work, close it again. Raises what either raises; a refusal cites its promise."""
    app: App = args.app()

    async def run() -> T:
        installation = await app.open_installation(args.data)
        try:
            only(args, installation)
            return await work(app, installation)
        except Refused as refused:
            if getattr(args, "org", "") in installation.orgs:
                cite(refused, installation.org(args.org).desk.notice)
            raise
        finally:
            await installation.close()

    return asyncio.run(run())
