"""Room store: open a database by its address, and bring its schema to the version this code knows.

Migrations are numbered and run under a lock, each with its number, in one transaction: run twice they do nothing,
killed half-way they did nothing. The first creates everything; docs/decisions/0008-numbered-migrations.md says why no
migration tool does this.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from tepati.errors import Conflict, Misconfigured
from tepati.store import postgres
from tepati.store.ddl import statements
from tepati.store.planner import inform
from tepati.store.port import Engine, Store, Tx
from tepati.store.sqlite import Slow, SqliteStore

Migration = Callable[[Engine], Sequence[str]]

# Append only: number n brings a database of version n - 1 to n. The first always makes the newest schema whole, so a
# fresh database takes one step; later ones are written by hand for the databases that exist.
MIGRATIONS: tuple[Migration, ...] = ()
VERSION = 1 + len(MIGRATIONS)

_META = "CREATE TABLE IF NOT EXISTS meta (name {text} NOT NULL, value {text} NOT NULL, PRIMARY KEY (name)){tail}"
_META_TRIES = 5  # two processes that create one table at once: PostgreSQL lets one of them fail


async def open_store(url: str, *, jitter: Callable[[], float], slow: Slow | None = None) -> Store:
    """Open ``sqlite:///relative``, ``sqlite:////absolute`` or ``postgresql://...``; create or migrate its schema.

    ``jitter()`` gives 0 <= x < 1. Raises Misconfigured for an unknown address or a database newer than this code,
    Unavailable when the database is not there.
    """
    store = await _connect(url, jitter, slow)
    try:
        await prepare(store)
    except BaseException:
        await store.close()
        raise
    return store


async def prepare(store: Store) -> None:
    """Create or migrate the schema, once, whoever else tries the same at this moment."""
    for left in reversed(range(_META_TRIES)):
        try:
            await store.write(_meta)
            break
        except Conflict:
            if not left:
                raise
    await store.write(_migrate)
    if store.engine == "sqlite":
        await store.write(inform)


async def _connect(url: str, jitter: Callable[[], float], slow: Slow | None) -> Store:
    if url.startswith("sqlite:///"):
        return SqliteStore(Path(url.removeprefix("sqlite:///")), jitter, slow)
    if url.startswith(("postgresql://", "postgres://")):
        return await postgres.connect(url, jitter)
    raise Misconfigured("store_address")  # the address may hold a password: it is not repeated


async def _meta(tx: Tx) -> None:
    if tx.engine == "sqlite":
        await tx.run(_META.format(text="TEXT", tail=" STRICT, WITHOUT ROWID"))
    else:
        await tx.run(_META.format(text='text COLLATE "C"', tail=""))


async def _migrate(tx: Tx) -> None:
    if tx.engine == "postgresql":
        await tx.run("LOCK TABLE meta IN EXCLUSIVE MODE")
    version = await _version(tx)
    if version > VERSION:
        raise Misconfigured("store_newer", found=version, known=VERSION)
    if version < VERSION:
        await _advance(tx, version)
    await _same(tx)


async def _advance(tx: Tx, version: int) -> None:
    todo = (_whole,) if version == 0 else MIGRATIONS[version - 1 :]
    for migration in todo:
        for statement in migration(tx.engine):
            await tx.run(statement)
    await _note(tx, "version", str(VERSION))
    await _note(tx, "schema", _digest(tx.engine))


def _whole(engine: Engine) -> Sequence[str]:
    return [statement for statement in statements(engine) if not statement.startswith("CREATE TABLE meta ")]


async def _same(tx: Tx) -> None:
    """Refuse a database whose schema was declared otherwise: somebody changed schema.py without a migration."""
    row = await tx.one("SELECT value FROM meta WHERE name = $1", "schema")
    if row != (_digest(tx.engine),):
        raise Misconfigured("store_other_schema", version=VERSION)


async def _version(tx: Tx) -> int:
    row = await tx.one("SELECT value FROM meta WHERE name = $1", "version")
    return int(str(row[0])) if row else 0


async def _note(tx: Tx, name: str, value: str) -> None:
    sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    await tx.run(sql, name, value)


def _digest(engine: Engine) -> str:
    return hashlib.sha256("\n".join(statements(engine)).encode()).hexdigest()
