"""Room registers: devices that a person is known by. A row verifies or is refused: it lets its holder see more.

Only the keyed hash of a device's secret is kept, and it is looked up together with its person.
"""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.registers.macs import Mac, canonical, verify
from tepati.store.port import Row, Tx


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a person: ``known`` is the instant from which it is trusted, ``label`` one of a few kinds."""

    person: bytes
    secret: bytes
    label: str
    made: int
    known: int
    expires: int


_COLUMNS = "person, secret, label, made, known, expires, mac"


async def put(tx: Tx, mac: Mac, org: str, device: Device, ledger_id: bytes) -> None:
    """Write a device down, in place of what was known of it before."""
    await tx.run(
        "INSERT INTO device (person, secret, org, label, made, known, expires, mac, ledger_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (person, secret) DO UPDATE SET"
        " label = excluded.label, made = excluded.made, known = excluded.known, expires = excluded.expires,"
        " mac = excluded.mac, ledger_id = excluded.ledger_id",
        device.person, device.secret, org, device.label, device.made, device.known, device.expires,
        mac(_encoded(org, device)), ledger_id,
    )  # fmt: skip


async def get(tx: Tx, mac: Mac, org: str, person: bytes, secret: bytes, at: int) -> Device:
    """Return a device of this person that is not over. Raises NotFound, Tampered."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM device WHERE person = $1 AND secret = $2 AND org = $3 AND expires > $4",
        person, secret, org, at,
    )  # fmt: skip
    if row is None:
        raise NotFound("device")
    return _read(mac, org, row)


async def of(tx: Tx, mac: Mac, org: str, person: bytes, at: int) -> list[Device]:
    """List the devices of a person that are not over, the newest first. Raises Tampered."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM device WHERE person = $1 AND org = $2 AND expires > $3 ORDER BY made DESC, secret",
        person, org, at,
    )  # fmt: skip
    return [_read(mac, org, row) for row in rows]


async def end(tx: Tx, person: bytes, secret: bytes) -> int:
    """Forget one device; 0 when it was not there."""
    return await tx.run("DELETE FROM device WHERE person = $1 AND secret = $2", person, secret)


async def sweep(tx: Tx, org: str, at: int, limit: int) -> int:
    """Delete devices that are over, at most ``limit``; return how many."""
    rows = await tx.all(
        "SELECT person, secret FROM device WHERE org = $1 AND expires <= $2 ORDER BY expires LIMIT $3", org, at, limit
    )
    await tx.many("DELETE FROM device WHERE person = $1 AND secret = $2", rows)
    return len(rows)


def _read(mac: Mac, org: str, row: Row) -> Device:
    person, secret, label, made, known, expires, found = row
    device = Device(person, secret, str(label), made, known, expires)  # type: ignore[arg-type]
    verify(mac, _encoded(org, device), found, "device_tampered")  # type: ignore[arg-type]
    return device


def _encoded(org: str, device: Device) -> bytes:
    parts = (device.person, device.secret, device.label, device.made, device.known, device.expires)
    return canonical("device 1", org, *parts)
