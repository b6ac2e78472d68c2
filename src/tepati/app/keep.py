"""Composition root: backups leave, and an installation comes back from one of them and the newest key store."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tepati.app.compose import Installation, now, random, root_of
from tepati.errors import Misconfigured
from tepati.flows.desk import Sheet
from tepati.notice.values import Duration
from tepati.ports import config as configuration
from tepati.registers import observations
from tepati.registers.observations import Observation
from tepati.store.open import open_store
from tepati.vault.backup import backup, expire, frames
from tepati.vault.keystore import KeyStore
from tepati.vault.restore import Restored, restore

PROMISE = "security.backups"


@dataclass(frozen=True, slots=True)
class Saved:
    """A backup that was written and read back: its last day (microseconds), and how many older ones ended."""

    until: int
    ended: int


async def save(installation: Installation, to: Path, days: int | None) -> Saved:
    """Write a backup, read it back, and end those whose last day has passed. Raises Misconfigured, Unavailable.

    It is written beside its name and renamed when it is whole, so that a crash leaves no half a backup under the name.
    """
    until = _until(installation, days)
    new = to.with_name(f"{to.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        await backup(installation.store, installation.keystore, out, now(), until=until)
        out.flush()
        os.fsync(out.fileno())
    with new.open("rb") as source:
        rows = sum(len(frame.rows) for frame in frames(source, installation.keystore, now()))
    new.replace(to)
    for org in installation.orgs.values():
        await org.desk.write(partial(_seen, rows=rows))
    return Saved(until, expire(installation.keystore, now()))


def _until(installation: Installation, days: int | None) -> int:
    """Take the longest declared life of a backup, or the days given where no notice declares one."""
    declared = [
        org.desk.after(now(), org.desk.notice.security.backups.keep)
        for org in installation.orgs.values()
        if org.desk.notice.security.backups
    ]
    if days is None and not declared:
        raise Misconfigured("backup_life_missing")
    if days is not None:
        some = next(iter(installation.orgs.values())).desk
        declared = [some.after(now(), Duration(days, "day"))]
    return min(declared)


async def _seen(sheet: Sheet, rows: int) -> None:
    """Write down that a backup was read back."""
    line = await sheet.line("backup", promise=PROMISE, purpose="security", answer="done")
    seen = Observation(PROMISE, sheet.at, observations.OK, f"{rows} rows read back")
    await observations.add(sheet.tx, sheet.desk.org, sheet.new_id(), seen, line)


async def bring_back(folder: Path, source: Path, heads: Mapping[str, tuple[int, bytes]]) -> Restored:
    """Restore into the empty database of an installation. Raises Misconfigured, BadInput, Expired, Tampered."""
    config = configuration.read(folder).config
    store = await open_store(config.database, jitter=lambda: 0.5)
    first, second = (Path(each) for each in config.keys)
    keystore = KeyStore((first, second), root_of(config, random), random, now)
    try:
        with source.open("rb") as given:
            return await restore(given, store, keystore, now(), heads=heads)
    finally:
        keystore.close()
        await store.close()
