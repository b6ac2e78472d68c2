"""Every story of this folder, against a running demo: each proves a promise through its real surface."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.conftest import seeded
from tests.attacks.demonstration import Demonstration
from tests.stories.looking import Passing
from tests.stories.runner import ROOT, Story
from tests.web.site_pages import PASSED

__all__ = ["seeded"]

STORIES = sorted(Path(__file__).parent.glob("*.txt"))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def demo(seeded: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Start the demo as a newcomer would, in a seeded folder of its own, and wait until it answers."""
    data = seeded.copy(tmp_path_factory.mktemp("demo") / "data").folder
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = data.parent / "demo.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tepati", "demo", "--data", str(data), "--port", str(port), "--only",
             "home-cleaning"], cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _answers(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}", data
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for as long as the seeding goes on: two minutes without a word from it are too many, on any machine."""
    until, said = time.monotonic() + 120, 0
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        if (now := log.stat().st_size) > said:
            until, said = time.monotonic() + 120, now
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"the demo does not answer: {log.read_text()[-2000:]}")


def chromium() -> str:
    """Find the browser; without one no story runs, and that is said."""
    path = next((p for name in ("chromium", "chromium-browser") if (p := shutil.which(name))), "")
    if not path:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: no story was run")
        pytest.skip("chromium is missing (apt install chromium): no story was run")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Open Chromium."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Give each story a browser that knows nothing of the others: without JavaScript, as wide as a phone."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="id-ID")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def passing(browser: Any) -> Passing:
    """Look at what the stories pass."""
    return Passing(browser)


@pytest.mark.parametrize(
    "path", [pytest.param(p, marks=pytest.mark.promise(p.stem.partition("-")[0]), id=p.stem) for p in STORIES]
)
def test_story(path: Path, demo: tuple[str, Path], page: Any, passing: Passing) -> None:
    """The story holds, and axe finds nothing on the pages that stories alone reach."""
    base, data = demo
    Story(base, data, page, passing).run(path.read_text("utf-8"))
    passing.stories += 1
    assert passing.wrong == []


def test_the_stories_pass_every_page_that_they_should(passing: Passing) -> None:
    """What ``site_pages.py`` says of them is so, once all of them ran."""
    if passing.stories == len(STORIES):
        assert passing.seen == PASSED
