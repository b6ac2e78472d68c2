"""Places to measure in: a throwaway PostgreSQL with durable settings, and a folder for SQLite."""

import asyncio
import contextlib
import itertools
import os
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
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
    server: object = None
    made: list[str] = field(default_factory=list)  # databases of the server
    names: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self) -> str:
        """Return the address of a new, empty database."""
        name = f"bench_{next(self.names)}"
        if self.engine == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        return self._made(name, "")

    def copy(self, url: str) -> str:
        """Return the address of a copy of a database that nobody has open."""
        name = f"bench_{next(self.names)}"
        if self.engine == "sqlite":
            shutil.copy(url.removeprefix("sqlite:///"), self.folder / f"{name}.db")
            return f"sqlite:///{self.folder / name}.db"
        return self._made(name, f" TEMPLATE {database(url)}")

    def _made(self, name: str, how: str) -> str:
        self.server.run(f"CREATE DATABASE {name}{how}")  # type: ignore[attr-defined]
        self.made.append(name)
        return self.server.url(name)  # type: ignore[attr-defined, no-any-return]

    def settle(self, url: str = "") -> None:
        """Let the database finish what was done to it, and gather its statistics: the next figure pays for none."""
        if self.engine == "postgresql":
            if url:  # as autovacuum would have done by then; SQLite plans without figures
                self.server.run("ANALYZE", database(url))  # type: ignore[attr-defined]
            self.server.run("CHECKPOINT")  # type: ignore[attr-defined]
        elif self.engine == "sqlite":
            os.sync()

    @contextlib.contextmanager
    def apart(self, name: str) -> "Iterator[Place]":
        """A place of its own for one measurement, gone afterwards: no figure depends on what was measured before."""
        own = replace(self, folder=self.folder / name, made=[])
        own.folder.mkdir()
        self.settle()
        try:
            yield own
        finally:
            shutil.rmtree(own.folder)
            for made in own.made:
                self.server.run(f"DROP DATABASE {made} WITH (FORCE)")  # type: ignore[attr-defined]

    def meter(self) -> Meter:
        """Count this process, and the database's where it is another."""
        return Meter(*self.roots)


def database(url: str) -> str:
    """Name the database of a server's address."""
    return url.partition("@/")[2].partition("?")[0]


@contextlib.contextmanager
def nowhere() -> Iterator[Place]:
    """A folder, for what needs no database."""
    with tempfile.TemporaryDirectory(prefix="tepati-bench-") as name:
        yield Place("-", Path(name))


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


ENGINES = {"-": nowhere, "sqlite": sqlite, "postgresql": postgresql}


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
