"""Fixtures of the adversary: a whole organisation at its door, and the demonstration as a process of its own."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.demonstration import Demonstration
from tests.flows.conftest import desk, keystore, post

__all__ = ["desk", "keystore", "post"]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """A demonstration that was seeded once, for all test processes, and stopped: to be copied."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made = Demonstration(shared / "seeded" / "data")
    with (shared / "seeding").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # held until it closes, or its process ends
        if not made.folder.parent.exists():
            made.folder.parent.mkdir()
            made.start()
            made.stop()
    return made


@pytest.fixture(scope="module")
def demo(seeded: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """One running demonstration for the tests of a module."""
    copied = seeded.copy(tmp_path_factory.mktemp("demo") / "data").start()
    yield copied
    copied.stop()


@pytest.fixture
def own(seeded: Demonstration, tmp_path: Path) -> Iterator[Demonstration]:
    """A demonstration of the test's own, running."""
    copied = seeded.copy(tmp_path / "data").start()
    yield copied
    copied.stop()
