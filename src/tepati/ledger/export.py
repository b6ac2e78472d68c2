"""Room ledger: the log as files (tlog-tiles), for auditors and mirrors. It only adds: what is there is not read again.

What was pruned before it was ever exported is left out; what an earlier export wrote stays in the reader's hands.

Order: bundles and tiles first, then the heads, so that a head never names a tile that is not there.
"""

import contextlib
from collections.abc import Callable, Iterator

from tepati.errors import NotFound, Tampered
from tepati.ledger import prune, tiles
from tepati.ledger.log import Log
from tepati.ledger.note import joined
from tepati.ledger.tiles import Tiles
from tepati.ledger.tree import WIDTH, Head, Key, read_head, tile_path
from tepati.store.port import Store, Tx

Read = Callable[[str], bytes | None]
Write = Callable[[str, bytes], None]  # durable and whole when it returns

POLICY = """\
# Whom to trust (C2SP tlog-policy). This file came with the log, so it proves nothing by itself:
# compare the keys with what the company and the witness told you elsewhere, then keep your own copy.
log {log}
{witnesses}
quorum {quorum}
"""


async def export(store: Store, log: Log, read: Read, write: Write, *, bundles: bool = True) -> Head:
    """Write what is new since the last export and return the head. ``bundles=False``: tiles and heads only (public).

    One read transaction a bundle; memory is one bundle. Raises NotFound when the log has no line yet, Tampered when
    the folder holds another log's head.
    """
    note = await store.read(log.head)
    if note is None:
        raise NotFound("ledger_empty")
    head, done = read_head(note.encode()), _done(read, log.origin)
    least = (await store.read(lambda tx: prune.state(tx, log.org))).size
    if done > head.size:
        raise Tampered("ledger_behind", size=head.size)
    if bundles:
        for number in range(max(done, least) // WIDTH, -(-head.size // WIDTH)):
            await _bundle(store, log, head.size, number, write)
    for level, number in _new(max(done, least), head.size):
        await _tile(store, log, head.size, (level, number), write)
    witnessed, many = await store.read(log.witnessed)
    same = many and read_head(witnessed.encode()).size == head.size
    if many and read_head(witnessed.encode()).size <= head.size:
        write("checkpoint.witnessed", witnessed.encode())
    write("checkpoint", (joined([note, witnessed]) if same else note).encode())
    return head


def policy(log: Key, witnesses: list[Key]) -> str:
    """Return a policy file to be compared with keys told elsewhere: every witness must have cosigned."""
    lines = [f"witness w{i} {key}" for i, key in enumerate(witnesses, 1)]
    if len(witnesses) > 1:
        lines.append(f"group all-witnesses all {' '.join(f'w{i}' for i in range(1, len(witnesses) + 1))}")
    quorum = {0: "none", 1: "w1"}.get(len(witnesses), "all-witnesses")
    return POLICY.format(log=log, witnesses="\n".join(lines) or "# no witness yet", quorum=quorum)


def _done(read: Read, origin: str) -> int:
    """Return the size that the folder holds already; 0 for a new one."""
    with contextlib.suppress(Tampered):
        head = read_head(read("checkpoint") or b"")
        if head.origin != origin:
            raise NotFound("ledger_other")
        return head.size
    return 0


async def _bundle(store: Store, log: Log, size: int, number: int, write: Write) -> None:
    end = min(size, (number + 1) * WIDTH)

    async def work(tx: Tx) -> list[bytes]:
        return await log.leaves(tx, number * WIDTH, end)

    entries = await store.read(work)
    write(tile_path("entries", number, len(entries)), tiles.bundle(entries))


async def _tile(store: Store, log: Log, size: int, place: tiles.Place, write: Write) -> None:
    async def work(tx: Tx) -> bytes:
        return Tiles(size, await log.read_tiles(tx, [place])).hashes(place)

    write(tile_path(*place, tiles.width(size, place)), await store.read(work))


def _new(done: int, size: int) -> Iterator[tiles.Place]:
    """Yield the tiles that the tree of ``size`` leaves has and the tree of ``done`` leaves had not, or had partly.

    They are also those that do not end at or below the minimum index ``done``, whose tiles hold what is left of it.
    """
    level = 0
    while count := size >> 8 * level:
        for number in range((done >> 8 * level) // WIDTH, -(-count // WIDTH)):
            yield level, number
        level += 1
