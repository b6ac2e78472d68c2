"""Room vault: a mirror of the key store in a folder of one host: an SQLite file, never backed up or snapshotted.

Deleted bytes are overwritten (``secure_delete``) and the write-ahead log is cut to nothing after every deletion.

BUG: another process of this host keeps an epoch's key in its memory for up to a second after it ended; nobody waits.
"""

import threading
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import cast

import apsw

from tepati.errors import Misconfigured, Unavailable
from tepati.vault.mirror import TABLES, Cell, Line, Look, Op

FILE = "keys.db"
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
CREATE TABLE IF NOT EXISTS retired (org TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


class FolderMirror:
    """A mirror in a folder of mode 0700. Raises Misconfigured, Unavailable."""

    def __init__(self, folder: Path) -> None:
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
        raise Unavailable("keystore_gone")  # outside the handler: no cause is carried along

    def batches(self, sql: str, *args: Cell) -> Iterable[Line]:
        return cast("Iterable[Line]", self._read.cursor().execute(sql, args))

    def seq(self) -> int:
        return cast("int", self.rows("SELECT n FROM seq")[0][0])

    def begin(self) -> int:
        self._write.execute("BEGIN IMMEDIATE")
        return cast("int", self._write.execute("SELECT n FROM seq").fetchall()[0][0])

    def apply(self, ops: Sequence[Op]) -> None:
        for op in ops:
            self._write.executemany(op.sql, op.rows)
        self._write.execute("UPDATE seq SET n = n + 1")

    def take(self, other: "FolderMirror") -> None:
        for table in (*TABLES, "seq"):
            self._write.execute(f"DELETE FROM {table}")
            lines = other._write.execute(f"SELECT * FROM {table}").fetchall()  # noqa: SLF001 - its twin
            if lines:
                places = ",".join("?" * len(lines[0]))
                self._write.executemany(f"INSERT INTO {table} VALUES ({places})", lines)

    def commit(self) -> None:
        self._write.execute("COMMIT")

    def rollback(self) -> None:
        if self._write.in_transaction:
            self._write.execute("ROLLBACK")

    def failing(self, error: Exception) -> bool:
        return isinstance(error, apsw.Error) and not isinstance(error, apsw.ConstraintError)

    def full(self, error: Exception) -> bool:
        return isinstance(error, apsw.FullError)

    def cut(self) -> bool:
        try:
            self._write.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.BusyError:
            return False
        return True

    def changed(self) -> Hashable:
        """Return a number that differs once anything else wrote to this mirror (``PRAGMA data_version``): 2 us."""
        return self.rows("PRAGMA data_version")[0][0]

    def join(self) -> None:
        """Be counted by nobody: see BUG above."""

    def acknowledge(self, seen: Hashable) -> None:
        """Tell nobody."""

    def unaware(self, since: Hashable) -> int:  # noqa: ARG002 - the port's
        return 0

    def fence(self, since: Hashable) -> None:
        """Cut off nobody."""

    def alone(self) -> bool:
        """Say yes: on one host the data folder's lock tells (``app/alone.py``)."""
        return True

    def share(self) -> None:
        """Hold nobody up."""

    def look(self) -> Look | None:
        return None

    def raze(self) -> str:
        """Overwrite every row and page (``secure_delete``), cut the log, and remove the file; the folder stays."""
        try:
            self._write.execute("BEGIN IMMEDIATE")
            for table in (*TABLES, "seq"):
                self._write.execute(f"DELETE FROM {table}")
            self._write.execute("COMMIT")
            self._write.execute("VACUUM")
            if not self.cut():
                raise Unavailable("keystore_gone")
        except apsw.Error:
            raise Unavailable("keystore_gone") from None
        self.close()
        self.path.unlink()
        return "overwritten, media unknown"

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
    kept = FolderMirror(there[0])
    used = kept.seq()
    kept.close()
    if used:
        raise Misconfigured("keystore_absent", folder=str(next(f for f in folders if f not in there)))


def _unopened(fault: Exception) -> str:
    """Call what keeps a mirror from opening by the code of an error."""
    if isinstance(fault, (apsw.NotADBError, apsw.CorruptError)):
        return "keystore_damaged"
    if isinstance(fault, (apsw.ReadOnlyError, PermissionError)):
        return "keystore_readonly"
    return "keystore_full" if isinstance(fault, apsw.FullError) else "keystore_unopened"


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(5000)
    settings = {"journal_mode": "WAL", "synchronous": "FULL", "secure_delete": "ON", "temp_store": "MEMORY"}
    for name, value in settings.items():
        connection.pragma(name, value)
    return connection
