"""Room vault: a mirror of the key store in a PostgreSQL database of its own, shared by several hosts.

It lies in a schema of its own, never in the application's database. Deleted rows are vacuumed away, the table of
secrets by writing it anew; what the server's log and its standbys keep of them opens under the root alone.

Who holds epoch keys in memory is a row of ``holder`` and a lock of its session: the row says up to what it has let go
of keys that ended, the lock that it lives. Whoever does not answer is cut off by ending its session, and reads the key
store anew before it uses a key again. Statements wait for one round trip on the loop's thread (see the spec for what
that costs).
"""

import contextlib
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar, cast

import psycopg
from psycopg import sql as text

from tepati.errors import Misconfigured, Unavailable
from tepati.vault.mirror import DESTROY, RETIRE, TABLES, Cell, Line, Look, Op
from tepati.vault.tables import SCHEMA

T = TypeVar("T")
Link = psycopg.Connection[Line]

_CLASS = 0x7E9A71  # of our advisory locks; object 0: being alone, others: a process that holds keys
_TRIES = 60  # how often a session's end is looked for after it was ended
_BATCH = 500
_SETTINGS = {
    "search_path": "tepati_keys", "lock_timeout": "5s", "synchronous_commit": "on", "client_min_messages": "warning",
}  # fmt: skip
_ENDS = frozenset({DESTROY, RETIRE})


def both(addresses: Sequence[str], me: int) -> "tuple[ServedMirror, ServedMirror]":
    """Open the two places of a key store, or neither. Raises as ``ServedMirror``."""
    first = ServedMirror(addresses[0], 1, me)
    try:
        return first, ServedMirror(addresses[1], 2, me)
    except BaseException:
        first.close()
        raise


class ServedMirror:
    """The mirror at an address; ``number`` is its place, 1 or 2, the same for all hosts.

    ``me`` (31 bits, random) names this process. Raises Unavailable (no server), Misconfigured (the places exchanged,
    or one and the same).
    """

    def __init__(self, address: str, number: int, me: int) -> None:
        self._address, self._me = address, me or 1  # 0 is the lock of being alone
        self.lock = threading.RLock()
        self._deleted: set[str] = set()
        self._held: list[int] = []  # locks of the reading session: taken again where that is opened anew
        self._sessions = 0
        self._write = self._opened()
        try:
            self._prepare(number)
            self._read = self._opened()
        except BaseException:
            self._write.close()
            raise

    # --- reading

    def rows(self, sql: str, *args: Cell) -> list[Line]:
        """Read on the loop's thread, one round trip; a session that ended is opened anew, once. Raises Unavailable."""
        return self._reading(lambda link: _fetched(link, sql, args))

    def batches(self, sql: str, *args: Cell) -> Iterator[Line]:
        """Stream a long read, over a connection of its own."""
        try:
            with (
                self._opened(idle="600s") as link,
                link.transaction(),
                psycopg.RawServerCursor[Line](link, "batches") as cursor,
            ):
                cursor.execute(_dollars(sql), args)
                while lines := cursor.fetchmany(_BATCH):
                    yield from lines
        except psycopg.Error:
            raise Unavailable("keystore_gone") from None

    def seq(self) -> int:
        return cast("int", self.rows("SELECT n FROM seq")[0][0])

    def _reading(self, work: Callable[[Link], T]) -> T:
        for _ in range(2):
            try:
                if self._read.closed:
                    self._read = self._opened()
                    self._sessions += 1
                    for lock in self._held:
                        _locked(self._read, lock)
                return work(self._read)
            except psycopg.OperationalError:
                self._read.close()
            except psycopg.Error:
                break
        raise Unavailable("keystore_gone")  # outside the handler: no cause is carried along

    # --- writing

    def begin(self) -> int:
        if self._write.closed:
            self._write = self._opened()
        self._write.execute("BEGIN")
        return cast("int", _fetched(self._write, "SELECT n FROM seq WHERE id = 1 FOR UPDATE")[0][0])

    def apply(self, ops: Sequence[Op]) -> None:
        cursor: psycopg.RawCursor[Line] = psycopg.RawCursor(self._write)
        for op in ops:
            cursor.executemany(_dollars(op.sql), op.rows)
            if op.cuts:
                self._deleted.add(op.sql.split()[2] if op.sql.startswith("DELETE") else op.sql.split()[1])
        ended = int(any(op.sql in _ENDS for op in ops))
        cursor.execute("UPDATE seq SET n = n + 1, ends = ends + $1", (ended,))

    def take(self, other: "ServedMirror") -> None:
        for table in (*TABLES, "seq"):
            self._write.execute(text.SQL("DELETE FROM {}").format(text.Identifier(table)))
            lines = _fetched(other._write, f"SELECT * FROM {table}")  # noqa: SLF001 - its twin
            if lines:
                places = ", ".join(f"?{n + 1}" for n in range(len(lines[0])))
                sql = f"INSERT INTO {table} VALUES ({places})"
                psycopg.RawCursor(self._write).executemany(_dollars(sql), lines)
            self._deleted.add(table)

    def commit(self) -> None:
        self._write.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back; a connection that cannot even do that is closed, and the server rolls back for it."""
        try:
            if not self._write.closed and self._write.info.transaction_status:
                self._write.execute("ROLLBACK")
        except psycopg.Error:
            self._write.close()

    def failing(self, error: Exception) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError)

    def full(self, error: Exception) -> bool:
        return isinstance(error, psycopg.errors.DiskFull)

    def cut(self) -> bool:
        """Vacuum what was deleted from; the table of secrets is written anew, so that no old row stays in its pages."""
        for table in sorted(self._deleted):
            full = "VACUUM (FULL) {}" if table == "secret" else "VACUUM {}"
            try:
                self._write.execute(text.SQL(full).format(text.Identifier(table)))
            except psycopg.Error:
                return False
            self._deleted.discard(table)
        return True

    # --- several processes

    def changed(self) -> Hashable:
        return self._sessions, self.rows("SELECT ends FROM seq")[0][0]

    def join(self) -> None:
        if self._me not in self._held:
            self._hold(self._me)
            seen = self.changed()
            self._held.append(self._me)
            self.acknowledge(seen)

    def acknowledge(self, seen: Hashable) -> None:
        if self._me in self._held:
            sql = (
                "INSERT INTO holder (id, knows) VALUES (?1, ?2)"
                " ON CONFLICT (id) DO UPDATE SET knows = excluded.knows RETURNING id"
            )
            self.rows(sql, self._me, cast("tuple[int, int]", seen)[1])

    def unaware(self, since: Hashable) -> int:
        """Count living processes that have not yet acknowledged; those that died are forgotten."""
        wanted = cast("tuple[int, int]", since)[1]
        self.rows(f"DELETE FROM holder WHERE id NOT IN ({_LIVING}) RETURNING id", _CLASS)
        sql = "SELECT count(*) FROM holder WHERE knows < ?1 AND id <> ?2"
        return cast("int", self.rows(sql, wanted, self._me)[0][0])

    def fence(self, since: Hashable) -> None:
        wanted = cast("tuple[int, int]", since)[1]
        ended = (
            "SELECT count(pg_terminate_backend(l.pid)) FROM holder h JOIN pg_locks l ON l.objid::bigint = h.id"
            " WHERE l.locktype = 'advisory' AND l.classid::bigint = ?3 AND l.database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database()) AND h.knows < ?1 AND h.id <> ?2"
        )
        self.rows(ended, wanted, self._me, _CLASS)
        for _ in range(_TRIES):
            if not self.unaware(since):
                return
            self.rows("SELECT 1 FROM pg_sleep(0.05)")
        raise Unavailable("roll_waits", mend="a process that holds an old key does not answer and cannot be cut off")

    def alone(self) -> bool:
        """Be alone where nobody else is; else wait until whoever is alone lets others come."""
        said = self.rows("SELECT pg_try_advisory_lock(?1, ?2)", _CLASS, 0)
        if said != [(True,)]:
            self.share()
            return False
        return True

    def share(self) -> None:
        if 0 not in self._held:
            self._hold(0)
            self._held.append(0)
            self.rows("SELECT pg_advisory_unlock(?1, ?2)", _CLASS, 0)

    def look(self) -> Look:
        """Ask the server what it is and who else has its pages; any role may."""
        server, database = self.rows("SELECT system_identifier::text, current_database() FROM pg_control_system()")[0]
        counted = self.rows(_COPIES)[0]
        copies = tuple(kind for kind, n in zip(("archive", "replicas", "slots"), counted, strict=True) if n)
        settings = {str(name): str(value) for name, value in self.rows(_SETTING)}
        near = self._read.info.host.startswith("/") or self._read.info.hostaddr in {"127.0.0.1", "::1"}
        return Look(str(server), str(database), copies, settings, near or bool(self._read.pgconn.ssl_in_use))

    def raze(self) -> str:
        """Drop the schema; what the server's log, standbys and backups keep of it opens under the root alone."""
        try:
            self._write.execute("DROP SCHEMA tepati_keys CASCADE")
            self._write.execute("CHECKPOINT")
        except psycopg.errors.InsufficientPrivilege:
            pass  # only a checkpoint asks for more than the schema's owner may
        except psycopg.Error:
            raise Unavailable("keystore_gone") from None
        self._read.close()
        self._write.close()
        return "dropped, log of the server unknown"

    def close(self) -> None:
        if not self._read.closed:  # the locks now, and not when the server has noticed that we are gone
            with contextlib.suppress(Unavailable):
                self.rows("DELETE FROM holder WHERE id = ?1 RETURNING id", self._me)
                self.rows("SELECT pg_advisory_unlock_all()")
        self._read.close()
        self._write.close()

    def _hold(self, lock: int) -> None:
        self._reading(lambda link: _locked(link, lock))

    def _opened(self, idle: str = "10s") -> Link:
        """Open a session; one that is left in the midst of a transaction for so long is ended by the server."""
        said = {**_SETTINGS, "idle_in_transaction_session_timeout": idle}
        options = " ".join(f"-c {name}={value}" for name, value in said.items())
        try:
            return psycopg.connect(
                self._address, autocommit=True, options=options, connect_timeout=5, application_name="tepati keys",
                keepalives_idle=10, keepalives_interval=5, keepalives_count=3, tcp_user_timeout=15_000,
            )  # fmt: skip
        except psycopg.Error:
            pass
        raise Unavailable("keystore_gone")

    def _prepare(self, number: int) -> None:
        """Make the tables, once whoever comes first, and check that this is the place it was before."""
        try:
            with self._write.transaction():
                self._write.execute(text.SQL("SELECT pg_advisory_xact_lock({})").format(_CLASS))
                self._write.execute(SCHEMA)
                self._write.execute("INSERT INTO place (id, number) VALUES (1, %s) ON CONFLICT DO NOTHING", (number,))
            found = _fetched(self._write, "SELECT number FROM place")
        except psycopg.Error:
            raise Unavailable("keystore_gone") from None
        if found != [(number,)]:
            raise Misconfigured("keystore_places")


_COPIES = (
    "SELECT (SELECT count(*) FROM pg_settings WHERE name = 'archive_mode' AND setting <> 'off'),"
    " (SELECT count(*) FROM pg_stat_replication), (SELECT count(*) FROM pg_replication_slots)"
)
_SETTING = (
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY 1"
)
_LIVING = (
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = ?1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _locked(link: Link, lock: int) -> None:
    """Take a lock of the session, shared: it ends with the session. Being alone is waited for for a minute."""
    with link.transaction():
        _fetched(link, "SELECT set_config('lock_timeout', '60s', true)")
        _fetched(link, "SELECT pg_advisory_lock_shared(?1, ?2)", (_CLASS, lock))


def _fetched(link: Link, sql: str, args: Sequence[Cell] = ()) -> list[Line]:
    return psycopg.RawCursor(link).execute(_dollars(sql), args).fetchall()


def _dollars(sql: str) -> bytes:
    return sql.replace("?", "$").encode()
