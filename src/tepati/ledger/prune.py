"""Room ledger: how long the ledger itself is kept: lines below a minimum index go, by the pruning rule of tlog-tiles.

Order of durable steps: (1) a line of the log says which lines will go, (2) the sequencer signs it in, (3) bundle by
bundle, each in one transaction, lines and full tiles below are deleted and the minimum index moves. A crash between any
two leaves a log that verifies, and the next round goes on. Tiles that proofs above the minimum need are kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tepati.errors import Conflict, NotFound
from tepati.ledger.cells import raw, whole
from tepati.ledger.effects import still_named
from tepati.ledger.entry import Line, decode
from tepati.ledger.lanes import ALL_LANES
from tepati.ledger.tree import WIDTH
from tepati.store.port import Store, Tx

ACT = "prune"
PAGE = 20_000 // WIDTH * WIDTH  # lines that one announcement lets go; each looks once over all effects


@dataclass(frozen=True, slots=True)
class Pruned:
    """How far it is: the minimum index, what the newest line lets go up to, that line, and the openings carried.

    ``carried`` counts openings whose lines went while the lines that tell of their end still stand.
    """

    size: int = 0
    asked: int = 0
    line: bytes = b""
    carried: int = 0


async def state(tx: Tx, org: str) -> Pruned:
    """Return how far pruning is; nothing was ever pruned where all is 0."""
    row = await tx.one("SELECT size, asked, ledger_id, carried FROM log_prune WHERE org = $1", org)
    return Pruned(whole(row[0]), whole(row[1]), raw(row[2]), whole(row[3])) if row else Pruned()


async def published(tx: Tx, org: str, number: int) -> None:
    """Check that a line or tree size is not below the minimum index: tiles may be missing there. Raises NotFound."""
    if number < (await state(tx, org)).size:
        raise NotFound("ledger_pruned")


async def prunable(store: Store, org: str, over: Callable[[Line], bool]) -> tuple[int, int]:
    """Return (minimum index, openings carried) that could be next: whole bundles whose lines are all over.

    What the board has not counted, or no witness has cosigned where there is one, stays, and so does a line while an
    opening of it is kept.
    """
    known = await store.read(lambda tx: state(tx, org))
    last = min(await store.read(lambda tx: _limit(tx, org)), known.size + PAGE)
    best, size, carried = (known.size, known.carried), known.size, known.carried
    while size + WIDTH <= last:
        lines = await store.read(lambda tx, start=size: _bundle(tx, org, start))  # type: ignore[misc]
        if not lines or not all(over(line) for line in lines):
            break
        size, carried = size + WIDTH, carried + _carried(lines)
        if carried >= 0:  # a line and the erasure of its openings may have come in one batch, in any order
            best = size, carried
    return best


async def announce(tx: Tx, org: str, size: int, ledger_id: bytes) -> None:
    """Write down that the line ``ledger_id`` lets lines below ``size`` go. Raises Conflict: a step is under way."""
    now = await state(tx, org)
    if now.size != now.asked:
        raise Conflict("ledger_head")
    await tx.run(
        "INSERT INTO log_prune (org, size, asked, carried, ledger_id) VALUES ($1, 0, $2, 0, $3)"
        " ON CONFLICT (org) DO UPDATE SET asked = excluded.asked, ledger_id = excluded.ledger_id",
        org, size, ledger_id,
    )  # fmt: skip


def tells(line: Line, known: Pruned) -> bool:
    """Say whether a line let go what is gone: SQL that hides lines has none that does."""
    done = known.size == known.asked
    return (
        line.act == ACT
        and line.n == known.asked
        and (line.openings == known.carried if done else known.size < known.asked)
    )


async def hand_over(tx: Tx, org: str, ledger_id: bytes) -> int:
    """Begin again at 0 after a log that was pruned: ``ledger_id`` is the line that tells the openings carried.

    Return them. What no line of the old log tells is handed over as it is, and stays ``pruned_untold``.
    """
    known = await state(tx, org)
    if known.size == 0:  # an announcement at most: nothing is gone
        await tx.run("DELETE FROM log_prune WHERE org = $1", org)
        return 0
    row = await tx.one(f"SELECT entry FROM log_leaf WHERE lane IN ({ALL_LANES}) AND id = $1", known.line)
    if row is None or not tells(decode(raw(row[0])), known):
        return 0
    await tx.run(
        "UPDATE log_prune SET size = 0, asked = 0, carried = $2, ledger_id = $3 WHERE org = $1",
        org, max(0, known.carried), ledger_id,
    )  # fmt: skip
    return known.carried


async def carry_out(store: Store, org: str) -> int:
    """Delete what the newest line lets go, once it is in the log; return how many lines went.

    None where the line says something else: the row was changed by SQL, and the nightly look says so.
    """
    known = await store.read(lambda tx: state(tx, org))
    if known.size == known.asked or not await store.read(lambda tx: _entered(tx, known)):
        return 0
    bare = await store.read(lambda tx: still_named(tx, org, known.size, known.asked))
    for start in range(known.size, known.asked, WIDTH):
        await store.write(lambda tx, start=start: _drop(tx, org, start, bare))  # type: ignore[misc]
    return known.asked - known.size


async def _limit(tx: Tx, org: str) -> int:
    """Return how far the log is signed, counted for the board, and witnessed where it has a witness."""
    row = await tx.one(
        "SELECT h.size, t.size, (SELECT max(c.size) FROM log_cosign c WHERE c.org = $1) FROM log_head h"
        " JOIN log_tally t ON t.org = h.org WHERE h.org = $1",
        org,
    )
    return min(whole(n) for n in row if n is not None) if row else 0


async def _bundle(tx: Tx, org: str, start: int) -> list[Line]:
    """Read a bundle; none where it is not whole, or an opening under one of its lines is still kept."""
    rows = await tx.all(
        "SELECT entry FROM log_leaf WHERE org = $1 AND idx >= $2 AND idx < $3", org, start, start + WIDTH
    )
    kept = await tx.one(
        "SELECT 1 FROM log_leaf l JOIN opening o ON o.ledger_id = l.id"
        " WHERE l.org = $1 AND l.idx >= $2 AND l.idx < $3 LIMIT 1",
        org, start, start + WIDTH,
    )  # fmt: skip
    return [decode(raw(row[0])) for row in rows] if len(rows) == WIDTH and kept is None else []


def _carried(lines: list[Line]) -> int:
    """Count openings under these lines, less those of whose end these lines tell."""
    return sum(line.leaves - (line.openings if line.act != ACT else 0) for line in lines)


async def _entered(tx: Tx, known: Pruned) -> bool:
    row = await tx.one(f"SELECT entry FROM log_leaf WHERE lane IN ({ALL_LANES}) AND id = $1", known.line)
    return row is not None and tells(decode(raw(row[0])), known)


async def _drop(tx: Tx, org: str, start: int, bare: frozenset[bytes]) -> None:
    """Let one bundle go, and every full tile that ends with it; lines that an effect names leave their bare id."""
    end = start + WIDTH
    rows = await tx.all(
        "SELECT lane, id, entry FROM log_leaf WHERE org = $1 AND idx >= $2 AND idx < $3", org, start, end
    )
    carried = _carried([decode(raw(row[2])) for row in rows])
    moved = await tx.run(
        "UPDATE log_prune SET size = $3, carried = carried + $4 WHERE org = $1 AND size = $2", org, start, end, carried
    )
    if moved != 1:
        raise Conflict("ledger_head")  # another process was first
    for lane, id, _ in rows:
        await tx.run("DELETE FROM severed WHERE ledger_id = $1", id)
        if raw(id) in bare:
            await tx.run("UPDATE log_leaf SET idx = -1, entry = $3 WHERE lane = $1 AND id = $2", lane, id, b"")
    await tx.run("DELETE FROM log_leaf WHERE org = $1 AND idx >= $2 AND idx < $3", org, start, end)
    for level, number in _ended(end):
        await tx.run("DELETE FROM log_tile WHERE org = $1 AND level = $2 AND idx = $3", org, level, number)


def _ended(end: int) -> Iterator[tuple[int, int]]:
    """Yield the full tiles (level, number) whose end index is ``end``."""
    level, width = 0, WIDTH
    while end % width == 0:
        yield level, end // width - 1
        level, width = level + 1, width * WIDTH
