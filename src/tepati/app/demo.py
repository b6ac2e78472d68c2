"""Composition root: the demonstration. Fresh secrets, invented people, real flows, a mailbox that keeps all mail."""

import asyncio
import datetime as dt
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import msgspec
import pyotp

from tepati.app import seed
from tepati.app.alone import Serving
from tepati.app.attempts import attempt, offered
from tepati.app.cleaning import Cleaning
from tepati.app.company import Company
from tepati.app.compose import Org, now, opened, random
from tepati.app.mailboxes import SinkBoxes
from tepati.app.outward import sunk
from tepati.app.serve import free, loopback, until_stopped
from tepati.errors import Misconfigured, NotFound, Refused
from tepati.ports import config as configuration
from tepati.ports.config import Config, MailConfig, OrgConfig, Place
from tepati.ports.sink import Sink
from tepati.vault.root import FileRoot
from tepati.web.ports import File, Mail, SignIn

EXAMPLES = ("home-cleaning", "online-store", "point-of-sale", "hosting", "office-booking")
DAY = 86_400_000_000
KEPT, SHOWN = 2_000, 100  # mails
MARK = "DEMO"  # only a folder with this file is ever emptied


class Seeded(msgspec.Struct, frozen=True):
    """What the seeding left: on which day, how many records there were then, and how the staff sign in."""

    day: str
    records: int
    staff: tuple[seed.Staff, ...]
    notices: dict[str, str] = {}  # the digests that were published


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's own pages: the mail its sink received, and the staff's passwords and codes."""

    sink: Sink
    staff: tuple[seed.Staff, ...]
    folder: Path
    orgs: Mapping[str, Org]

    @property
    def attempts(self) -> Mapping[str, str]:
        """The attempts to break a promise that a visitor may choose, each with its organisation."""
        return offered(self.orgs)

    @property
    def sign_ins(self) -> tuple[SignIn, ...]:
        """How the staff sign in, and customers who guard their account, with the code of this half minute."""
        return tuple(
            SignIn(s.name, ", ".join(s.roles), sign_in(s, self.folder) if s.roles else "", s.email, s.password,
                   code_of(s), s.org)
            for s in self.staff
        )  # fmt: skip

    async def attempt(self, which: str) -> Refused:
        """Try to break a promise. Raises NotFound."""
        return await attempt(self.orgs, self.staff, which)

    async def mails(self) -> list[Mail]:
        """List what was received, newest first."""
        return [_mail(m) for m in self.sink.messages()[:SHOWN]]

    async def mail(self, mail_id: str) -> Mail:
        """Return one message. Raises NotFound."""
        for received in self.sink.messages():
            if received.id == mail_id:
                files = tuple(File(a.name, a.body) for a in received.attachments)
                return replace(_mail(received), files=files)
        raise NotFound("page")


def sign_in(staff: seed.Staff, folder: Path) -> str:
    """Say the command by which a member of staff of the demo signs in."""
    return (
        f"TEPATI_PASSWORD={staff.password} ./tepati staff sign-in --data {shown(folder)} --org {staff.org}"
        f" --email {staff.email} --code {code_of(staff)}"
    )


def code_of(staff: seed.Staff) -> str:
    """Give the code of a member of staff for this half minute."""
    return pyotp.TOTP(staff.factor).at(now() // 1_000_000)


def shown(folder: Path) -> str:
    """Name a folder as it is typed from where the demo was started."""
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return str(folder)


def _mail(received: object) -> Mail:
    r = received
    return Mail(r.id, r.at, r.sender, ", ".join(r.to), r.subject, r.text, r.html)  # type: ignore[attr-defined]


def demo(folder: Path, host: str, port: int, database: str, only: Sequence[str] = ()) -> int:
    """Seed where needed, then serve until stopped: all examples, or only some of them.

    Raises Misconfigured off loopback (that needs TLS and a code), where the port is taken, or for no example.
    """
    if not loopback(host):
        raise Misconfigured("demo_off_loopback", host=host)
    if strange := set(only) - set(EXAMPLES):
        raise Misconfigured("unknown_org", org=min(strange), known=", ".join(EXAMPLES))
    return asyncio.run(_demo(folder.resolve(), host, port, database, [one for one in EXAMPLES if one in only]))


async def _demo(folder: Path, host: str, port: int, database: str, only: Sequence[str]) -> int:
    free(f"{host}:{port}")  # before anybody waits for the seeding
    kept, examples = read_seeded(folder), only or EXAMPLES
    if kept is None or await _stale(kept, place(folder, host, port, database, 0, examples)):
        clear(folder)
        kept = None
    sink = Sink(folder=folder / "mail", keep=KEPT)
    smtp = await sink.start()
    where = place(folder, host, port, database, smtp, examples)
    configuration.write(folder, where.config)  # so that the commands find the demo too
    try:
        if kept is None:
            kept = await _seed(where, sink)
        installation = await opened(where, ways=sunk(sink, now))
        try:
            _greet(folder, host, port, kept)
            also = (f"localhost:{port}", f"127.0.0.1:{port}")
            shown = Demo(sink, kept.staff, folder, installation.orgs)
            await until_stopped(installation, shown, also, lambda org: SinkBoxes(sink, org.desk.sender))
        finally:
            await installation.close()
    finally:
        await sink.stop()
    return 0


def place(
    folder: Path, host: str, port: int, database: str, smtp: int, of: Sequence[str] = EXAMPLES[:1]
) -> Place:  # fmt: skip
    """Describe the demo's installation: some examples, one origin for all, mail to its own mailbox."""
    origin = f"http://{host}:{port}"
    base = examples()
    orgs = {name: OrgConfig(str(base / name / "notice.yaml"), origin, str(base / name / "site.toml")) for name in of}
    config = Config(
        database=database or f"sqlite:///{folder / 'tepati.db'}", keys=(str(folder / "keys-1"), str(folder / "keys-2")),
        root=str(folder / "root.key"), browser="none", orgs=orgs, listen=f"{host}:{port}",
        mail=MailConfig(host="127.0.0.1", port=smtp, security="none"),
    )  # fmt: skip
    return Place(folder, config, demo=True)


def examples() -> Path:
    """Find the examples: beside the package in the repository. Raises Misconfigured."""
    found = Path(str(files("tepati"))).parents[1] / "examples"
    if not found.is_dir():
        raise Misconfigured("examples_absent", folder=str(found))
    return found


def today() -> str:
    """Name the day in Jakarta."""
    zone = dt.timezone(dt.timedelta(hours=7))
    return dt.datetime.fromtimestamp(now() / 1_000_000, zone).date().isoformat()


def read_seeded(folder: Path) -> Seeded | None:
    """Read what an earlier start left, or None where it never finished."""
    try:
        return msgspec.json.decode((folder / "seeded.json").read_bytes(), type=Seeded)
    except (OSError, msgspec.DecodeError):
        return None


def clear(folder: Path) -> None:
    """Empty a folder that an earlier demo made. Raises Misconfigured for one that holds anything else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Misconfigured("not_a_demo_folder", folder=str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    (folder / MARK).write_text("This folder was made by tepati demo, which may empty it.\n", "utf-8")


async def _stale(kept: Seeded, where: Place) -> bool:
    """Say whether to seed anew: of an earlier day or another checkout, and nobody has booked.

    Raises Misconfigured where somebody has, and the notices are others now (they would have to be published), and
    where another process serves it.
    """
    with Serving(where):  # nobody is served by it now
        pass
    same = kept.notices == notices(where)
    if kept.day == today() and same:
        return False
    untouched = await _untouched(kept, where)
    if not untouched and not same:
        raise Misconfigured("demo_other", folder=str(where.folder))
    return untouched


def notices(where: Place) -> dict[str, str]:
    """Give the digest of each notice file."""
    return {slug: sha256(Path(org.notice).read_bytes()).hexdigest() for slug, org in where.config.orgs.items()}


async def _untouched(kept: Seeded, where: Place) -> bool:
    """Say whether nobody has booked since the seeding: then an old day's demo is made anew."""
    installation = await opened(where)
    try:
        return await seed.records(installation) == kept.records
    finally:
        await installation.close()


async def _seed(where: Place, sink: Sink) -> Seeded:
    FileRoot(Path(where.config.root), random, create=True)
    clock = seed.Clock(now() - seed.PAST)
    installation = await opened(where, clock=clock, mail=seed.Straight(sink), ways=sunk(sink, clock))
    try:
        staff = await seed.fill(installation, sink, clock, _progress, _life)
        kept = Seeded(today(), await seed.records(installation), staff, notices(where))
    finally:
        await installation.close()
    path = where.folder / "seeded.json"
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(kept))
    return kept


def _life(world: seed.World) -> seed.Life:
    """Choose how an example lives: by bookings and visits, or by the forms of its site."""
    return Cleaning(world) if world.cast.guests else Company(world)


def _progress(done: int, of: int, what: str) -> None:
    end = "\n" if done == of else ""
    print(f"\r  {done:3d}/{of} {what:<48}", end=end, file=sys.stderr, flush=True)


def _greet(folder: Path, host: str, port: int, kept: Seeded) -> None:
    print(f"Tepati demo: http://{host}:{port}/   (mail it sent: http://{host}:{port}/mail; stop with Ctrl-C)")
    print("Everybody in it is invented, and so its root key lies in its own folder, which a real installation avoids.")
    print("Staff sign in with these (a code lives half a minute; the page shows a new one):")
    for org, members in groupby(kept.staff, key=lambda one: one.org):
        print(f"  {org}: http://{host}:{port}/{org}/konsol/masuk")
        for one in members:
            roles = ", ".join(one.roles) or f"a customer: http://{host}:{port}/{org}/pusat-privasi/sandi"
            print(f"    {one.email:<30} {one.password}  {code_of(one)}  {one.name}, {roles}")
    print(f"By the command line instead, for example:\n  {sign_in(kept.staff[0], folder)}", flush=True)
