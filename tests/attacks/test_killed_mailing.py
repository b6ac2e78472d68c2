"""A server killed in the middle of a campaign, over real SMTP: everybody gets one letter, nobody two."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tepati.app.compose import open_installation
from tepati.flows.acts.campaign import launch
from tepati.ports.config import MailConfig, read, write
from tepati.ports.sink import Sink
from tests.attacks.demonstration import ROOT, Demonstration
from tests.flows.conftest import Post
from tests.flows.people import guest, hired

PEOPLE, KILLS = 12, (2, 7)  # at how many letters the server is killed


class Letters(Post):
    """Mail taken before the campaign, with the addresses of a whole installation."""

    def link(self, page: str, to: str = "") -> str:
        assert page == "confirm"
        mail = next(mail for mail in reversed(self.sent) if to in mail.to)
        return re.findall(r"/k/([\w-]{32})", mail.text)[0]


class Slow(Sink):
    """A mail server that takes its time: a kill meets a letter on its way."""

    async def handle_DATA(self, *args: object) -> str:  # noqa: N802 - aiosmtpd calls it so
        await asyncio.sleep(0.03)
        said = await super().handle_DATA(*args)  # type: ignore[arg-type]
        await asyncio.sleep(0.03)
        return said


@contextmanager
def serving(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    process = subprocess.Popen([sys.executable, "-m", "tests.attacks.mailing", str(folder)], cwd=ROOT, env=env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def prepared(folder: Path, port: int) -> list[str]:
    """Let people in who agreed, and confirm a campaign to them: nothing of it was queued yet."""
    place = read(folder)
    write(folder, msgspec.structs.replace(place.config, mail=MailConfig(port=port, security="none")))
    installation = await open_installation(folder)
    desk, post = next(iter(installation.orgs.values())).desk, Letters()
    who = [f"orang{n}@contoh.example" for n in range(PEOPLE)]
    for n, email in enumerate(who):
        await guest(desk, post, 500 + n, identity__email=email)
    await launch(desk, await hired(desk, "editor"), "offer", b"form")
    await installation.close()
    return who


async def test_a_server_killed_in_a_campaign_sends_everybody_one_letter(seeded: Demonstration, tmp_path: Path) -> None:
    """SIGKILL, twice; a letter on its way at that moment may come again, known by its Message-ID as the same."""
    folder, sink = seeded.copy(tmp_path / "data").folder, Slow(keep=1_000)
    config = folder / "tepati.toml"
    config.write_text(config.read_text().replace(str(seeded.folder), str(folder)))
    who = set(await prepared(folder, await sink.start()))

    def mine() -> list[tuple[str, str]]:
        got = [(mail.to[0], str(mail.message["Message-ID"])) for mail in sink.messages()]
        return [(to, name) for to, name in got if to in who]

    async def until(letters: int) -> None:
        end = time.monotonic() + 90
        while len({to for to, _ in mine()}) < letters:
            assert time.monotonic() < end, f"{len(mine())} letters"
            await asyncio.sleep(0.01)

    for letters in (*KILLS, PEOPLE):
        with serving(folder):
            await until(letters)
    with serving(folder):
        await asyncio.sleep(2.5)  # longer than a lease: what would leave twice leaves now
    await sink.stop()
    assert Counter(to for to, _ in set(mine())) == Counter(who), "one letter each, by its Message-ID"
    assert len(mine()) - len(who) <= len(KILLS) + 1, "sent again at most what a kill met on its way"
