"""Room registers: how a person guards their own account. One row a person, sealed; it verifies or is refused.

A row put back or deleted verifies no better: ``flows.guards`` compares ``version`` with a floor in the key store.
"""

from dataclasses import dataclass

from tepati.errors import Conflict
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Tx


@dataclass(frozen=True, slots=True)
class Account:
    """``factors`` is sealed by the vault; ``made`` says when this version was written (microseconds)."""

    person: bytes
    version: int
    made: int
    factors: bytes


async def get(tx: Tx, mac: Mac, org: str, person: bytes) -> Account | None:
    """Return a person's account, None where they have none. Raises Tampered."""
    row = await tx.one("SELECT version, made, factors, mac FROM account WHERE person = $1 AND org = $2", person, org)
    if row is None:
        return None
    version, made, factors, found = row
    account = Account(person, version, made, factors)  # type: ignore[arg-type]
    verify(mac, _encoded(org, account), found, "account_tampered")  # type: ignore[arg-type]
    return account


async def put(tx: Tx, mac: Mac, org: str, account: Account, ledger_id: bytes) -> None:
    """Write the version that follows the one that was read. Raises Conflict where somebody was first."""
    written = await tx.run(
        "INSERT INTO account (person, org, version, made, factors, mac, ledger_id) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (person) DO UPDATE SET version = excluded.version, made = excluded.made,"
        " factors = excluded.factors, mac = excluded.mac, ledger_id = excluded.ledger_id"
        " WHERE account.version = excluded.version - 1",
        account.person, org, account.version, account.made, account.factors, mac(_encoded(org, account)), ledger_id,
    )  # fmt: skip
    if not written:
        raise Conflict("account_changed")


async def drop(tx: Tx, org: str, person: bytes) -> None:
    """Delete a row that is not believed, for one that is written in its place in this transaction."""
    await tx.run("DELETE FROM account WHERE person = $1 AND org = $2", person, org)


def _encoded(org: str, account: Account) -> bytes:
    return canonical("account 1", org, account.person, account.version, account.made, account.factors)
