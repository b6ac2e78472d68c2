"""Composition root: how the log of an organisation is named in its heads."""

from tepati.store.port import Store


async def log_name(store: Store, slug: str, origin: str) -> str:
    """Name the log: as its newest head does, for a log keeps its name when its site moves to another address.

    A log without a head is named by its site, and after a restore that could not continue it, by its new key too. A
    head that SQL put there gains nothing: whatever it says must be signed under our key.
    """
    head = await store.read(lambda tx: tx.one("SELECT note FROM log_head WHERE org = $1", slug))
    if head and head[0]:
        return str(head[0]).partition("\n")[0]
    name = f"{origin.partition('://')[2].rstrip('/')}/{slug}"
    row = await store.read(lambda tx: tx.one("SELECT value FROM meta WHERE name = $1", f"log.anew:{slug}"))
    return f"{name}/{str(row[0]).partition(' ')[0]}" if row else name
