"""Composition root: an installation is made, its notice published, and a member of staff stays signed in."""

import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from tepati.app.compose import Installation, now, random
from tepati.app.places import keystore_of
from tepati.app.roots import root_of
from tepati.errors import Expired, Misconfigured
from tepati.flows.actor import Actor
from tepati.flows.acts import publish as act
from tepati.flows.acts.dismiss import sign_out as end
from tepati.flows.acts.staff import signed_in as who
from tepati.notice.load import load
from tepati.notice.model import Notice
from tepati.ports import config as configuration
from tepati.ports.config import ELSEWHERE, Config, OrgConfig
from tepati.web.site.fitting import shop


def initialise(folder: Path, notice: Path, slug: str, origin: str, root: str = "", console: str = "") -> list[str]:
    """Make configuration and keys in a folder; return what stands where. Raises Misconfigured, BadNotice.

    ``console`` is the console's own address, of another host than the site's; without it no console is served.
    The root lies beside the folder where no file is named for it: whoever copies the folder does not copy the root.
    """
    if not root.startswith(ELSEWHERE):
        root = str((Path(root) if root else folder.with_name(f"{folder.resolve().name}.root.key")).resolve())
    if (folder / "tepati.toml").exists():
        raise Misconfigured("installation_exists", file=str(folder / "tepati.toml"))
    for each in (origin, console) if console else (origin,):
        _address(each)
    if urlsplit(console).netloc == urlsplit(origin).netloc:
        raise Misconfigured("origin_shared")
    declared = load(notice.read_bytes(), str(notice)).sound()
    slug = slug or _slug(declared.organisation.name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    site = notice.parent / "site.toml"
    said = OrgConfig(str(notice.resolve()), origin, str(site.resolve()) if site.exists() else "", console)
    config = Config(
        database=f"sqlite:///{folder.resolve() / 'tepati.db'}", root=root,
        keys=(str(folder.resolve() / "keys-1"), str(folder.resolve() / "keys-2")), orgs={slug: said},
    )  # fmt: skip
    keystore_of(config, root_of(config.root, random, create=True), random, now).close()
    configuration.write(folder, config)
    return [
        f"configuration: {folder / 'tepati.toml'}; organisation: {slug}",
        f"root of all keys ({_kept(root)}): {config.root}",
        f"key store, two mirrors, never backed up; move the second to another disk: {config.keys[0]}, {config.keys[1]}",
        f"database: {config.database}",
        f"next: set [mail] and [orgs.{slug}.decoys]",
        "then: tepati publish, tepati staff add, tepati agreement add, tepati doctor",
    ]


def _slug(name: str) -> str:
    """Call an organisation in addresses and commands as people call it: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "org"


def _address(origin: str) -> None:
    """Check that an address is a scheme and a host, and nothing more. Raises Misconfigured."""
    at = urlsplit(origin)
    if at.scheme not in {"http", "https"} or not at.hostname or at.path.strip("/") or at.query:
        raise Misconfigured("origin_form", origin=origin)


def _kept(root: str) -> str:
    """Say how a root is kept: of a file there must be a copy, a service or token has its own."""
    return "kept outside" if root.startswith(ELSEWHERE) else "mode 0600; keep a copy apart from every backup"


async def publish(installation: Installation, slug: str) -> int:
    """Publish the first notice of an organisation; return its version. Raises Conflict, Refused (a later one)."""
    org = installation.org(slug)
    await act.publish(
        replace(org.desk, notice=org.loaded.sound(), digest=org.loaded.digest), org.loaded.source.decode()
    )
    return org.loaded.sound().notice.version


def fits(installation: Installation, slug: str, notice: Notice) -> None:
    """Check that what the pages say beside the notice fits a version to come. Raises Misconfigured."""
    org = installation.org(slug)
    if org.site:
        shop(org.site, notice)


def _session(installation: Installation, slug: str) -> Path:
    return installation.place.folder / f"session.{slug}.{os.getuid()}"


def keep_session(installation: Installation, slug: str, token: str) -> None:
    """Keep the session of whoever uses this account of the machine, readable by nobody else."""
    path = _session(installation, slug)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(token)


async def sign_out(installation: Installation, slug: str) -> bool:
    """End the session of this account, and forget it; False where nobody was signed in any more. Raises Expired."""
    desk, path = installation.org(slug).desk, _session(installation, slug)
    try:
        token = path.read_text("ascii")
    except OSError:
        raise Expired("not_signed_in") from None
    try:
        return await end(desk, await who(desk, token), token)
    except Expired:
        return False
    finally:
        path.unlink(missing_ok=True)


async def signed_in(installation: Installation, slug: str) -> Actor:
    """Say who is signed in on this account. Raises Expired (nobody, or no longer)."""
    try:
        token = _session(installation, slug).read_text("ascii")
    except OSError:
        raise Expired("not_signed_in") from None
    return await who(installation.org(slug).desk, token)
