"""Room vault: what the two places of the key store have in common: their tables, and every change made to them.

Every change is a batch of ops, applied to both mirrors in the same order, numbered by ``seq``: after a crash between
the two, the mirror with the higher number is copied over the other. Ops are written so that they may come late or
twice, from several processes: nothing destroyed comes back, nothing newer is replaced. Statements are SQL that SQLite
and PostgreSQL read alike; ``?1`` is the first value.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import msgspec

Cell = int | str | bytes | None
Line = tuple[Cell, ...]


class Op(msgspec.Struct, frozen=True, array_like=True):
    """One change: a statement of this module and its rows. ``cuts``: it deletes, so what was deleted is cut away."""

    sql: str
    rows: Sequence[Line]
    cuts: bool = False


ADD = (
    "INSERT INTO dek (person, key, org, category, ending, epoch, wrapped) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
    " WHERE NOT EXISTS (SELECT 1 FROM gone WHERE key = ?2)"  # a late copy never brings a destroyed key back
    " ON CONFLICT (person, key) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped"
    " WHERE excluded.epoch >= dek.epoch"
)
DROP = "DELETE FROM dek WHERE person = ?1 AND key = ?2"
FOLLOW = "UPDATE dek SET epoch = ?4, wrapped = ?3 WHERE person = ?1 AND key = ?2 AND epoch < ?4"  # never adds one
STALE = "DELETE FROM dek WHERE org = ?1 AND epoch <= ?2"
GONE = "INSERT INTO gone (key, at) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET at = excluded.at"
UNGONE = "DELETE FROM gone WHERE key = ?1"
FORGET_GONE = "DELETE FROM gone WHERE at < ?1"
STOP = (
    "INSERT INTO stop (org, person, what, at) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (org, person, what) DO UPDATE SET at = excluded.at WHERE excluded.at > stop.at"
)
LIFT = "DELETE FROM stop WHERE org = ?1 AND person = ?2 AND what = ?3 AND at <= ?4"  # never a stop that came after it
PRUNE = "DELETE FROM stop WHERE at < ?1"
ANCHOR = (
    "INSERT INTO anchor (person, version) SELECT ?1, ?2"
    " WHERE NOT EXISTS (SELECT 1 FROM gone WHERE key = ?1)"  # nor does a late anchor, an erased person
    " ON CONFLICT (person) DO UPDATE SET version = excluded.version WHERE excluded.version > anchor.version"
)
UNANCHOR = "DELETE FROM anchor WHERE person = ?1"
INTEND = "INSERT INTO intent (id, org, body) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
DONE = "DELETE FROM intent WHERE id = ?1"
KEEP = (
    "INSERT INTO secret (kind, org, name, version, wrapped, made, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    " ON CONFLICT (kind, org, name, version) DO NOTHING"
)
REKEEP = "UPDATE secret SET wrapped = ?5 WHERE kind = ?1 AND org = ?2 AND name = ?3 AND version = ?4"
DESTROY = "DELETE FROM secret WHERE kind = ?1 AND org = ?2 AND name = ?3 AND version = ?4"
NOTE = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
RAISE = f"{NOTE} WHERE excluded.value > meta.value"  # bytes compare as the numbers they are, big endian
RETIRE = (  # an epoch that no key is under any more: whoever has it in memory lets go of it
    "INSERT INTO retired (org, epoch) VALUES (?1, ?2)"
    " ON CONFLICT (org) DO UPDATE SET epoch = excluded.epoch WHERE excluded.epoch > retired.epoch"
)

TABLES = ("meta", "secret", "dek", "anchor", "stop", "gone", "intent", "retired")  # and ``seq``, which counts

_ADDED = (ADD, ANCHOR)


def gathered(batch: list[Op]) -> list[Op]:
    """Join what a batch adds, keys and anchors, in the order of their trees: half the work where many are added.

    They may come before everything else: whatever else changes a row of theirs either deletes, and then nothing is
    joined, or keeps what is newer.
    """
    if any(op.cuts for op in batch):
        return batch
    added = {
        sql: sorted((row for op in batch if op.sql == sql for row in op.rows), key=itemgetter(0)) for sql in _ADDED
    }
    return [*(Op(sql, rows) for sql, rows in added.items() if rows), *(op for op in batch if op.sql not in added)]


class Look(NamedTuple):
    """What a place on a server says of itself: its cluster, who else has copies of its pages, how it is set.

    ``sealed``: the way there is TLS, or never leaves this host.
    """

    server: str
    database: str
    copies: tuple[str, ...]
    settings: Mapping[str, str]
    sealed: bool


class Mirror(Protocol):
    """One of the two places. Writes are serialised by a lock here, and among processes by ``begin``."""

    @property
    def lock(self) -> AbstractContextManager[Any]: ...

    def rows(self, sql: str, *args: Cell) -> list[Line]:
        """Read on the loop's thread. Raises Unavailable."""

    def batches(self, sql: str, *args: Cell) -> Iterable[Line]:
        """Stream a long read. Raises Unavailable."""

    def seq(self) -> int:
        """Return how many batches this mirror has taken."""

    def begin(self) -> int:
        """Begin to write, alone, and return how many batches are here now."""

    def apply(self, ops: Sequence[Op]) -> None:
        """Apply a batch inside the open transaction, and count it."""

    def take(self, other: Any) -> None:
        """Become, inside the open transaction, a copy of another mirror, whose transaction is open too."""

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def failing(self, error: Exception) -> bool:
        """Say whether an error means that the place cannot take a batch now, and not that the batch is no batch."""

    def full(self, error: Exception) -> bool:
        """Say whether an error means that the place has no room left."""

    def cut(self) -> bool:
        """Cut away what was deleted, as far as the place can; False while a reader holds it up."""

    def changed(self) -> Hashable:
        """Return what differs once keys may have ended here, by whomever."""

    def join(self) -> None:
        """Be counted among those that hold epoch keys in memory."""

    def acknowledge(self, seen: Hashable) -> None:
        """Say that what had ended when ``changed`` returned this is in this process's memory no more."""

    def unaware(self, since: Hashable) -> int:
        """Count the other processes that hold epoch keys and have not acknowledged ``since``."""

    def fence(self, since: Hashable) -> None:
        """Cut off those that do not answer: they begin anew before they use a key again. Raises Unavailable."""

    def alone(self) -> bool:
        """Say whether no other process of any host has this place open; ``share`` ends that."""

    def share(self) -> None:
        """Let others come, once what had to be done alone is done."""

    def look(self) -> Look | None:
        """Look at the place from outside; None for a folder, at which the machine is asked."""

    def raze(self) -> str:
        """Shred all that is here, for good, and close; return how far that goes, in words. Raises Unavailable."""

    def close(self) -> None: ...
