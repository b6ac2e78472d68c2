"""Bad luck of an operator: each start that cannot be is refused in one sentence that says where and what to do."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from tepati.app.compose import opened
from tepati.app.serve import free
from tepati.errors import Misconfigured, Unavailable
from tepati.flows.acts.collect import collect
from tepati.flows.acts.deliver import Delivered, deliver
from tepati.flows.desk import Desk
from tepati.flows.tick import tick
from tepati.ledger.reconcile import reconcile
from tepati.notice.words import holes, words
from tepati.ports.mail import Outgoing
from tepati.store.lite import fault
from tepati.store.port import Store
from tepati.store.sqlite import SqliteStore
from tepati.vault import folder
from tepati.vault.keystore import KeyStore
from tepati.vault.root import FileRoot
from tests.app.test_daily import company
from tests.attacks.demonstration import ROOT, Demonstration
from tests.attacks.world import A, B, cell, confirmed
from tests.conftest import Clock
from tests.flows.conftest import Post, booking

ORG = "home-cleaning"


def said(error: Misconfigured | Unavailable) -> str:
    """Say an error as the command line does; a placeholder without its value would be told as a bare code."""
    text = words("en", "errors").entries[error.code]
    assert not holes(text) - error.values.keys(), error.code
    return words("en", "errors").say(error.code, **error.values)


# --- two at once


def served(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Start a second server; whoever is refused ends at once."""
    return subprocess.run(
        [sys.executable, "-m", "tepati", "demo", "--data", str(folder), "--port", str(port)], cwd=ROOT, text=True,
        capture_output=True, timeout=60, check=False, env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def unused() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_second_server_on_one_database_or_one_port_is_refused(demo: Demonstration, tmp_path: Path) -> None:
    """Two sequencers and two clocks on one SQLite file; or a port that both would answer, each with its own data."""
    second = served(demo.folder, unused())
    assert (second.returncode, second.stderr.count("\n")) == (1, 1), second.stderr
    assert "tepati.db.lock" in second.stderr
    for where in (demo.folder, tmp_path / "other"):
        taken = served(where, demo.port)
        assert (taken.returncode, taken.stderr.count("\n")) == (1, 1), taken.stderr
        assert f"127.0.0.1:{demo.port}" in taken.stderr
    assert not (tmp_path / "other").exists(), "nobody waits for a seeding to hear it"
    assert demo.get("/health").status == 200


@pytest.mark.parametrize("listen", ["10.255.255.1:8650", "no-such-host.invalid:8650", "127.0.0.1:99999"])
def test_an_address_nobody_can_listen_at_is_named(listen: str) -> None:
    with pytest.raises(Misconfigured) as no:
        free(listen)
    assert listen in said(no.value)


def test_names_and_brackets_are_addresses_too() -> None:
    port = unused()
    assert free(f"localhost:{port}")[1] == port
    assert free(f"127.0.0.1:{port}") == ("127.0.0.1", port)


# --- keys, root and database


def keys(folder: Path, random, clock: Clock) -> KeyStore:
    root = FileRoot(folder / "root.key", random, create=True)
    return KeyStore((folder / "one", folder / "two"), root, random, clock)


@pytest.mark.parametrize("lost", ["one", "two"])
def test_a_place_that_is_not_mounted_is_not_made_anew(tmp_path: Path, random, clock: Clock, lost: str) -> None:
    """Keys copied beneath a mount point would stay there when the disk is back, and outlive every erasure."""
    kept = keys(tmp_path, random, clock)
    kept.secret("mac", ORG)
    kept.close()
    other = {"one": "two", "two": "one"}[lost]
    shutil.move(tmp_path / lost, tmp_path / "elsewhere")
    with pytest.raises(Misconfigured) as no:
        keys(tmp_path, random, clock)
    assert str(tmp_path / lost) in said(no.value)
    assert not (tmp_path / lost).exists(), "nothing was written there"
    shutil.copytree(tmp_path / other, tmp_path / lost)  # as the guide says
    again = keys(tmp_path, random, clock)
    assert again.secret("mac", ORG)
    again.close()


def test_a_first_start_that_was_killed_between_the_two_places_goes_on(tmp_path: Path, random, clock: Clock) -> None:
    folder.FolderMirror(tmp_path / "one").close()
    keys(tmp_path, random, clock).close()


async def test_both_places_gone_are_missed_before_anybody_is_in_it(tmp_path: Path, clock: Clock) -> None:
    """New keys would sign a second history and open nothing."""
    async with company(tmp_path / "data", clock) as installation:
        where = installation.place
    for each in where.config.keys:
        shutil.rmtree(each)
    with pytest.raises(Misconfigured) as no:
        await opened(where, clock=clock)
    assert no.value.code == "keystore_missing"
    assert said(no.value)


@pytest.mark.parametrize("damage", [bytes(8192), b"SQLite format 3\x00" + b"\x07" * 4080, b"no database" * 400])
def test_a_damaged_place_is_named(tmp_path: Path, random, clock: Clock, damage: bytes) -> None:
    kept = keys(tmp_path, random, clock)
    kept.secret("mac", ORG)
    kept.close()
    (tmp_path / "two" / "keys.db").write_bytes(damage)
    with pytest.raises(Unavailable) as no:
        keys(tmp_path, random, clock)
    assert no.value.code == "keystore_damaged"
    assert str(tmp_path / "two") in said(no.value)


@pytest.mark.parametrize(
    ("why", "code"),
    [(apsw.ReadOnlyError(), "readonly"), (PermissionError(), "readonly"), (apsw.FullError(), "full"),
     (apsw.CantOpenError(), "unopened"), (OSError(), "unopened"), (apsw.IOError(), "unopened")],
)  # fmt: skip
def test_a_place_that_cannot_be_used_says_which_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: Exception, code: str
) -> None:
    def fails(_: Path) -> None:
        raise why

    monkeypatch.setattr(folder, "_connect", fails)
    with pytest.raises(Unavailable) as no:
        folder.FolderMirror(tmp_path / "one")
    assert no.value.code == f"keystore_{code}"
    assert str(tmp_path / "one") in said(no.value)


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\x98\x00\xff" * 20, b"1 abc\n", b"x " + b"0" * 64, b"1 " + b"0" * 63])
def test_a_root_that_is_none_is_told(tmp_path: Path, random, raw: bytes) -> None:
    """Cut off by a full disk, overwritten, the wrong file: one sentence that names the file, nothing of its content."""
    path = tmp_path / "root.key"
    path.write_bytes(raw)
    path.chmod(0o600)
    with pytest.raises(Misconfigured) as no:
        FileRoot(path, random)
    assert str(path) in said(no.value)


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    for path in (tmp_path / "folder.db", tmp_path / "absent" / "tepati.db"):
        with pytest.raises(Unavailable) as no:
            SqliteStore(path, lambda: 0.5)
        assert str(path) in said(no.value)
    assert fault(apsw.ReadOnlyError()).code == "store_readonly"  # type: ignore[attr-defined]


# --- mail, and the clock


class Silent:
    """A mail server that takes its time; ``up`` says whether it answers in the end."""

    def __init__(self, clock: Clock, seconds: int, *, up: bool) -> None:
        self.clock, self.seconds, self.up = clock, seconds, up
        self.asked: list[str] = []

    async def send(self, outgoing: Outgoing) -> None:
        self.clock.forward(seconds=self.seconds)
        self.asked.append(outgoing.message_id)
        if not self.up:
            raise Unavailable("mail_gone")


async def letters(desk: Desk, n: int) -> None:
    for each in range(n):
        await collect(desk, booking(desk, each, identity__email=f"orang{each}@contoh.example"))


async def test_a_server_that_hangs_holds_up_one_letter_a_round(desk: Desk, store: Store, clock: Clock) -> None:
    """Fifty letters of thirty seconds each would stand before every erasure that is due; no try is counted for them."""
    await letters(desk, 8)
    silent = Silent(clock, 30, up=False)
    assert await deliver(desk, silent) == Delivered(0, 0, 1)
    assert len(silent.asked) == 1
    assert await cell(store, "SELECT sum(attempts) FROM outbox") == 1
    clock.forward(hours=1)
    answers = Silent(clock, 0, up=True)
    assert (await deliver(desk, answers)).sent == 8
    assert len(set(answers.asked)) == 8


async def test_two_processes_and_a_slow_server_send_each_letter_once(desk: Desk, clock: Clock) -> None:
    """A lease is longer than a letter waits for its turn: who ticks beside the server finds nothing left over."""
    await letters(desk, 12)
    beside = Silent(clock, 0, up=True)

    class Slow(Silent):
        async def send(self, outgoing: Outgoing) -> None:
            await super().send(outgoing)
            await deliver(desk, beside)

    slow = Slow(clock, 25, up=True)
    for _ in range(6):
        await deliver(desk, slow)
    sent = slow.asked + beside.asked
    assert len(sent) == len(set(sent)) == 12


async def test_a_clock_that_jumps_back_stops_nothing(desk: Desk, post: Post, store: Store, clock: Clock) -> None:
    """An hour back, as after a wrong clock was set right: what is new goes on, what was made meanwhile is not lost."""
    await confirmed(desk, post, 1, A)
    await collect(desk, booking(desk, 2, identity__email="sebelum@contoh.example"))
    clock.at -= 3_600_000_000
    await confirmed(desk, post, 3, B)
    assert (await tick(desk, post)).failed == 0
    assert not any("sebelum" in mail.to for mail in post.sent), "its instant has not come yet"
    clock.forward(hours=1)
    assert (await tick(desk, post)).failed == 0
    assert any("sebelum" in mail.to for mail in post.sent)
    while await store.write(lambda tx: desk.log.integrate(tx, desk.now())):
        pass
    assert not {one.at for one in await reconcile(store, desk.log)} - {"agreement"}
