"""Room registers: published notices, all versions for ever; each is checked against its digest when it is read.

From when a version holds decides what may happen: the row carries a MAC, so that SQL moves no version ahead or back.
"""

import hashlib
import hmac
from dataclasses import dataclass

from tepati.errors import Conflict, Tampered
from tepati.registers.cells import raw
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Published:
    """One published version: its source as it was, and the instants it was published and takes effect."""

    digest: bytes
    version: int
    source: str
    effective: int
    published: int


_COLUMNS = "digest, version, source, effective, published, mac"


async def publish(tx: Tx, mac: Mac, org: str, notice: Published, ledger_id: bytes) -> None:
    """Add a version. Raises Conflict unless it is newer than the newest, Tampered unless the digest is the source's."""
    _whole(notice)
    row = await tx.one("SELECT max(version) FROM notice WHERE org = $1", org)
    if row and row[0] is not None and int(row[0]) >= notice.version:
        raise Conflict("notice_not_newer", version=notice.version)
    await tx.run(
        "INSERT INTO notice (org, digest, version, source, effective, published, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        org, notice.digest, notice.version, notice.source, notice.effective, notice.published,
        mac(_encoded(org, notice)), ledger_id,
    )  # fmt: skip


async def current(tx: Tx, mac: Mac, org: str, at: int) -> Published | None:
    """Return the newest version in force at an instant, or None. Raises Tampered."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM notice WHERE org = $1 AND effective <= $2 ORDER BY version DESC LIMIT 1", org, at
    )
    return _read(mac, org, row) if row else None


async def newest(tx: Tx, mac: Mac, org: str) -> Published | None:
    """Return the newest version published, in force or not yet, or None. Raises Tampered."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM notice WHERE org = $1 ORDER BY version DESC LIMIT 1", org)
    return _read(mac, org, row) if row else None


async def alone(tx: Tx, org: str, digest: bytes) -> None:
    """Wait for whoever else publishes after this version, and keep others from it until this transaction ends."""
    await tx.one("SELECT digest FROM notice WHERE org = $1 AND digest = $2 FOR UPDATE", org, digest)


async def numbered(tx: Tx, mac: Mac, org: str, version: int) -> Published | None:
    """Return the version of a number, or None. Raises Tampered."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM notice WHERE org = $1 AND version = $2", org, version)
    return _read(mac, org, row) if row else None


async def before(tx: Tx, mac: Mac, org: str, version: int) -> Published | None:
    """Return the newest version older than a number, or None. Raises Tampered."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM notice WHERE org = $1 AND version < $2 ORDER BY version DESC LIMIT 1", org, version
    )
    return _read(mac, org, row) if row else None


async def newest_digest(tx: Tx, org: str) -> bytes:
    """Return the digest of the newest version as its row says, unverified, for a line of a restore; b"" for none."""
    row = await tx.one("SELECT digest FROM notice WHERE org = $1 ORDER BY version DESC LIMIT 1", org)
    return raw(row[0]) if row else b""


async def by_digest(tx: Tx, mac: Mac, org: str, digest: bytes) -> Published | None:
    """Return the version with this digest (what a consent or a line names), or None. Raises Tampered."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM notice WHERE org = $1 AND digest = $2", org, digest)
    return _read(mac, org, row) if row else None


async def history(tx: Tx, mac: Mac, org: str) -> list[Published]:
    """List all versions, the newest first. Raises Tampered."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM notice WHERE org = $1 ORDER BY version DESC", org)
    return [_read(mac, org, row) for row in rows]


def _read(mac: Mac, org: str, row: Row) -> Published:
    notice = _whole(Published(*row[:5]))  # type: ignore[arg-type]
    verify(mac, _encoded(org, notice), raw(row[5]), "notice_tampered")
    return notice


def _whole(notice: Published) -> Published:
    if not hmac.compare_digest(hashlib.sha256(notice.source.encode()).digest(), notice.digest):
        raise Tampered("notice_tampered", version=notice.version)
    return notice


def _encoded(org: str, n: Published) -> bytes:
    return canonical("notice 1", org, n.digest, n.version, n.effective, n.published)
