"""Room registers: agreements with recipients. A recipient receives nothing without one in force that verifies."""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement with one recipient, from ``since`` up to and without ``until``; ``document`` says where it lies."""

    org: str
    recipient: str
    since: int
    until: int
    document: str


async def put(tx: Tx, mac: Mac, agreement: Agreement, ledger_id: bytes) -> None:
    """Write down an agreement, in place of an earlier one with the same recipient."""
    await tx.run(
        "INSERT INTO agreement (org, recipient, since, until, document, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (org, recipient) DO UPDATE SET since = excluded.since,"
        " until = excluded.until, document = excluded.document, mac = excluded.mac, ledger_id = excluded.ledger_id",
        agreement.org, agreement.recipient, agreement.since, agreement.until, agreement.document,
        mac(_encoded(agreement)), ledger_id,
    )  # fmt: skip


def mark(mac: Mac, agreement: Agreement) -> bytes:
    """Give the MAC of an agreement: the name by which it is remembered when another takes its place."""
    return mac(_encoded(agreement))


async def last(tx: Tx, mac: Mac, org: str, recipient: str) -> Agreement | None:
    """Return the agreement with a recipient, in force or not, or None. Raises Tampered."""
    row = await tx.one(
        "SELECT org, recipient, since, until, document, mac FROM agreement WHERE org = $1 AND recipient = $2",
        org, recipient,
    )  # fmt: skip
    return _read(mac, row) if row else None


async def in_force(tx: Tx, mac: Mac, org: str, recipient: str, at: int) -> Agreement:
    """Return the agreement in force at an instant. Raises NotFound when there is none, Tampered."""
    found = await last(tx, mac, org, recipient)
    if found is None or not found.since <= at < found.until:
        raise NotFound("agreement", recipient=recipient)
    return found


async def all_of(tx: Tx, mac: Mac, org: str) -> list[Agreement]:
    """List the agreements of an organisation, in force or not. Raises Tampered when one does not verify."""
    rows = await tx.all(
        "SELECT org, recipient, since, until, document, mac FROM agreement WHERE org = $1 ORDER BY recipient", org
    )
    return [_read(mac, row) for row in rows]


def _read(mac: Mac, row: Row) -> Agreement:
    agreement = Agreement(*row[:5])  # type: ignore[arg-type]
    verify(mac, _encoded(agreement), row[5], "agreement_tampered")  # type: ignore[arg-type]
    return agreement


def _encoded(agreement: Agreement) -> bytes:
    return canonical(
        "agreement 1", agreement.org, agreement.recipient, agreement.since, agreement.until, agreement.document
    )
