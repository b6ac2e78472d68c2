"""Room registers: security cases. Each opens the actors of one ledger line to the two who approved it, once each.

A case opens something, so its row verifies or is refused: SQL neither makes one, nor approves or prolongs it. An older
row put back verifies by its own MAC: ``get`` is told the lowest ``version`` that is believed, which the key store has.
"""

from dataclasses import dataclass, replace

from tepati.errors import Conflict, NotFound, Tampered
from tepati.registers.cells import raw, whole
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx

FIRST, SECOND = 1, 2  # bits of ``shown``


@dataclass(frozen=True, slots=True)
class Unveiling:
    """A case: ``person`` opened it, which is the first approval; ``second`` approved it (b"": nobody yet).

    ``made`` and ``expires`` are microseconds since 1970 UTC; ``shown``: which of the two has looked.
    """

    person: bytes
    case: bytes
    line: bytes
    made: int
    expires: int
    second: bytes = b""
    shown: int = 0
    version: int = 1

    def bit(self, member: bytes) -> int:
        """Say which approver a member is; 0: none."""
        return FIRST if member == self.person else SECOND if member == self.second else 0


_COLUMNS = "person, unveiling, line, made, expires, second, shown, version, mac"


async def add(tx: Tx, mac: Mac, org: str, case: Unveiling, ledger_id: bytes) -> None:
    """Open a case."""
    await tx.run(
        "INSERT INTO unveiling (person, unveiling, org, line, made, expires, second, shown, version, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        case.person, case.case, org, case.line, case.made, case.expires, case.second or None, case.shown, case.version,
        mac(_encoded(org, case)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, mac: Mac, org: str, case: bytes, floor: int) -> Unveiling:
    """Return a case, over or not. Raises NotFound, Tampered: also where its version is below ``floor``."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM unveiling WHERE org = $1 AND unveiling = $2", org, case)
    if row is None:
        raise NotFound("case")
    found = _read(mac, org, row)
    if found.version < floor:
        raise Tampered("case_old", version=found.version, newest=floor)
    return found


async def change(tx: Tx, mac: Mac, org: str, case: Unveiling, ledger_id: bytes) -> int:
    """Write a case as given, one version on; return that. ``case.version`` is the version read. Raises Conflict."""
    new = replace(case, version=case.version + 1)
    changed = await tx.run(
        "UPDATE unveiling SET second = $4, shown = $5, version = $6, mac = $7, ledger_id = $8"
        " WHERE person = $1 AND unveiling = $2 AND version = $3",
        case.person, case.case, case.version, new.second or None, new.shown, new.version, mac(_encoded(org, new)),
        ledger_id,
    )  # fmt: skip
    if not changed:
        raise Conflict("case_changed")
    return new.version


async def running(tx: Tx, mac: Mac, org: str, at: int, limit: int) -> list[Unveiling]:
    """List the cases that are not over, the next to end first. Raises Tampered when one does not verify."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM unveiling WHERE org = $1 AND expires > $2 ORDER BY expires LIMIT $3", org, at, limit
    )
    return [_read(mac, org, row) for row in rows]


async def sweep(tx: Tx, org: str, at: int, limit: int) -> list[bytes]:
    """Delete cases that were over at an instant, at most ``limit``; return their ids. Their lines stay."""
    rows = await tx.all(
        "SELECT person, unveiling FROM unveiling WHERE org = $1 AND expires <= $2 ORDER BY expires LIMIT $3",
        org, at, limit,
    )  # fmt: skip
    await tx.many("DELETE FROM unveiling WHERE person = $1 AND unveiling = $2", rows)
    return [raw(row[1]) for row in rows]


def _read(mac: Mac, org: str, row: Row) -> Unveiling:
    person, case, line, made, expires, second, shown, version, found = row
    read = Unveiling(
        raw(person), raw(case), raw(line), whole(made), whole(expires), raw(second), whole(shown), whole(version)
    )
    verify(mac, _encoded(org, read), raw(found), "case_tampered")
    return read


def _encoded(org: str, u: Unveiling) -> bytes:
    return canonical("unveiling 1", u.person, u.case, org, u.line, u.made, u.expires, u.second, u.shown, u.version)
