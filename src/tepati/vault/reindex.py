"""Room vault: the look-up across people, rebuilt after a restore: backups hold no index."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import cast

from tepati.errors import Conflict, Tampered
from tepati.rules.facts import FOREVER
from tepati.store.port import Store, Tx, Value
from tepati.vault import people, records, shared
from tepati.vault.keystore import KeyStore
from tepati.vault.room import AT, Room


async def rebuild(
    store: Store, keystore: KeyStore, claims: Sequence[Sequence[Value]], over: Collection[tuple[str, bytes]] = ()
) -> tuple[int, int]:  # fmt: skip
    """Rebuild ``ident`` by opening the values it was made of; links, connections and held hours carry their own index.

    ``claims`` are (org, field, person); ``over`` those (field, person) whose value was given up since: the backup's
    leads to nobody. Return how many indexes were made, and how many claims nothing stands for.
    """
    await store.write(_links)
    rooms: dict[str, Room] = {}
    shares = {
        (org, str(name).partition(AT)[0]): str(name).partition(AT)[2] for org, name, _ in claims if AT in str(name)
    }
    indexes = unindexed = 0
    for org, name, person in cast("Sequence[tuple[str, str, bytes]]", claims):
        path = name.partition(AT)[0]
        if "." in name and (path, person) not in over:
            alike = {field: place for (of, field), place in shares.items() if of == org}
            room = rooms.setdefault(org, Room(org, keystore, keystore.random, alike))
            made, lost = await store.write(partial(_claim, room, path, person))
            indexes += made
            unindexed += lost
    return indexes, unindexed


async def _links(tx: Tx) -> None:
    await tx.run(
        "INSERT INTO ident (blind_index, org, field, person) SELECT secret, org, 'link', person FROM link"
        " WHERE NOT EXISTS (SELECT 1 FROM ident WHERE ident.blind_index = link.secret)"
    )
    await tx.run(
        "INSERT INTO ident (blind_index, org, field, person) SELECT secret, org, 'sign_in', person FROM connection"
        " WHERE NOT EXISTS (SELECT 1 FROM ident WHERE ident.blind_index = connection.secret)"
    )
    await tx.run(
        "INSERT INTO ident (blind_index, org, field, person) SELECT secret, org, 'hour', person FROM place"
        " WHERE expires < $1 AND NOT EXISTS (SELECT 1 FROM ident WHERE ident.blind_index = place.secret)",
        FOREVER,
    )


async def _claim(room: Room, name: str, person: bytes, tx: Tx) -> tuple[int, int]:
    """Claim a person's values of one field, proven records first; (0, 1) where nothing could be claimed."""
    if await tx.one("SELECT 1 FROM person WHERE person = $1", person) is None:
        return 0, 0
    try:
        known = await people.facts(room, tx, person)
        category, _, plain = name.removesuffix(shared.MARK).rpartition(".")
        found = await records.blobs(room, tx, person, categories={category})
    except Tampered:
        return 0, 1
    rows = known[0].rows if known else {}
    if name.endswith(shared.MARK):
        made = await shared.refresh(room, tx, person, known[0], name.removesuffix(shared.MARK)) if known else 0
        return made, int(not made)
    proven = [b for b in found if (row := rows.get(b.record.hex())) and row.joined]
    values = {blob.values[plain] for blob in (proven or found) if plain in blob.values}
    return await _claimed(room, tx, name, person, values)


async def _claimed(room: Room, tx: Tx, name: str, person: bytes, values: set[str]) -> tuple[int, int]:
    made = 0
    for value in sorted(values):
        try:
            await people.claim(room, tx, name, value, person)
        except Conflict:
            continue
        made += 1
    return made, int(not made)
