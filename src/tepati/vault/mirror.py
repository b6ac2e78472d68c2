"""Room vault: one mirror of the key store, an SQLite file of its own, never backed up or snapshotted.

Every change is a batch of ops, applied to both mirrors in the same order, numbered by ``seq``: after a crash between
the two, the mirror with the higher number is copied over the other. Deleted bytes are overwritten (``secure_delete``)
and the write-ahead log is cut to nothing after every deletion.
"""

import threading
from collections.abc import Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import cast

import apsw
import msgspec

from tepati.errors import Misconfigured, Unavailable

FILE = "keys.db"
Cell = int | str | bytes | None
Line = tuple[Cell, ...]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seq (id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO seq (id, n) VALUES (1, 0);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secret (kind TEXT, org TEXT, name TEXT, version INTEGER, wrapped BLOB NOT NULL,
  made INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (kind, org, name, version)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dek (person BLOB, key BLOB, org TEXT NOT NULL, category TEXT NOT NULL, ending TEXT NOT NULL,
  epoch INTEGER NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (person, key)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anchor (person BLOB PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stop (org TEXT, person BLOB, what TEXT, at INTEGER NOT NULL,
  PRIMARY KEY (org, person, what)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone (key BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intent (id BLOB PRIMARY KEY, org TEXT NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
"""


class Op(msgspec.Struct, frozen=True, array_like=True):
    """One change: a statement of this module and its rows. ``cuts``: it deletes, so the write-ahead log is cut."""

    sql: str
    rows: Sequence[Line]
    cuts: bool = False


ADD = (
    "INSERT INTO dek (person, key, org, category, ending, epoch, wrapped) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
    " WHERE NOT EXISTS (SELECT 1 FROM gone WHERE key = ?2)"  # a late copy never brings a destroyed key back
    " ON CONFLICT (person, key) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped"
    " WHERE excluded.epoch >= epoch"
)
DROP = "DELETE FROM dek WHERE person = ?1 AND key = ?2"
FOLLOW = "UPDATE dek SET epoch = ?4, wrapped = ?3 WHERE person = ?1 AND key = ?2 AND epoch < ?4"  # never adds one
STALE = "DELETE FROM dek WHERE org = ?1 AND epoch <= ?2"
GONE = "INSERT OR REPLACE INTO gone (key, at) VALUES (?1, ?2)"
UNGONE = "DELETE FROM gone WHERE key = ?1"
FORGET_GONE = "DELETE FROM gone WHERE at < ?1"
STOP = "INSERT INTO stop (org, person, what, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET at = excluded.at"
LIFT = "DELETE FROM stop WHERE org = ?1 AND person = ?2 AND what = ?3"
PRUNE = "DELETE FROM stop WHERE at < ?1"
ANCHOR = (
    "INSERT INTO anchor (person, version) VALUES (?1, ?2)"
    " ON CONFLICT (person) DO UPDATE SET version = max(version, excluded.version)"
)
UNANCHOR = "DELETE FROM anchor WHERE person = ?1"
INTEND = "INSERT OR REPLACE INTO intent (id, org, body) VALUES (?1, ?2, ?3)"
DONE = "DELETE FROM intent WHERE id = ?1"
KEEP = (
    "INSERT OR IGNORE INTO secret (kind, org, name, version, wrapped, made, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
)
REKEEP = "UPDATE secret SET wrapped = ?5 WHERE kind = ?1 AND org = ?2 AND name = ?3 AND version = ?4"
DESTROY = "DELETE FROM secret WHERE kind = ?1 AND org = ?2 AND name = ?3 AND version = ?4"
NOTE = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)"

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


_TABLES = ("seq", "meta", "secret", "dek", "anchor", "stop", "gone", "intent")


class Mirror:
    """One of the two places. Writes are serialised by a lock, since the group commit runs in a thread."""

    def __init__(self, folder: Path) -> None:
        """Open or make it. Raises Misconfigured, Unavailable, both naming the folder."""
        self.path = folder / FILE
        self.lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.stat().st_mode & 0o077:
                raise Misconfigured("keystore_mode", mend="chmod 700 the key store's folders")
            self._write = _connect(self.path)
            self._write.execute(_SCHEMA)
            self.path.chmod(0o600)
            self._read = _connect(self.path)
        except (apsw.Error, OSError) as fault:
            found = Unavailable(_unopened(fault), folder=str(folder))
        else:
            return
        raise found  # outside the handler: no cause is carried along

    def rows(self, sql: str, *args: Cell) -> list[Line]:
        """Read on the loop's thread: about 5 us for one row by its key. Raises Unavailable."""
        try:
            return cast("list[Line]", self._read.execute(sql, args).fetchall())
        except apsw.Error:
            pass
        raise Unavailable("keystore_gone")

    def batches(self, sql: str, *args: Cell) -> Iterable[Line]:
        """Stream a long read."""
        return cast("Iterable[Line]", self._read.cursor().execute(sql, args))

    def changed(self) -> int:
        """Return a number that differs once anything else wrote to this mirror (``PRAGMA data_version``)."""
        return cast("int", self.rows("PRAGMA data_version")[0][0])

    def begin(self) -> None:
        self._write.execute("BEGIN IMMEDIATE")

    def apply(self, ops: Sequence[Op]) -> None:
        """Apply a batch inside the open transaction, and count it."""
        for op in ops:
            self._write.executemany(op.sql, op.rows)
        self._write.execute("UPDATE seq SET n = n + 1")

    def commit(self) -> None:
        self._write.execute("COMMIT")

    def rollback(self) -> None:
        if self._write.in_transaction:
            self._write.execute("ROLLBACK")

    def cut(self) -> bool:
        """Cut the write-ahead log to nothing; False while a reader holds it."""
        try:
            self._write.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.BusyError:
            return False
        return True

    def seq(self) -> int:
        """Return how many batches this mirror has taken."""
        return cast("int", self.rows("SELECT n FROM seq")[0][0])

    def replace(self, other: "Mirror") -> None:
        """Become a copy of the other mirror."""
        with self.lock, other.lock:
            self.begin()
            for table in _TABLES:
                self._write.execute(f"DELETE FROM {table}")
                lines = other.rows(f"SELECT * FROM {table}")
                if lines:
                    places = ",".join("?" * len(lines[0]))
                    self._write.executemany(f"INSERT INTO {table} VALUES ({places})", lines)
            self.commit()
            self.cut()

    def close(self) -> None:
        self._read.close()
        self._write.close()


def whole(folders: tuple[Path, Path]) -> None:
    """Check that one place is not merely absent, a disk that is not mounted: keys copied beneath it would never end.

    Raises Misconfigured naming the folder; where neither holds anything yet, both are made.
    """
    there = [folder for folder in folders if (folder / FILE).exists()]
    if len(there) != 1:
        return
    kept = Mirror(there[0])
    used = kept.seq()
    kept.close()
    if used:
        raise Misconfigured("keystore_absent", folder=str(next(f for f in folders if f not in there)))


def full(fault: Exception) -> bool:
    """Say whether a disk has no room left."""
    return isinstance(fault, apsw.FullError)


def _unopened(fault: Exception) -> str:
    """Call what keeps a mirror from opening by the code of an error."""
    if isinstance(fault, (apsw.NotADBError, apsw.CorruptError)):
        return "keystore_damaged"
    if isinstance(fault, (apsw.ReadOnlyError, PermissionError)):
        return "keystore_readonly"
    return "keystore_full" if full(fault) else "keystore_unopened"


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5000)
    settings = {"journal_mode": "WAL", "synchronous": "FULL", "secure_delete": "ON", "temp_store": "MEMORY"}
    for name, value in settings.items():
        connection.pragma(name, value)
    return connection
