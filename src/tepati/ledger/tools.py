"""Room ledger: what commands and flows may call: export, head, exchange with witnesses, reconciliation of one log."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tepati.errors import NotFound, Tampered, Unavailable
from tepati.ledger import export as folder
from tepati.ledger import prune, tiles
from tepati.ledger import reconcile as nightly
from tepati.ledger.log import Log
from tepati.ledger.proof import write_submission
from tepati.ledger.tiles import Place, Tiles
from tepati.ledger.tree import WIDTH, Head, Key, consistency, read_head, read_key, tile_path
from tepati.ledger.verify import Read
from tepati.store.port import Store, Tx

__all__ = [
    "State",
    "ask",
    "continues",
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
    """What an operator asks: the head, how many lines wait, how many witnesses cosigned what size, what is pruned."""

    head: str
    size: int
    pending: int
    witnesses: int
    witnessed_size: int
    pruned: int = 0  # lines below this number are kept no longer


async def opened(store: Store, org: str, own: Log | None = None) -> Log:
    """Return the log of an organisation as it stands in the database, with the keys of ``own``. Raises NotFound.

    Without ``own`` nothing is signed, and no cosignature is believed that was kept under its keys.
    """
    note = await store.read(Log(org, "").head)
    if note is None:
        raise NotFound("ledger_empty")
    origin = read_head(note.encode()).origin
    return Log(org, origin, own.signer, pen=own.pen) if own else Log(org, origin)


async def state(store: Store, org: str, own: Log | None = None) -> State:
    """Return the head and its standing. Raises NotFound before the first line."""
    log = await opened(store, org, own)

    async def work(tx: Tx) -> State:
        note, many = await log.witnessed(tx)
        cosigned = read_head(note.encode()).size if many else 0
        pruned = (await prune.state(tx, org)).size
        return State(await log.head(tx) or "", await log.size(tx), await log.pending(tx), many, cosigned, pruned)

    return await store.read(work)


async def export(
    store: Store, org: str, read: Read, write: folder.Write, *, bundles: bool = True, own: Log | None = None
) -> Head:
    """Write the log of an organisation as files; see ``export.export``."""
    return await folder.export(store, await opened(store, org, own), read, write, bundles=bundles)


async def submission(store: Store, org: str, old: int) -> bytes:
    """Return what to send to a witness that last cosigned ``old`` lines."""
    log = await opened(store, org)
    return await store.read(_submission(log, old))


def _submission(log: Log, old: int) -> Callable[[Tx], Awaitable[bytes]]:
    async def work(tx: Tx) -> bytes:
        return await log.submission(tx, old)

    return work


async def ask(
    store: Store, org: str, log_key: str, witness: str, post: Callable[[bytes], tuple[int, bytes]],
    own: Log | None = None,
) -> int:  # fmt: skip
    """Have a witness cosign the newest head, and keep it; return 1. ``post`` sends a request: (status, body).

    Raises Tampered when it refuses the head (it saw another history) or answers nonsense, Unavailable for the rest.
    """
    log, old, status, said, body = await opened(store, org), 0, 0, b"", b""
    for _ in range(3):  # the first answer tells the size that it knows; another process may ask meanwhile
        body = await store.read(_submission(log, old))
        status, said = post(body)
        if status != 409 or not said.strip().isdigit():
            break
        old = int(said)
    if status != 200:
        raise Tampered("ledger_consistency") if status == 422 else Unavailable("folder", what=str(status))
    note = (body.partition(b"\n\n")[2] + said).decode()
    return await cosigned(store, org, note, log_key, [witness], own)


async def continues(store: Store, org: str, note: bytes) -> None:
    """Check that the log here still goes on from a head that others hold. Raises Tampered: then begin a new log."""
    log = await opened(store, org)
    await store.read(lambda tx: log.continues(tx, read_head(note)))


async def cosigned(
    store: Store, org: str, note: str, log_key: str, witnesses: Sequence[str], own: Log | None = None
) -> int:
    """Keep a head that witnesses (vkeys) cosigned; return how many of them did. Raises Tampered."""
    log, keys = await opened(store, org, own), [read_key(one) for one in witnesses]
    return await store.write(lambda tx: log.cosign(tx, note, keys, read_key(log_key)))


async def reconcile(store: Store, org: str, start: int = 0, own: Log | None = None) -> list[nightly.Strange]:
    """Compare effects and lines both ways."""
    return await nightly.reconcile(store, await opened(store, org, own), start)


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
