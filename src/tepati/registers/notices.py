"""Room registers: published notices, all versions for ever; each is checked against its digest when it is read."""

import hashlib
import hmac
from dataclasses import dataclass

from tepati.errors import Conflict, Tampered
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Published:
    """One published version: its source as it was, and the instants it was published and takes effect."""

    digest: bytes
    version: int
    source: str
    effective: int
    published: int


async def publish(tx: Tx, org: str, notice: Published, ledger_id: bytes) -> None:
    """Add a version. Raises Conflict unless it is newer than the newest, Tampered unless the digest is the source's."""
    _verified(notice)
    row = await tx.one("SELECT max(version) FROM notice WHERE org = $1", org)
    if row and row[0] is not None and int(row[0]) >= notice.version:
        raise Conflict("notice_not_newer", version=notice.version)
    await tx.run(
        "INSERT INTO notice (org, digest, version, source, effective, published, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        org, notice.digest, notice.version, notice.source, notice.effective, notice.published, ledger_id,
    )  # fmt: skip


async def current(tx: Tx, org: str, at: int) -> Published | None:
    """Return the newest version in force at an instant, or None. Raises Tampered."""
    row = await tx.one(
        "SELECT digest, version, source, effective, published FROM notice WHERE org = $1 AND effective <= $2"
        " ORDER BY version DESC LIMIT 1",
        org, at,
    )  # fmt: skip
    return _read(row) if row else None


async def newest(tx: Tx, org: str) -> Published | None:
    """Return the newest version published, in force or not yet, or None. Raises Tampered."""
    row = await tx.one(
        "SELECT digest, version, source, effective, published FROM notice WHERE org = $1 ORDER BY version DESC LIMIT 1",
        org,
    )
    return _read(row) if row else None


async def by_digest(tx: Tx, org: str, digest: bytes) -> Published | None:
    """Return the version with this digest (what a consent or a line names), or None. Raises Tampered."""
    row = await tx.one(
        "SELECT digest, version, source, effective, published FROM notice WHERE org = $1 AND digest = $2", org, digest
    )
    return _read(row) if row else None


async def history(tx: Tx, org: str) -> list[Published]:
    """List all versions, the newest first. Raises Tampered."""
    rows = await tx.all(
        "SELECT digest, version, source, effective, published FROM notice WHERE org = $1 ORDER BY version DESC", org
    )
    return [_read(row) for row in rows]


def _read(row: Row) -> Published:
    return _verified(Published(*row))  # type: ignore[arg-type]


def _verified(notice: Published) -> Published:
    if not hmac.compare_digest(hashlib.sha256(notice.source.encode()).digest(), notice.digest):
        raise Tampered("notice_tampered", version=notice.version)
    return notice
