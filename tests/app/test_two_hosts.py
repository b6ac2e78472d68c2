"""Two hosts serve one shop: a database, a key store on servers, a root; each has a folder of its own and no other."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import msgspec
import pytest

from tepati.app.compose import Installation, opened
from tepati.app.install import initialise, publish
from tepati.errors import Misconfigured, Unavailable
from tepati.ports import config as configuration
from tepati.vault import roll
from tests.attacks.demonstration import ROOT, Answer, Demonstration

NOTICE = ROOT / "examples/home-cleaning/notice.yaml"
ORG = "home-cleaning"
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@dataclass
class Host(Demonstration):
    """A folder that is served as in production, behind a proxy that ends TLS."""

    def start(self, wait: float = 60) -> "Host":
        said = configuration.read(self.folder).config
        self.port = int(said.listen.rpartition(":")[2])
        log = self.folder.with_name(f"{self.folder.name}.log")
        self.said.append(log)
        with log.open("wb") as out:
            command = [sys.executable, "-m", "tepati", "serve", "--data", str(self.folder)]
            self.process = subprocess.Popen(command, cwd=ROOT, env=ENV, stdout=out, stderr=out)
        end = time.monotonic() + wait
        while time.monotonic() < end:
            assert self.process.poll() is None, log.read_text()[-2000:]
            try:
                if self.get("/health").status == 200:
                    return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError(log.read_text()[-2000:])

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        near = f"10.{threading.get_ident() % 251}.{next(self.turn) % 251}.9"
        proxy = {"Host": "shop.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": near}
        return super().ask(method, path, body, {**(headers or {}), **proxy})


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def hosts(tmp_path, postgres_url, postgres_server):
    """Two hosts, not started; the notice is published by the first."""
    places = []
    for n in (1, 2):
        name = f"two_hosts_{n}"
        postgres_server.run(f"DROP DATABASE IF EXISTS {name}")
        postgres_server.run(f"CREATE DATABASE {name}")
        places.append(postgres_server.url(name))
    first = tmp_path / "a"
    initialise(first, NOTICE, ORG, "https://shop.example", str(tmp_path / "root.key"))
    for folder in ("keys-1", "keys-2"):
        shutil.rmtree(first / folder)
    made = configuration.read(first).config
    for name in ("a", "b"):
        said = msgspec.structs.replace(
            made, database=postgres_url, keys=(places[0], places[1]), listen=f"127.0.0.1:{free_port()}",
            proxies=("127.0.0.1/32",),
        )  # fmt: skip
        configuration.write(tmp_path / name, said)

    async def begin() -> None:
        installation = await opened(configuration.read(first))
        await publish(installation, ORG)
        await installation.close()

    asyncio.run(begin())
    turn = count()  # each hour is offered once
    both = Host(tmp_path / "a", turn=turn), Host(tmp_path / "b", turn=turn)
    yield both
    for host in both:
        host.kill()


class Stream:
    """Books without pause at both hosts, two at a time each; keeps every number that was answered."""

    def __init__(self, hosts) -> None:
        self.numbers, self.other, self.over = list[str](), list[object](), threading.Event()
        self.threads = [threading.Thread(target=self._books, args=each, daemon=True) for each in enumerate(hosts * 2)]
        for thread in self.threads:
            thread.start()

    def _books(self, who: int, host: Host) -> None:
        n = 0
        while not self.over.is_set():
            n += 1
            email = f"p{who}-{n}@contoh.example"
            try:
                got = host.book(identity__email=email, identity__phone=f"0812 {who:04} {n:04}")
            except (AssertionError, OSError) as fault:
                self.other.append(fault)
                return
            time.sleep(1.3)  # there are 120 hours
            self.numbers.append(got.number) if got.status == 200 else self.other.append((got.status, got.text[:400]))

    def more(self) -> None:
        """Wait until some more were answered."""
        before = len(self.numbers)
        _until(lambda: len(self.numbers) >= before + 8 or bool(self.other))

    def end(self) -> list[str]:
        """Stop, and return what was answered; nothing else was."""
        self.over.set()
        for thread in self.threads:
            thread.join(30)
        assert self.other == []
        return self.numbers


def test_a_roll_while_two_hosts_write(hosts) -> None:
    """What was answered is there, under the one epoch that lives; no host keeps a folder of keys or complains."""
    for host in hosts:
        host.start()
    stream = Stream(hosts)
    for host in hosts:
        stream.more()
        done = host.cli("keys", "roll", "--data", str(host.folder))
        assert done.returncode == 0, done.stdout + done.stderr
    stream.more()
    numbers = stream.end()
    told = json.loads(hosts[1].cli("keys", "status", "--json", "--data", str(hosts[1].folder)).stdout)
    assert (told["epoch"] >= 3, told["older"]) == (True, []), "the daily round may have rolled too"
    assert told["keys"] == told["mirrored"][0] == told["mirrored"][1] > 0
    for host in hosts:
        host.stop()
        assert b"background" not in host.log()
        assert not list(host.folder.glob("keys*"))
    asyncio.run(_whole(hosts[0].folder, numbers))


def _until(true, wait: float = 60) -> None:
    end = time.monotonic() + wait
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


async def _whole(folder: Path, numbers: list[str]) -> None:
    """Open the installation alone: keys, states and anchors agree, every key opens, every number is known."""
    installation = await opened(configuration.read(folder))
    try:
        assert installation.presence.alone
        assert len(set(numbers)) == len(numbers) >= 24
        room = installation.org(ORG).desk.vault.room
        assert await roll.prove(room, installation.store) > len(numbers)
        records = await installation.store.read(lambda tx: tx.one("SELECT count(*) FROM record"))
        assert records == (len(numbers),)
    finally:
        await installation.close()


async def _opened(folder: Path) -> Installation:
    return await opened(configuration.read(folder))


def test_the_second_host_is_not_alone(hosts) -> None:
    """Both open the same key store; the one that comes second takes nothing of the first's for left over."""

    async def both() -> None:
        first = await _opened(hosts[0].folder)
        token = first.keystore.note(f"keystore:{ORG}")
        second = await _opened(hosts[1].folder)
        assert second.presence.alone, "on its own host it is"
        assert second.keystore.note(f"keystore:{ORG}") == token
        await first.close()
        await second.close()
        third = await _opened(hosts[1].folder)
        assert third.keystore.note(f"keystore:{ORG}") != token
        await third.close()

    asyncio.run(both())


def test_a_place_named_otherwise_is_refused(hosts) -> None:
    """Exchanged on one host, one of them a folder, or not there: no host starts, and says why."""
    said = configuration.read(hosts[1].folder).config
    for keys, error in (
        ((said.keys[1], said.keys[0]), Misconfigured), ((said.keys[0], "/tmp/keys-2"), Misconfigured),
        ((said.keys[0], said.keys[0]), Misconfigured),
        ((said.keys[0], "postgresql://k:rahasia@127.0.0.1:1/k"), Misconfigured),
        (("postgresql://127.0.0.1:1/k?password=rahasia", said.keys[1]), Misconfigured),
        ((said.keys[0], "postgresql://127.0.0.1:1/k"), Unavailable),
    ):  # fmt: skip
        configuration.write(hosts[1].folder, msgspec.structs.replace(said, keys=keys))
        with pytest.raises(error):
            asyncio.run(_opened(hosts[1].folder))


def test_doctor_looks_at_the_servers(hosts) -> None:
    """Here all three databases are on one server without fsync: it says so; nothing of it is about folders."""
    done = hosts[0].cli("doctor", "--json", "--data", str(hosts[0].folder))
    checks = json.loads(done.stdout)
    found = {(c["name"], c["about"], c["level"]) for c in checks}
    assert {("place", "1", "warn"), ("place", "2", "warn"), ("place_copies", "1", "ok")} <= found
    assert ("place_setting", "2", "fail") in found
    assert ("root_version", "", "ok") in found
    assert not [c for c in checks if c["name"] == "apart"]
