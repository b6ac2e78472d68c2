"""The composition root, on top: the only place of clock and randomness. It puts the rooms together and runs them."""

import asyncio
import contextlib
import logging
import os
import random as dice
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tepati.app.alone import Presence
from tepati.app.entering import entered
from tepati.app.naming import log_name
from tepati.app.outward import mail_of, texts
from tepati.app.places import keystore_of
from tepati.app.roots import root_of
from tepati.app.succession import renewed
from tepati.board.examination import COPY_ON_WRITE
from tepati.board.tally import tally
from tepati.errors import Conflict, Misconfigured, Tampered, TepatiError, Unavailable
from tepati.flows.acts import erase
from tepati.flows.desk import Desk
from tepati.flows.history import Version, accepted, ruling
from tepati.flows.tick import Ticked, tick
from tepati.ledger.log import Log
from tepati.ledger.note import signer
from tepati.notice.load import Loaded, load
from tepati.ports import config as configuration
from tepati.ports.config import OrgConfig, Place
from tepati.ports.gateway import Way
from tepati.ports.machine import Machine
from tepati.ports.mail import Mail
from tepati.registers import counters
from tepati.registers.counters import SLOW, Count, day_of
from tepati.rules.policy import compile as compiled
from tepati.store.open import open_store
from tepati.store.port import Store
from tepati.vault.heads import Heads
from tepati.vault.keystore import KeyStore
from tepati.vault.reconcile import reconcile
from tepati.vault.roll import Rolled, roll
from tepati.vault.vault import Vault
from tepati.web import addresses

LOG = logging.getLogger("tepati.app")
SEQUENCE_EVERY = 0.2  # seconds between two runs of the sequencer
DAILY_LOOK = 60.0  # seconds between two looks whether a day has passed
LOOK_EVERY = 1.0  # seconds in which a destroyed key leaves the memory, and a version of the notice takes over
TICK_EVERY = 2.0  # seconds between two looks at what is due
ROLL_EVERY = 24 * 3_600_000_000  # microseconds: the period in which an erased key is destroyed for backups too


def now() -> int:
    """Return microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def random(n: int) -> bytes:
    """Return ``n`` bytes from the system's generator."""
    return os.urandom(n)


def jitter() -> float:
    """Return 0 <= x < 1, by which tries that failed together are spread."""
    return dice.random()  # noqa: S311 - it spreads tries, no secret is made of it


@dataclass(slots=True)
class Slow:
    """Write transactions over 10 ms or 500 rows since the last look: how many, the longest (microseconds)."""

    n: int = 0
    worst: int = 0

    def __call__(self, microseconds: int, _rows: int) -> None:
        """Hear of one, from the store."""
        self.n, self.worst = self.n + 1, max(self.worst, microseconds)

    def taken(self) -> tuple[int, int]:
        """Return (n, worst) and begin again at none."""
        seen, self.n, self.worst = (self.n, self.worst), 0, 0
        return seen


@dataclass(slots=True)
class Org:
    """One organisation: its notice's file, the desk of the version in force, and what its pages say beside the notice.

    ``followers`` are told when another version takes over (``publication.renewed``).
    """

    slug: str
    loaded: Loaded
    desk: Desk
    site: bytes
    followers: list[Callable[[Desk, Version | None], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything that runs: one database, one key store, a desk for each organisation, and the way mail leaves."""

    place: Place
    store: Store
    keystore: KeyStore
    orgs: Mapping[str, Org]
    mail: Mail
    slow: Slow
    presence: Presence

    async def close(self) -> None:
        """Keep how long the ledgers are, then let go of files and connections."""
        for org in self.orgs.values():
            await org.desk.groups.acts.close()
            with contextlib.suppress(TepatiError):
                await keep_head(org.desk)
        await self.store.close()
        self.keystore.close()
        self.presence.leave()

    def org(self, slug: str) -> Org:
        """Return an organisation. Raises Misconfigured naming those there are."""
        if slug not in self.orgs:
            raise Misconfigured("unknown_org", org=slug, known=", ".join(sorted(self.orgs)))
        return self.orgs[slug]


async def open_installation(folder: Path, *, clock: Callable[[], int] = now) -> Installation:
    """Open the installation in a folder. Raises Misconfigured, BadNotice, Unavailable, Tampered, each with its mend."""
    return await opened(configuration.read(folder), clock=clock)


async def opened(place: Place, *, clock: Callable[[], int] = now, dicer: Callable[[int], bytes] = random,
                 mail: Mail | None = None, ways: Mapping[str, Way] | None = None) -> Installation:  # fmt: skip
    """Put an installation together from its configuration; clock, randomness and ways out can be others in tests."""
    config, slow = place.config, Slow()
    async with contextlib.AsyncExitStack() as failed:
        store = await open_store(config.database, jitter=jitter, slow=slow)
        failed.push_async_callback(store.close)
        keystore = keystore_of(config, root_of(config.root, dicer), dicer, clock)
        failed.callback(keystore.close)
        way = mail or mail_of(config)
        presence = Presence(place.folder)
        failed.callback(presence.leave)
        orgs = {
            slug: await _org(place, slug, one, store, keystore, clock, dicer, ways) for slug, one in config.orgs.items()
        }  # fmt: skip
        alone = presence.alone and keystore.alone()
        for org in orgs.values():
            await reconcile(org.desk.vault.room, store, alone=alone)
            # what its MAC key signed is read once that key is known to be the old one
            await accepted(org.desk, org.loaded)
            org.desk = await ruling(org.desk, first=True)
        keystore.share()
        presence.share()
        failed.pop_all()
    return Installation(place, store, keystore, orgs, way, slow, presence)


async def _org(  # noqa: PLR0913 - what an organisation is made of
    place: Place, slug: str, said: OrgConfig, store: Store, keystore: KeyStore, clock: Callable[[], int],
    dicer: Callable[[int], bytes], ways: Mapping[str, Way] | None,
) -> Org:  # fmt: skip
    path = place.folder / said.notice
    loaded = load(path.read_bytes(), str(path), laws=place.laws)
    notice = loaded.published()
    origins, consoles = {slug: said.origin}, {slug: said.console or said.origin}
    name = await log_name(store, slug, said.origin)
    seed = keystore.signer(slug).private_bytes_raw()
    places = [place.folder, *place.config.folders]
    snapshots = any(Machine().filesystem(path) in COPY_ON_WRITE for path in places)
    policy = compiled(notice)
    desk = Desk(
        org=slug, notice=notice, digest=loaded.digest, policy=policy, store=store,
        vault=Vault(slug, keystore, dicer, policy.alike), now=clock, random=dicer,
        log=Log(slug, name, signer(name, seed), Heads(keystore), Heads(keystore).pen(slug)),
        beside=(*(("snapshots",) if snapshots else ()), *_copied(keystore)), origin=said.origin,
        sender=place.config.mail.sender or notice.organisation.contact.email, laws=place.laws,
        texts=texts(place, slug, notice, ways),
        url=lambda page, language, tail: addresses.absolute(
            consoles if page in addresses.CONSOLE else origins, page, slug, language, tail
        ),
    )  # fmt: skip
    return Org(slug, loaded, desk, (place.folder / said.site).read_bytes() if said.site else b"")


def _copied(keystore: KeyStore) -> list[str]:
    """Name the copies that servers make of the key store they hold, in the words of the database's own."""
    kinds = {kind for look in keystore.looks() for kind in look.copies}
    return sorted({"replicas" if kind == "slots" else kind for kind in kinds})


async def sequence(desk: Desk) -> int:
    """Number what is pending in the ledger, sign the head, and count for the board. Return how many lines.

    The head is kept in the key store too, at most once a second. Raises Tampered, after an alarm the first time.
    """
    try:
        taken = await entered(desk)
        if desk.log.mark.due(desk.now()):
            await keep_head(desk)
    except Tampered as fault:
        await _alarmed(desk, fault)
        raise
    await desk.store.write(lambda tx: tally(tx, desk.org, desk.now()))
    return taken


async def keep_head(desk: Desk) -> None:
    """Keep the newest head of the ledger outside the database. Raises Tampered, Unavailable."""
    await desk.log.mark.keep(await desk.store.read(desk.log.newest))


async def _alarmed(desk: Desk, fault: Tampered) -> None:
    """Let the desk write an alarm, which the board shows as a gap; once a start for each kind of fault."""

    async def again(_: object) -> None:
        raise fault

    if fault.code not in desk.alarms:
        with contextlib.suppress(Tampered):
            await desk.write(again)


async def rolled(desk: Desk) -> Rolled:
    """Roll to a new epoch, and let the certificates of erasures under those destroyed grow."""
    done = await roll(desk.vault.room, desk.store)
    if done.destroyed:
        await erase.destroyed(desk, max(done.destroyed))
    return done


async def note_slow(installation: Installation, org: Org) -> None:
    """Count what was slow since the last look where ``tepati doctor`` reads it; numbers only."""
    n, worst = installation.slow.taken()
    if n:
        counts = {(SLOW, "write", day_of(org.desk.now())): Count(n, worst)}
        await installation.store.write(lambda tx: counters.add(tx, org.slug, counts))


async def do_due(installation: Installation, org: Org) -> Ticked:
    """Do what is due for one organisation now, the sequencer's round included."""
    done = await tick(org.desk, installation.mail)
    await note_slow(installation, org)
    while await sequence(org.desk):
        pass
    return done


@contextlib.asynccontextmanager
async def running(installation: Installation, daily: Callable[[Org], Awaitable[object]]) -> AsyncIterator[None]:
    """Run sequencer, clock and daily round of every organisation in the background while the block lasts."""
    rounds: tuple[tuple[float, Callable[[Org], Awaitable[object]]], ...] = (
        (SEQUENCE_EVERY, lambda org: sequence(org.desk)),
        (LOOK_EVERY, _look),
        (TICK_EVERY, lambda org: do_due(installation, org)),
        (DAILY_LOOK, daily),
    )
    tasks = [
        asyncio.create_task(_forever(every, partial(job, org)))
        for org in installation.orgs.values()
        for every, job in rounds
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _look(org: Org) -> None:
    """Let go of keys that ended, also where nobody asks for anything, and of a version whose time is over."""
    org.desk.vault.room.keystore.refresh()
    await renewed(org)


async def _forever(every: float, job: Callable[[], Awaitable[object]]) -> None:
    """Repeat a job; what fails now is tried again, for what is due stays due. No fault ends it: it would end unseen.

    Cancelled, it ends even where the job swallowed that, as ``asyncio.wait_for`` of Python 3.11 may.
    """
    me = asyncio.current_task()
    while me and not me.cancelling():
        try:
            await job()
        except (Unavailable, Conflict):
            pass
        except Exception as fault:  # noqa: BLE001 - the log names the kind of fault, no message, which may hold a value
            said = fault.code if isinstance(fault, TepatiError) else type(fault).__name__
            LOG.error("background: %s", said)  # noqa: TRY400 - a traceback may quote values
        if not me.cancelling():
            await asyncio.sleep(every)
