"""Room vault: some fields of one record are taken out: what is left is sealed anew, what is empty goes with its key.

A key goes only where no other blob lies under it (then backups go with it). Where others do, the value leaves backups
when the oldest of them expires (design section 5); the caller says so to the person.
"""

from dataclasses import replace

from tepati.errors import Refused, Tampered
from tepati.rules.facts import Permit
from tepati.store.port import Tx
from tepati.vault import erase, heirs, people, records, shared
from tepati.vault.records import Blob
from tepati.vault.room import Room, leave


async def cut(room: Room, tx: Tx, permit: Permit, record: bytes) -> tuple[int, frozenset[str]]:
    """Take the permit's fields out of one of its records; return the row version, and the categories that are left.

    Raises Refused, Tampered. The caller writes version and ends into the facts.
    """
    leave(permit, tx)
    if record.hex() not in permit.records:
        raise Refused("permit_record", permit.promise)
    old = await records.blobs(room, tx, permit.person, record)
    known = await people.facts(room, tx, permit.person)
    row = known[0].rows.get(record.hex()) if known else None
    if row is None or any(blob.version != row.version for blob in old):
        raise Tampered("blob_version")
    made = [_without(blob, permit, row.version + 1) for blob in old]
    left = [blob for blob in made if blob.values]
    if left:
        await records.write_all(room, tx, permit.person, left)
    for blob in made:
        if not blob.values:
            await _drop(room, tx, permit.person, blob)
    await _unindex(room, tx, permit)
    return row.version + 1, frozenset(blob.category for blob in left)


def _without(blob: Blob, permit: Permit, version: int) -> Blob:
    values = {name: v for name, v in blob.values.items() if f"{blob.category}.{name}" not in permit.fields}
    return replace(blob, values=values, version=version)


async def _drop(room: Room, tx: Tx, person: bytes, blob: Blob) -> None:
    """Delete an empty part: with its key where it lay there alone."""
    others = await tx.one(
        "SELECT 1 FROM sealed WHERE person = $1 AND key = $2 AND record <> $3 LIMIT 1",
        person, blob.unit.key, blob.record,
    )  # fmt: skip
    if others is None:
        row = await tx.one("SELECT ending FROM dek WHERE person = $1 AND key = $2", person, blob.unit.key)
        if row is None:
            raise Tampered("dek_missing")
        await erase.end(room, tx, person, erase.Ends(blob.category, str(row[0])))
        return
    await tx.run(
        "DELETE FROM sealed WHERE person = $1 AND record = $2 AND category = $3", person, blob.record, blob.category
    )


async def _unindex(room: Room, tx: Tx, permit: Permit) -> None:
    """Delete the index of a field that no record holds any more."""
    blobs = await records.blobs(room, tx, permit.person)
    held = {f"{blob.category}.{name}" for blob in blobs for name in blob.values}
    over = permit.fields - held
    await heirs.forget(room, tx, permit.person, lambda field: field in over)
    await shared.refresh_all(room, tx, permit.person, {field.rpartition(".")[0] for field in permit.fields})
