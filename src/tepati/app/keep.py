"""Composition root: backups and restores of a whole installation, its key store opened without its doors."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tepati.app.compose import Installation, jitter, now, random
from tepati.app.places import keystore_of
from tepati.app.relog import Relog
from tepati.app.roots import root_of
from tepati.errors import Conflict, Misconfigured, Tampered
from tepati.flows.desk import Sheet
from tepati.ports import config as configuration
from tepati.registers import observations
from tepati.registers.observations import Observation
from tepati.store.open import open_store
from tepati.vault.backup import Backup, backup, expire, frames
from tepati.vault.keystore import KeyStore
from tepati.vault.restore import Restored, restore

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that was written and read back, its last day (microseconds), and how many older ones ended."""

    backup: Backup
    until: int
    ended: int


async def save(installation: Installation, to: Path, days: int | None = None) -> Saved:
    """Write a backup beside ``to``, read it back, rename it, and write down that it was seen.

    Its key ends when the first organisation's ``backups.keep`` does; ``days`` may end it earlier, never later. Raises
    Misconfigured (also: longer than a notice declares), Conflict, Unavailable.
    """
    at = now()
    until = _last_day(installation, at, days)
    with _new(to) as out:
        made = await backup(installation.store, installation.keystore, out, at, until=until)
        os.fsync(out.fileno())
    _read_back(installation.keystore, to, made, at)
    for org in installation.orgs.values():
        await org.desk.write(_seen)
    return Saved(made, until, expire(installation.keystore, at))


def _new(to: Path) -> BinaryIO:
    """Make the file, readable by its owner only. Raises Conflict where there is one: a backup is never overwritten."""
    part = to.with_name(to.name + ".part")
    if to.exists():
        raise Conflict("file_exists")
    part.unlink(missing_ok=True)
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _read_back(keystore: KeyStore, to: Path, made: Backup, at: int) -> None:
    """Read the whole backup, and only then give it its name. Raises Tampered."""
    part = to.with_name(to.name + ".part")
    with part.open("rb") as back:
        *_, last = (frame.rows for frame in frames(back, keystore, at))
    if dict(last) != made.rows:
        raise Tampered("backup_rows")
    part.rename(to)


def _last_day(installation: Installation, at: int, days: int | None) -> int:
    """Choose the last day of a backup: nobody's promise is exceeded. Raises Misconfigured."""
    desks = [org.desk for org in installation.orgs.values()]
    declared = [desk.after(at, kept.keep) for desk in desks if (kept := desk.notice.security.backups)]
    until = at + days * DAY if days else min(declared, default=0)
    if not days and len(declared) < len(desks):
        raise Misconfigured("backups_undeclared", mend="declare security.backups.keep, or say --days")
    if until > min(declared, default=until):
        raise Misconfigured("backups_longer", days=(min(declared) - at) // DAY)
    return until


async def _seen(sheet: Sheet) -> None:
    line = await sheet.line("backup", promise="security.backups", purpose="proof")
    seen = Observation("security.backups", sheet.at, observations.OK, "written and read back")
    await observations.add(sheet.tx, sheet.desk.org, sheet.desk.mac, seen, line)


async def bring_back(folder: Path, source: Path, heads: Mapping[str, tuple[int, bytes]] | None = None) -> Restored:
    """Restore a backup into the empty database of an installation; no door is opened before it is done."""
    config = configuration.read(folder).config
    store = await open_store(config.database, jitter=jitter)
    keystore = keystore_of(config, root_of(config.root, random), random, now)
    try:
        with source.open("rb") as raw:
            ledgers = Relog(store, keystore, config.orgs, now, random)
            return await restore(raw, store, keystore, now(), heads=heads, ledgers=ledgers)
    finally:
        await store.close()
        keystore.close()
