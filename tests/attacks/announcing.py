"""Kills itself between any two steps of an announcement: ``python -m tests.attacks.announcing FOLDER DATABASE``.

A process of its own, without threads: each step runs in a fork of it.
"""

import asyncio
import importlib
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tepati.app.compose import Installation, do_due, opened, renewed
from tepati.app.demo import place
from tepati.flows import announcing, history, publishing
from tepati.flows.acts import deliver
from tepati.flows.acts import publish as act
from tepati.ports.config import Place
from tepati.ports.mail import Outgoing
from tepati.registers import agreements, people, tellings
from tepati.registers.agreements import Agreement
from tepati.rules.facts import FOREVER
from tepati.vault.root import FileRoot
from tests.attacks.test_killed_mailing import Letters
from tests.attacks.test_unpublished import NEXT, ORG, WIDER, other
from tests.conftest import START, Clock, Seeded
from tests.flows.people import guest, hired, lines

PEOPLE, MINUTES, DAY = 11, 60_000_000, 86_400_000_000
TICK = importlib.import_module("tepati.flows.tick")  # the package has a function of this name too


@dataclass
class Mailbox:
    """A mail server that outlives whoever writes to it: a line a letter, on disk before it is taken."""

    file: Path

    async def send(self, outgoing: Outgoing) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.write(f"{outgoing.to} {outgoing.message_id} {'berubah' in outgoing.subject}\n")
            file.flush()
            os.fsync(file.fileno())

    def told(self) -> list[tuple[str, str]]:
        """List the letters of the announcement: to whom, and their Message-ID."""
        rows = [line.split() for line in self.file.read_text("utf-8").splitlines()]
        return [(to, name) for to, name, ours in rows if ours == "True"]


def deadly(module: object, name: str, nth: int, *, after: bool) -> None:
    """Let the process end when something is done for the ``nth`` time: right before it, or right after."""
    inner: Callable[..., Awaitable[object]] = getattr(module, name)
    calls = [0]

    async def until(*args: object, **more: object) -> object:
        calls[0] += 1
        if calls[0] == nth and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = await inner(*args, **more)
        if calls[0] == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(module, name, until)
    duties = {"due": publishing.WAITED, "take_over": publishing.TAKE_OVER}
    if module is publishing and name in duties:
        TICK._OF_THE_NOTICE[duties[name]] = until


def inside(work: Callable[[], Awaitable[None]]) -> int:
    """Run something in a process of its own, which nothing of this one is left of; return how it ended."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        asyncio.run(work())  # type: ignore[arg-type]
        os._exit(0)
    except BaseException:  # noqa: BLE001 - what the test prints
        traceback.print_exc()
        os._exit(1)


async def one_round(where: Place, at: int, box: Mailbox) -> None:
    """Do what a process does: open, turn to the version in force, do what is due three times."""
    announcing.STEP = 4
    installation = await opened(where, clock=Clock(at), mail=box)
    for _ in range(3):
        await renewed(installation.org(ORG))
        await do_due(installation, installation.org(ORG))
    await installation.close()


async def prepared(where: Place, source: str) -> None:
    """Publish the first version, let people in, and have the second approved; it waits for a day."""
    clock = Clock()
    installation = await opened(where, clock=clock)
    desk = installation.org(ORG).desk
    await act.publish(desk, installation.org(ORG).loaded.source.decode())
    paper = Agreement(ORG, "mailer", 0, FOREVER, "sha256:0")
    await desk.store.write(lambda tx: agreements.put(tx, desk.mac, paper, bytes(16)))
    for n in range(PEOPLE):
        await guest(desk, Letters(), 500 + n, identity__email=f"orang{n}@contoh.example")
    director = await hired(desk, "director")
    await act.approve(desk, director, await act.propose(desk, director, source))
    await installation.close()


async def judged(where: Place, at: int) -> None:
    """One version came, once; everybody was told of it once, and the rows of all stand by it."""
    installation: Installation = await opened(where, clock=Clock(at))
    org = installation.org(ORG)
    desk = org.desk
    assert [one.version for one in await history.versions(desk)] == [2, 1]
    assert await lines(desk, "take_over", "in_force") == ["notice.page"]
    assert await lines(desk, "publish", "published") == ["notice.page"] * 2
    assert await lines(desk, "announce", "on_the_site") == ["notice.announce"]
    assert await lines(desk, "announce", "told") == ["notice.announce"] * PEOPLE
    assert not await desk.read(lambda sheet: tellings.alive(sheet.tx, ORG))
    for person, population in await desk.read(lambda sheet: people.reachable(sheet.tx, ORG, bytes(16), 100)):
        facts, _ = await desk.read(lambda sheet, person=person: sheet.facts(person))
        assert facts.told == (2 if population == "customer" else 1)
    await installation.close()


BEFORE = (  # while it is published and announced
    (publishing, "publish", 1, True), (publishing, "due", 1, True), (announcing, "_queue", 1, True),
    (announcing, "_queue", 2, False), (announcing, "_queue", 2, True), (Mailbox, "send", 2, False),
    (Mailbox, "send", 3, True), (announcing, "reached", 2, True), (deliver, "_announced", 2, True),
)  # fmt: skip
ON_ITS_DAY = (
    (announcing, "_stand", 1, True), (announcing, "_stand", 2, False), (announcing, "_stand", 2, True),
    (publishing, "take_over", 1, False), (publishing, "take_over", 1, True),
)  # fmt: skip


def scenario(folder: Path, url: str) -> None:
    """SIGKILL at each step; a letter that was handed over and not yet noted may come again, by the same Message-ID."""
    where = place(folder, "127.0.0.1", 8000, url, 1)
    other(where, folder / "second.yaml", NEXT, WIDER)
    FileRoot(Path(where.config.root), Seeded(), create=True)
    box, at = Mailbox(folder / "mail"), START + DAY + MINUTES
    box.file.touch()
    assert inside(lambda: prepared(where, (folder / "second.yaml").read_text("utf-8"))) == 0

    def killed(step: tuple[object, str, int, bool]) -> None:
        nonlocal at
        at += 6 * MINUTES  # longer than any lease that the killed process held

        async def work() -> None:
            deadly(*step[:3], after=step[3])
            await one_round(where, at, box)

        assert inside(work) == -signal.SIGKILL, step

    for step in BEFORE:
        killed(step)
    at += 6 * MINUTES
    assert inside(lambda: one_round(where, at, box)) == 0
    at += 120 * DAY
    for step in ON_ITS_DAY:
        killed(step)
    at += 6 * MINUTES
    assert inside(lambda: one_round(where, at, box)) == 0
    assert inside(lambda: judged(where, at)) == 0
    told = box.told()
    assert Counter(to for to, _ in set(told)) == Counter(f"orang{n}@contoh.example" for n in range(PEOPLE))
    assert len(told) - PEOPLE <= 3, "again only where it was handed over and not noted"


if __name__ == "__main__":
    scenario(Path(sys.argv[1]), sys.argv[2])
