"""Room ledger: what commands and flows may call: export, head, exchange with witnesses, reconciliation of one log."""

from collections.abc import Sequence
from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.ledger import export as folder
from tepati.ledger import reconcile as nightly
from tepati.ledger import tiles
from tepati.ledger.log import Log
from tepati.ledger.proof import write_submission
from tepati.ledger.tiles import Place, Tiles
from tepati.ledger.tree import WIDTH, Head, Key, consistency, read_head, read_key, tile_path
from tepati.ledger.verify import Read
from tepati.store.port import Store, Tx

__all__ = [
    "State",
    "cosigned",
    "export",
    "opened",
    "policy",
    "read_key",
    "reconcile",
    "state",
    "submission",
    "submission_from",
]


@dataclass(frozen=True, slots=True)
class State:
    """What an operator asks: the head, how many lines wait, how many witnesses cosigned what size."""

    head: str
    size: int
    pending: int
    witnesses: int
    witnessed_size: int


async def opened(store: Store, org: str) -> Log:
    """Return the log of an organisation as it stands in the database, without its signing key. Raises NotFound."""
    note = await store.read(Log(org, "").head)
    if note is None:
        raise NotFound("ledger_empty")
    return Log(org, read_head(note.encode()).origin)


async def state(store: Store, org: str) -> State:
    """Return the head and its standing. Raises NotFound before the first line."""
    log = await opened(store, org)

    async def work(tx: Tx) -> State:
        note, many = await log.witnessed(tx)
        cosigned = read_head(note.encode()).size if many else 0
        return State(await log.head(tx) or "", await log.size(tx), await log.pending(tx), many, cosigned)

    return await store.read(work)


async def export(store: Store, org: str, read: Read, write: folder.Write, *, bundles: bool = True) -> Head:
    """Write the log of an organisation as files; see ``export.export``."""
    return await folder.export(store, await opened(store, org), read, write, bundles=bundles)


async def submission(store: Store, org: str, old: int) -> bytes:
    """Return what to send to a witness that last cosigned ``old`` lines."""
    log = await opened(store, org)
    return await store.read(lambda tx: log.submission(tx, old))


async def cosigned(store: Store, org: str, note: str, log_key: str, witnesses: Sequence[str]) -> int:
    """Keep a head that witnesses (vkeys) cosigned; return how many of them did. Raises Tampered."""
    log, keys = await opened(store, org), [read_key(one) for one in witnesses]
    return await store.write(lambda tx: log.cosign(tx, note, keys, read_key(log_key)))


async def reconcile(store: Store, org: str, start: int = 0) -> list[nightly.Strange]:
    """Compare effects and lines both ways."""
    return await nightly.reconcile(store, await opened(store, org), start)


def submission_from(read: Read, old: int) -> bytes:
    """Return what a witness needs, from an exported log alone. Raises Tampered when tiles are missing."""
    note = read("checkpoint") or b""
    head = read_head(note)
    if old in {0, head.size} or old > head.size:
        return write_submission(old, [], note.decode())
    places = tiles.needed(old - 1, head.size) | tiles.needed(old, head.size)
    held = Tiles(head.size, {place: _stored(read, place, head.size) for place in places})
    return write_submission(old, consistency(old, head.size, held.span), note.decode())


def policy(log_key: str, witnesses: Sequence[str]) -> str:
    """Return a policy file (C2SP tlog-policy) in which every witness must have cosigned."""
    keys: list[Key] = [read_key(one) for one in witnesses]
    return folder.policy(read_key(log_key), keys)


def _stored(read: Read, place: Place, size: int) -> bytes:
    width = tiles.width(size, place)
    return read(tile_path(*place, width)) or (width < WIDTH and read(tile_path(*place))) or b""
