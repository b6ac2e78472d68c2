"""Fixtures of the web room: the application over its fake, a client, and a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tepati.web.config import WebConfig
from tepati.web.server import build
from tests.web.fake import Clock, FakeDemo, FakeOrg

HOST = "http://demo.example:8000"
ROOT = Path(__file__).parents[2]


class World:
    """The fake organisation, its clock, and an application in front of them."""

    def __init__(self, **config) -> None:
        self.org, self.demo, self.clock = FakeOrg(), FakeDemo(), Clock()
        given = {
            "origins": {"": HOST, self.org.slug: HOST},
            "consoles": {self.org.slug: HOST},
            "demo": True,
            "posts_per_minute": 0,
        } | config
        demo = self.demo if given["demo"] else None
        self.config = WebConfig(key=b"k" * 32, now=self.clock, random=os.urandom, **given)
        self.app = build({self.org.slug: self.org}, demo, self.config)

    def client(self, base: str = HOST, peer: str = "203.0.113.9", **more) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(peer, 4711))
        return httpx.AsyncClient(transport=transport, base_url=base, **more)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def worlds():
    """Make worlds with another configuration."""
    return World


def _chromium() -> str:
    return next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), "")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium; missing it is a plain skip, and a failure where CI=true.

    Its loop runs as long as the browser is open, so a module with this fixture holds no ``async def`` tests: that is
    why it lives for a module and not for the session.
    """
    path = _chromium()
    if not path:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: the pages were not looked at")
        pytest.skip("chromium is missing (apt install chromium): the pages were not looked at")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The fake served by granian on a free port; yields its origin."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "tests.web.serve:app"], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths, "PORT": str(port)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    origin = f"http://127.0.0.1:{port}"
    try:
        _wait(origin, server)
        yield origin
    finally:
        server.terminate()
        server.wait(10)


def _wait(origin: str, server: subprocess.Popen, verify: object = True) -> None:
    for _ in range(100):
        assert server.poll() is None, "the server did not start"
        try:
            if httpx.get(f"{origin}/health", verify=verify).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the server did not answer")
