"""Places to measure in: a throwaway PostgreSQL with durable settings, and a folder for SQLite."""

import asyncio
import contextlib
import itertools
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.meter import Meter
from tepati.store.open import open_store
from tepati.store.port import Store

# As an installation would run: every commit durable. Tests switch that off; a measurement must not.
DURABLE = {
    "listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "shared_buffers": "256MB",
    "max_connections": "60", "max_wal_size": "2GB", "autovacuum": "off", "logging_collector": "off",
    "log_min_messages": "panic", "jit": "off",
}  # fmt: skip


@dataclass(slots=True)
class Place:
    """Where one engine keeps its data during a run, and which processes to count."""

    engine: str
    folder: Path
    roots: tuple[int, ...] = ()
    url_of: dict[str, str] = field(default_factory=dict)
    server: object = None
    names: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self) -> str:
        """Return the address of a new, empty database."""
        name = f"bench_{next(self.names)}"
        if self.engine == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        self.server.run(f"CREATE DATABASE {name}")  # type: ignore[attr-defined]
        return self.server.url(name)  # type: ignore[attr-defined, no-any-return]

    def meter(self) -> Meter:
        """Count this process, and the database's where it is another."""
        return Meter(*self.roots)


@contextlib.contextmanager
def sqlite() -> Iterator[Place]:
    """A folder on the disk the temporary files are on."""
    with tempfile.TemporaryDirectory(prefix="tepati-bench-") as name:
        yield Place("sqlite", Path(name))


@contextlib.contextmanager
def postgresql() -> Iterator[Place]:
    """A server of the bench's own. Raises ``tests.postgres.Absent`` where there is none."""
    from tests import postgres

    postgres._SETTINGS = DURABLE
    with postgres.serving() as server, tempfile.TemporaryDirectory(prefix="tepati-bench-") as name:
        yield Place("postgresql", Path(name), (server.process.pid,), server=server)


ENGINES = {"sqlite": sqlite, "postgresql": postgresql}


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a store, and close it."""
    store = await open_store(url, jitter=random.random)
    try:
        yield store
    finally:
        await store.close()


def run(work) -> object:
    """Run a coroutine on a loop of its own."""
    return asyncio.run(work)
