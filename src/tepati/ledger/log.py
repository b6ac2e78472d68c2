"""Room ledger: one organisation's log in the database: pending lines, the sequencer, leaves, tiles, signed heads.

An act adds one pending row in its own transaction and waits for nobody. The sequencer alone gives numbers, in one
transaction a batch; a crash anywhere in it rolls the batch back whole (crash table: docs/spec/ledger.md section 7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tepati.errors import BadInput, Conflict, NotFound, Tampered
from tepati.ledger import cosignatures, pending, tiles, tree
from tepati.ledger.anchor import Anchor, Mark
from tepati.ledger.cells import raw, text, whole
from tepati.ledger.cosignatures import Cosigned
from tepati.ledger.lanes import ALL_LANES
from tepati.ledger.note import Signer, checkpoint, joined, ours
from tepati.ledger.proof import write_proof, write_submission
from tepati.ledger.prune import published
from tepati.ledger.tiles import Place, Tiles
from tepati.ledger.tree import Head, Key, check_signature, read_head
from tepati.store.port import Engine, Tx

# Lines a transaction: on SQLite nobody else writes meanwhile (<= 500 rows, 5 ms), on PostgreSQL nobody waits for it.
BATCH: dict[Engine, int] = {"sqlite": 240, "postgresql": 10_000}

_TILE = (
    "INSERT INTO log_tile (org, level, idx, hashes) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (org, level, idx) DO UPDATE SET hashes = excluded.hashes"
)


@dataclass(frozen=True, slots=True)
class Proven:
    """A line in the log: its number, its bytes, and its tlog-proof (with cosignatures where there are)."""

    index: int
    entry: bytes
    proof: str
    witnesses: int


class Log:
    """The log of one organisation. ``origin`` is its name in heads; ``signer`` may be None where nothing is signed.

    ``anchor`` keeps its newest head outside the database: a shorter log than that is refused. ``pen`` is the key of the
    MACs under which lines wait and cosignatures are kept (``ledger/pending.py``, ``ledger/cosignatures.py``).
    """

    def __init__(
        self, org: str, origin: str, signer: Signer | None = None, anchor: Anchor | None = None, pen: bytes = b""
    ) -> None:  # fmt: skip
        self.org = org
        self.origin = origin
        self.signer = signer
        self.mark = Mark(org, anchor)
        self.pen = pen
        self.strange = 0  # pending rows taken away since somebody asked: none of ours, or changed by SQL

    @property
    def key(self) -> Key:
        """The key by which others check the heads of this log. Raises BadInput where nothing is signed."""
        return self._signer().key

    # --- adding

    async def append(self, tx: Tx, id: bytes, lane: int, at: int, entry: bytes) -> None:
        """Add a line to the act's transaction. ``id`` is 16 random bytes, ``at`` microseconds, ``entry`` < 64 kB."""
        await pending.append(tx, self.pen, self.org, (id, lane, at, entry))

    async def append_many(self, tx: Tx, rows: Iterable[pending.Waiting]) -> None:
        """Add many ``(id, lane, at, entry)`` at once."""
        await pending.append_many(tx, self.pen, self.org, rows)

    async def integrate(self, tx: Tx, at: int, most: int | None = None, *, in_order: bool = False) -> int:
        """Number and hash at most ``most`` pending lines and sign the new head; return how many. 0: nothing pending.

        Lines of one batch stand in the order of (lane, id), which is random: it tells no finer time than the heads.
        ``in_order``: as they were appended, where a log that begins anew has its old lines; each call looks at all.
        A row that is none of ours is taken away and counted in ``strange``: it becomes no line, and holds up no other.
        Raises Tampered (the head is not ours, shorter than what was kept outside, or not of its tiles), Conflict.
        """
        old = await self._lock(tx, at)
        most = BATCH[tx.engine] if most is None else most
        rows, strange = await pending.take(tx, self.pen, self.org, most, in_order=in_order)
        self.strange += strange
        if not rows:
            return 0
        edge = await self.read_tiles(tx, tiles.right_edge(old.size))
        if Tiles(old.size, edge).root() != old.root:
            raise Tampered("ledger_tile", size=old.size)
        changed = tiles.grow(old.size, edge, [tree.leaf_hash(raw(row[2])) for row in rows])
        await tx.copy(
            "log_leaf", ("lane", "id", "org", "idx", "entry"),
            [(row[0], row[1], self.org, index, row[2]) for index, row in enumerate(rows, old.size)],
        )  # fmt: skip
        await tx.many(_TILE, [(self.org, *place, data) for place, data in changed.items()])
        size = old.size + len(rows)
        await self._sign(tx, at, old.size, size, Tiles(size, edge | changed).root())
        return len(rows)

    async def _lock(self, tx: Tx, at: int) -> Head:
        """Lock the head row (PostgreSQL; SQLite has one writer) and return the head; the first call makes it."""
        found = await self._head(tx, lock=True)
        if found is None:
            note = checkpoint(self.origin, 0, tree.EMPTY, self._signer())
            await tx.run(
                "INSERT INTO log_head (org, size, root, at, note) VALUES ($1, 0, $2, $3, $4) ON CONFLICT DO NOTHING",
                self.org, tree.EMPTY, at, note,
            )  # fmt: skip
            found = await self._head(tx, lock=True)
        if found is None:
            raise Conflict("ledger_head")
        self.mark.check(found)
        return ours(found, self._signer())

    async def _sign(self, tx: Tx, at: int, old: int, size: int, root: bytes) -> None:
        note = checkpoint(self.origin, size, root, self._signer())
        touched = await tx.run(
            "UPDATE log_head SET size = $1, root = $2, at = $3, note = $4 WHERE org = $5 AND size = $6",
            size, root, at, note, self.org, old,
        )  # fmt: skip
        if touched != 1:
            raise Conflict("ledger_head")

    def _signer(self) -> Signer:
        if self.signer is None:
            raise BadInput("ledger_signer")
        return self.signer

    async def begin_again(self, tx: Tx, at: int) -> None:
        """Begin a new log, under this object's new origin and key, with the lines there are; old cosignatures go."""
        row = await tx.one("SELECT size, root, note FROM log_head WHERE org = $1", self.org)
        if row is None or read_head(text(row[2]).encode()).origin == self.origin:
            raise BadInput("ledger_signer")
        await tx.run("DELETE FROM log_cosign WHERE org = $1", self.org)
        await self._sign(tx, at, whole(row[0]), whole(row[0]), raw(row[1]))

    # --- reading

    async def _head(self, tx: Tx, *, lock: bool = False) -> Head | None:
        locked = " FOR UPDATE" if lock and tx.engine == "postgresql" else ""
        row = await tx.one(f"SELECT size, root, note FROM log_head WHERE org = $1{locked}", self.org)
        if row is None:
            return None
        head = read_head(text(row[2]).encode())
        if (head.size, head.root) != (row[0], row[1]):
            raise Tampered("ledger_head")
        return head

    async def newest(self, tx: Tx) -> Head | None:
        """Return the newest head as signed by us, to be kept by ``mark`` once committed. Raises Tampered."""
        found = await self._head(tx)
        return ours(found, self._signer()) if found else None

    async def head(self, tx: Tx) -> str | None:
        """Return the newest head, signed by the log alone; None before the first line."""
        row = await tx.one("SELECT note FROM log_head WHERE org = $1", self.org)
        return None if row is None else text(row[0])

    async def size(self, tx: Tx) -> int:
        """Return how many lines are in the log."""
        row = await tx.one("SELECT size FROM log_head WHERE org = $1", self.org)
        return 0 if row is None else whole(row[0])

    async def pending(self, tx: Tx) -> int:
        """Return how many lines wait for the sequencer."""
        row = await tx.one("SELECT count(*) FROM log_pending WHERE org = $1", self.org)
        return whole(row[0]) if row else 0

    async def leaf(self, tx: Tx, idx: int) -> bytes:
        """Return the bytes of line number ``idx``. Raises NotFound, with another code for one that was pruned."""
        row = await tx.one("SELECT entry FROM log_leaf WHERE org = $1 AND idx = $2", self.org, idx)
        await published(tx, self.org, idx)
        if row is None:
            raise NotFound("ledger_line")
        return raw(row[0])

    async def leaves(self, tx: Tx, start: int, end: int) -> list[bytes]:
        """Return lines [start, end). Raises Tampered when one is missing or doubled."""
        rows = await tx.all(
            "SELECT idx, entry FROM log_leaf WHERE org = $1 AND idx >= $2 AND idx < $3 ORDER BY idx",
            self.org, start, end,
        )  # fmt: skip
        for want, row in enumerate(rows, start):
            if row[0] != want:
                raise Tampered("ledger_leaf", index=want)
        if len(rows) != end - start:
            raise Tampered("ledger_leaf", index=start + len(rows))
        return [raw(row[1]) for row in rows]

    async def find(self, tx: Tx, id: bytes) -> int | None:
        """Return the number of the line with this id (-1: pruned), None while it is pending. Raises NotFound."""
        # The organisation is compared here: in SQL it would make SQLite walk all leaves of the organisation.
        row = await tx.one(f"SELECT org, idx FROM log_leaf WHERE lane IN ({ALL_LANES}) AND id = $1", id)
        if row is not None and row[0] == self.org:
            return whole(row[1])
        row = await tx.one(f"SELECT org FROM log_pending WHERE lane IN ({ALL_LANES}) AND id = $1", id)
        if row is not None and row[0] == self.org:
            return None
        raise NotFound("ledger_line")

    async def inclusion(self, tx: Tx, index: int, size: int) -> list[bytes]:
        """Return the path of line ``index`` in the tree of ``size`` lines. Raises NotFound, Tampered."""
        if not 0 <= index < size:
            raise NotFound("ledger_line")
        await published(tx, self.org, index)
        held = Tiles(size, await self.read_tiles(tx, tiles.needed(index, size)))
        return tree.inclusion(index, size, held.span)

    async def consistency(self, tx: Tx, old: int, size: int) -> list[bytes]:
        """Return the proof that the tree of ``old`` lines is the beginning of that of ``size``. Raises NotFound."""
        if not 0 <= old <= size:
            raise NotFound("ledger_line")
        if old in {0, size}:
            return []
        await published(tx, self.org, old)
        held = Tiles(size, await self.read_tiles(tx, tiles.needed(old - 1, size) | tiles.needed(old, size)))
        return tree.consistency(old, size, held.span)

    async def prove(self, tx: Tx, id: bytes) -> Proven | None:
        """Return the line with this id and its proof under the newest cosigned head that holds it, else the newest.

        None while it is pending. Raises NotFound.
        """
        index = await self.find(tx, id)
        if index is None:
            return None
        await published(tx, self.org, index)
        note, witnesses = await self.witnessed(tx)
        head = read_head(note.encode()) if note else None
        if head is None or head.size <= index:
            note, witnesses = await self.head(tx) or "", 0
            head = read_head(note.encode())
        path = await self.inclusion(tx, index, head.size)
        return Proven(index, await self.leaf(tx, index), write_proof(index, path, note), witnesses)

    async def read_tiles(self, tx: Tx, places: Iterable[Place]) -> dict[Place, bytes]:
        """Return tiles as they stand, which may be wider than an older tree had them."""
        wanted = sorted(places)
        if not wanted:
            return {}
        each = " OR ".join(f"(level = ${2 * i + 2} AND idx = ${2 * i + 3})" for i in range(len(wanted)))
        args = [part for place in wanted for part in place]
        rows = await tx.all(f"SELECT level, idx, hashes FROM log_tile WHERE org = $1 AND ({each})", self.org, *args)
        return {(whole(row[0]), whole(row[1])): raw(row[2]) for row in rows}

    # --- witnesses

    async def witnessed(self, tx: Tx) -> tuple[str, int]:
        """Return the newest head that a witness cosigned, all cosignatures of that size joined, and how many."""
        found = await self.cosigners(tx)
        notes = [one.note for one in found if one.size == found[0].size]
        return (joined(notes), len(notes)) if notes else ("", 0)

    async def cosigners(self, tx: Tx) -> list[Cosigned]:
        """Return what witnesses cosigned, the newest head first; a row that SQL wrote or changed is none."""
        return (await self._cosigned(tx))[0]

    async def uncosigned(self, tx: Tx) -> list[str]:
        """Return the witnesses of rows that are not believed."""
        return (await self._cosigned(tx))[1]

    async def _cosigned(self, tx: Tx) -> tuple[list[Cosigned], list[str]]:
        return await cosignatures.read(tx, self.pen, self.org, self.signer)

    async def submission(self, tx: Tx, old: int) -> bytes:
        """Return what to send to a witness that last cosigned size ``old`` (its answer 409 says which)."""
        note = await self.head(tx)
        if note is None:
            raise NotFound("ledger_line")
        return write_submission(old, await self.consistency(tx, old, read_head(note.encode()).size), note)

    async def cosign(self, tx: Tx, note: str, witnesses: Sequence[Key], key: Key | None = None) -> int:
        """Keep a head that came back cosigned; return how many of ``witnesses`` signed it.

        ``key`` is the log's own where there is no signer. Raises Tampered when it is not a head of this log's tree or
        a signature does not verify.
        """
        head = read_head(note.encode())
        if head.origin != self.origin or check_signature(head, key or self._signer().key) is None:
            raise Tampered("ledger_checkpoint")
        await self.continues(tx, head)
        said = [(one, check_signature(head, one)) for one in witnesses]
        signed = [Cosigned(one.name, head.size, at * 1_000_000, note) for one, at in said if at is not None]
        await cosignatures.keep(tx, self.pen, self.org, signed, await self.uncosigned(tx))
        return len(signed)

    async def continues(self, tx: Tx, head: Head) -> None:
        """Compare a head that others hold with the tree here: after a restore this decides whether the log goes on.

        Raises Tampered when it is of another tree, or ahead of this one: then only ``begin_again`` is honest.
        """
        now = await self._head(tx)
        if now is None or head.size > now.size:
            raise Tampered("ledger_checkpoint", size=head.size)
        await published(tx, self.org, head.size)
        edge = await self.read_tiles(tx, tiles.right_edge(head.size))
        if Tiles(head.size, edge).root() != head.root:
            raise Tampered("ledger_checkpoint", size=head.size)
