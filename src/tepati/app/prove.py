"""Composition root: prove an erasure: drive the real flows with random markers, erase, roll, and search every byte.

Five people: one erased whole, one erased under a hold, one of whom a category ended, one of whom a category ended under
a hold, one with three records of which one was never confirmed. Then every live key is tried on what lay sealed in the
backup of before, every file is searched for what was typed and for the erased people's ids and indexes, and that backup
is restored: the living open, the erased do not.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from tepati.app.compose import do_due, now, opened, random, rolled
from tepati.app.demo import place
from tepati.app.guests import Guest, Run, book, hire, pay
from tepati.app.keep import bring_back, save
from tepati.app.seed import Clock
from tepati.errors import NotFound
from tepati.flows import callers
from tepati.flows.actor import Actor
from tepati.flows.acts import publish
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.look import Wish, look
from tepati.flows.desk import Sheet
from tepati.ports import config as configuration
from tepati.ports.config import Place
from tepati.ports.sink import Sink
from tepati.registers import records
from tepati.vault.prove import Scanned, control, scan
from tepati.vault.root import FileRoot
from tepati.vault.trial import Sealed, sealed, tried

DAY_HOURS = 24.0
Say = Callable[[str], None]


async def prove(folder: Path, say: Say) -> int:
    """Prove in an empty folder, and say each step; 0 when nothing was found, else 1."""
    made(folder)
    say("invented people in an installation of its own: this proves the program, and nothing about anybody's data")
    sink = Sink()
    where = place(folder, "127.0.0.1", 8000, "", await sink.start())
    FileRoot(Path(where.config.root), random, create=True)
    configuration.write(folder, where.config)
    clock = Clock(now())
    installation = await opened(where, clock=clock)
    try:
        run = Run(installation, next(iter(installation.orgs.values())), sink, clock)
        with _logged(folder / "tepati.log"):
            driven = await _drive(run, folder, say)
        _search(run, folder, driven.names, say)
    finally:
        await installation.close()
        await sink.stop()
    await _old_backup(run, where, driven, say)
    for fault in run.faults:
        say(f"FOUND: {fault}")
    say("nothing found" if not run.faults else f"{len(run.faults)} findings")
    return 1 if run.faults else 0


def made(folder: Path) -> None:
    """Make the folder of a proof, for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class Driven:
    """What was driven: who still opens, who must not, and what names the erased (ids, indexes)."""

    living: tuple[Guest, ...]
    gone: tuple[Guest, ...]
    names: list[bytes]
    dispatcher: Actor


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Write every log line of the run into a file, which is searched with the others.

    Not those of the mailbox: the server that stands for the customers' own prints what it is sent.
    """
    handler, log = logging.FileHandler(path, encoding="utf-8"), logging.getLogger()
    handler.addFilter(lambda record: not record.name.startswith("mail."))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        handler.close()


async def _drive(run: Run, folder: Path, say: Say) -> Driven:
    """Book as five people, keep a backup, erase and let end, roll."""
    await publish.publish(run.org.desk, run.org.loaded.source.decode())
    clerk, dispatcher, accountant = [await hire(run, r) for r in ("privacy_desk", "dispatcher", "accountant")]
    whole, held, ended, over, kept = [await book(run) for _ in range(5)]
    for payer in (held, over):
        await pay(run, payer.number)
    again = await book(run, email=kept.email)
    await book(run, email=kept.email, confirm=False)
    say(f"driven: 5 people, {len(run.typed)} marked values typed")
    names = [
        *await _names(run, whole),
        *[name for guest in (held, over) for name in _indexes(run, guest)],
    ]
    before = await sealed(run.installation.store, run.org.slug)
    await save(run.installation, folder / "before.backup", 30)
    say("a backup was kept")
    for guest in (whole, held):
        await request(run.org.desk, clerk, Ask(guest.number, "counter", "in_person"))
        await do_due(run.installation, run.org)
    await _end(run, ended, "location")
    await _end(run, over, "identity", "payment")
    run.clock.forward(DAY_HOURS * 3)  # the unconfirmed record is over
    await do_due(run.installation, run.org)
    await rolled(run.org.desk)
    say(
        "erased: one whole, one but for what the law holds; a category ended, another under a hold, one record of three"
    )
    driven = Driven((kept, again, ended), (whole, held), names, dispatcher)
    await _check(run, driven)
    await _held(run, over, accountant)
    await _keys(run, before, say)
    await run.installation.store.checkpoint()
    return driven


async def _check(run: Run, driven: Driven) -> None:
    """See that the living open and the erased do not."""
    for guest in driven.living:
        seen = await look(run.org.desk, driven.dispatcher, Wish(guest.number, "orders", frozenset({"booking.wish"})))
        run.check("a living person does not open", holds=seen.values["booking.wish"] == guest.wish)
        called = await run.org.desk.read(partial(callers.holders, said=guest.phone))
        run.check("a living person's telephone number leads nowhere", holds=len(called) == 1)
    for guest in driven.gone:
        run.check("an erased person opens", holds=await _gone(run, driven.dispatcher, guest))


async def _held(run: Run, guest: Guest, accountant: Actor) -> None:
    """See that what a hold keeps past its own end opens for its rule, and that the rest of its category is gone."""
    desk = run.org.desk
    wish = Wish(guest.number, "bookkeeping", frozenset({"identity.name", "payment.reference"}), reason="audit")
    seen = await look(desk, accountant, wish)
    run.check("what the law holds does not open for its rule", holds=seen.values["identity.name"] == guest.name)
    found = await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, guest.email))
    run.check("an address that ended still leads to somebody", holds=found is None)
    called = await desk.read(lambda sheet: callers.holders(sheet, guest.phone))
    run.check("a telephone number that ended still leads to somebody", holds=not called)


async def _keys(run: Run, before: Sequence[Sealed], say: Say) -> None:
    """Try every live key on everything that lay sealed in the backup: only what still lives may open."""
    room, store = run.org.desk.vault.room, run.installation.store
    opened, now_sealed = await tried(room, store, before), await sealed(store, run.org.slug)
    living = {(one.person, one.record, one.category, one.key) for one in now_sealed}
    came = [one for one in opened if (one.person, one.record, one.category, one.key) not in living]
    run.check(f"{len(came)} parts of the backup open though they ended", holds=not came)
    run.check("no live key opens anything of the backup: the trial itself does not work", holds=bool(opened))
    say(f"every live key tried on {len(before)} parts of the backup: {len(opened)} open, of them {len(came)} ended")


async def _names(run: Run, guest: Guest) -> list[bytes]:
    """Return what stands for a person in the database: their id, and the indexes that lead to them."""
    desk = run.org.desk
    person = await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, guest.email))
    return [person or b"", *_indexes(run, guest)]


def _indexes(run: Run, guest: Guest) -> list[bytes]:
    """Return the blind indexes under which a person can be found: of their address, and of their telephone number."""
    vault, desk = run.org.desk.vault, run.org.desk
    numbers = [place for field in callers.phones(desk.notice) for place in vault.places(field, guest.phone)]
    return [vault.index(desk.address, guest.email), *numbers]


async def _end(run: Run, guest: Guest, *categories: str) -> None:
    """Let the end of categories come early: their dates are moved to now, the sweep does the rest."""
    desk = run.org.desk
    person = await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, guest.email)) or b""

    async def act(sheet: Sheet) -> None:
        facts, version = await sheet.facts(person)
        rows = {}
        for record, row in facts.rows.items():
            mine = row.ends.keys() & set(categories)
            for category in mine:
                await records.set_due(sheet.tx, person, bytes.fromhex(record), category, sheet.at)
            rows[record] = msgspec.structs.replace(row, ends={**row.ends, **dict.fromkeys(mine, sheet.at)})
        await sheet.keep(person, msgspec.structs.replace(facts, rows=rows), version)

    await desk.write(act)


async def _gone(run: Run, actor: Actor, guest: Guest) -> bool:
    try:
        await look(run.org.desk, actor, Wish(guest.number, "orders", frozenset({"identity.name"})))
    except NotFound:
        return True
    return False


def _search(run: Run, folder: Path, erased: list[bytes], say: Say) -> None:
    """Search every file of the installation, the backup among them, for what was typed and for the erased."""
    forms = control(run.typed)
    run.check(f"the search itself does not see: {', '.join(forms.missed)}", holds=not forms.missed)
    say(f"the search finds {forms.looked} planted forms, in archives within archives too")
    files = list(_files(folder))
    plain = scan(files, run.typed)
    _told(run, plain, "a typed value in clear", say)
    live = [(name, raw) for name, raw in files if not (name.endswith(".backup") or name.startswith("keys-"))]
    _told(run, scan(live, erased), "an erased person's id or index", say)
    say("the key store's stop list names the erased by id until the oldest backup ends: else a backup would undo it")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def _told(run: Run, scanned: Scanned, what: str, say: Say) -> None:
    say(f"searched {scanned.files} files, {scanned.size:,} bytes for {what}: {len(scanned.found)} found")
    run.faults += [f"{what}: {one.form} in {one.place} at byte {one.offset}" for one in scanned.found]
    run.faults += [f"not unpacked: {name}" for name in scanned.unread]


async def _old_backup(run: Run, where: Place, driven: Driven, say: Say) -> None:
    """Destroy the live database, restore the backup of before: the living open, the erased do not come back."""
    for path in where.folder.glob("tepati.db*"):
        path.unlink()
    back = await bring_back(where.folder, where.folder / "before.backup", {})
    run.check("the erased came back from the backup", holds=back.erased == len(driven.gone) and back.tampered == 0)
    say(f"restored the backup of before: {back.erased} erased stay erased, {back.unreadable} parts have no key left")
    plain = scan(list(_files(where.folder)), run.typed)
    _told(run, plain, "a typed value in clear, after the restore", say)
    again = await opened(where, clock=run.clock)
    try:
        run.installation, run.org = again, next(iter(again.orgs.values()))
        await _check(run, driven)
        say("after the restore the living open and the erased do not")
    finally:
        await again.close()
