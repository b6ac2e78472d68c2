"""A real run by TLS: cookies bound to the host and secure, plain requests turned away, old protocols refused."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ports.certificate import contexts
from tests.web.conftest import ROOT, _wait

PAGE = "/home-cleaning/kuki"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """The fake served by granian over TLS; yields its origin and its certificate."""
    folder = tmp_path_factory.mktemp("tls")
    contexts(folder)
    pem = folder / "server.pem"
    key, _, rest = pem.read_text().partition("-----BEGIN CERTIFICATE-----")
    (folder / "key.pem").write_text(key)
    (folder / "cert.pem").write_text(f"-----BEGIN CERTIFICATE-----{rest}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--port", str(port)]
    command += ["--ssl-certificate", str(folder / "cert.pem"), "--ssl-keyfile", str(folder / "key.pem")]
    server = subprocess.Popen(
        [*command, "--ssl-protocol-min", "tls1.2", "tests.web.serve:sealed"], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "PORT": str(port)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    origin = f"https://127.0.0.1:{port}"
    try:
        _wait(origin, server, verify=ssl.create_default_context(cafile=str(folder / "cert.pem")))
        yield origin, folder / "cert.pem"
    finally:
        server.terminate()
        server.wait(10)


def test_cookies_are_bound_to_the_host(sealed):
    origin, cert = sealed
    with httpx.Client(verify=ssl.create_default_context(cafile=str(cert)), base_url=origin) as client:
        answer = client.post(PAGE, data={"press": "accept", "back": "/home-cleaning/"})
        lines = answer.headers.get_list("set-cookie")
        assert {line.partition("=")[0] for line in lines} == {
            "__Host-home-cleaning-choice", "__Host-home-cleaning-language"}  # fmt: skip
        for line in lines:
            parts = {part.strip().lower() for part in line.split(";")[1:]}
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
            assert not [part for part in parts if part.startswith("domain")]
        page = client.get("/home-cleaning/")
        assert "max-age=63072000" in page.headers["strict-transport-security"]
        assert 'form class="banner"' not in page.text, "the browser sent them back"


def test_a_browser_keeps_them(sealed, browser):
    """Chromium refuses a ``__Host-`` cookie that breaks its rules: kept is sound."""
    origin, _ = sealed
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"{origin}/home-cleaning/")
    page.get_by_role("button", name="Setuju semua").click()
    page.wait_for_load_state()
    assert {each["name"] for each in context.cookies()} == {
        "__Host-home-cleaning-choice", "__Host-home-cleaning-language"}  # fmt: skip
    assert all(each["secure"] and each["httpOnly"] for each in context.cookies())
    context.close()


def test_an_old_protocol_is_refused(sealed):
    origin, cert = sealed
    old = ssl.create_default_context(cafile=str(cert))
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLS"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with httpx.Client(verify=old) as client, pytest.raises(httpx.TransportError):
        client.get(f"{origin}/home-cleaning/")


def test_plain_words_to_the_sealed_port_get_no_page(sealed):
    origin, _ = sealed
    with httpx.Client() as client, pytest.raises(httpx.TransportError):
        client.get(origin.replace("https", "http") + "/home-cleaning/")
