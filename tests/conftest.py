"""What all tests share: a store of either engine, a clock that is set, randomness that repeats, and async tests.

``async def`` tests run on one event loop per test, the same loop on which the fixture ``store`` was opened.
"""

import asyncio
import hashlib
import inspect
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tepati.store.open import open_store
from tepati.store.port import Store, Tx
from tepati.store.schema import TABLES
from tests.postgres import Absent, Server, serving

START = 1_795_000_000_000_000  # microseconds: 18 November 2026, 12:26:40 UTC

_databases = itertools.count(1)


class Clock:
    """``clock()`` is the instant in microseconds; it moves only when told."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def forward(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> int:
        """Move on, and return the new instant."""
        self.at += round((seconds + hours * 3600 + days * 86_400) * 1_000_000)
        return self.at


class Seeded:
    """``random(n)`` gives n bytes that look random and are the same in every run (SHA-256 of a counter)."""

    def __init__(self, seed: bytes = b"tepati") -> None:
        self._seed = seed
        self._count = itertools.count()

    def __call__(self, n: int) -> bytes:
        out = b""
        while len(out) < n:
            out += hashlib.sha256(self._seed + next(self._count).to_bytes(8, "big")).digest()
        return out[:n]


# Files that take minutes, each by one process: they begin first, so that none is left alone at the end.
LONGEST = (
    "test_stories.py",
    "test_browser.py",
    "test_five.py",
    "test_processes.py",
    "test_behind.py",
    "test_unveil.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the rest stays in its order."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an ``async def`` test on the test's own loop; one under hypothesis runs each example there."""
    test = getattr(pyfuncitem.obj, "hypothesis", None)
    inner = test.inner_test if test else pyfuncitem.obj
    if not inspect.iscoroutinefunction(inner):
        return None
    runner = cast("asyncio.Runner", pyfuncitem.funcargs["_runner"])

    def call(*args: Any, **kwargs: Any) -> None:
        runner.run(inner(*args, **kwargs))

    if test:
        test.inner_test = call
        return None
    call(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames})
    return True


@pytest.fixture(autouse=True)
def _runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner | None]:
    """One event loop for each test that needs one."""
    test = getattr(request.function, "hypothesis", None)
    inner = test.inner_test if test else request.function
    if not (inspect.iscoroutinefunction(inner) or {"run", "store"} & set(request.fixturenames)):
        yield None
        return
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def run(_runner: asyncio.Runner) -> Callable[[Any], Any]:
    """``run(coroutine)`` runs it to its end on the test's loop, for tests that are not ``async def`` themselves."""
    return _runner.run


@pytest.fixture
def clock() -> Clock:
    """Give a settable ``now()``."""
    return Clock()


@pytest.fixture
def random() -> Seeded:
    """Give a repeatable ``random(n)``."""
    return Seeded()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Give a server for this test process; where PostgreSQL is missing the test is skipped, under CI it fails."""
    try:
        with serving() as server:
            yield server
    except Absent as absent:
        if os.environ.get("CI") == "true":
            pytest.fail(str(absent))
        pytest.skip(str(absent))


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """Give the address of an empty database of the test's own."""
    name = f"own_{next(_databases)}"
    postgres_server.run(f"CREATE DATABASE {name}")
    return postgres_server.url(name)


@pytest.fixture(scope="session")
def postgres_shared(postgres_server: Server) -> str:
    """Give the database whose rows are deleted before each test: 5 ms, where a new database takes 100."""
    postgres_server.run("CREATE DATABASE shared")
    url = postgres_server.url("shared")
    asyncio.run(_made(url))
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a store without rows, of each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("postgres_shared")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database that nothing was made in, of each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'own.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(store_url: str, _runner: asyncio.Runner) -> Iterator[Store]:
    """Give an open store without rows, of each engine in turn."""
    opened = _runner.run(open_store(store_url, jitter=lambda: 0.5))
    if opened.engine == "postgresql":
        _runner.run(opened.write(_emptied))
    yield opened
    _runner.run(opened.close())


async def _made(url: str) -> None:
    await (await open_store(url, jitter=lambda: 0.5)).close()


async def _emptied(tx: Tx) -> None:
    # One statement of many parts: without arguments asyncpg sends it as one message.
    names = [table.name for table in TABLES if table.name not in {"meta", "epoch"}]
    emptied = [*names, "epoch", "meta WHERE name NOT IN ('version', 'schema')"]  # what a start left there too
    await tx.run("; ".join(f"DELETE FROM {name}" for name in emptied))
