"""Composition root: prove an erasure: drive the real flows with random markers, erase, roll, and search every byte.

Four people: one erased whole, one erased under a hold, one whose category ended, one with a record of three that was
never confirmed. Then every file is searched for what was typed, for the erased people's ids and indexes, and the
backup of before is restored beside it: the erased must not open with any key that is left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tepati.app.compose import Installation, Org, do_due, now, opened, random, rolled
from tepati.app.demo import place
from tepati.app.keep import bring_back, save
from tepati.app.seed import Clock, link, papers
from tepati.errors import NotFound
from tepati.flows.actor import Actor
from tepati.flows.acts import publish, staff
from tepati.flows.acts.agree import agree
from tepati.flows.acts.collect import Form, collect
from tepati.flows.acts.erase import Ask, request
from tepati.flows.acts.look import Wish, look
from tepati.flows.desk import Sheet
from tepati.ports import config as configuration
from tepati.ports.config import Place
from tepati.ports.sink import Sink
from tepati.registers import records
from tepati.vault.prove import Scanned, scan
from tepati.vault.root import FileRoot

DAY_HOURS = 24.0
Say = Callable[[str], None]


@dataclass(slots=True)
class Run:
    """One proof under way: the installation, its mailbox and clock, and every value that was typed."""

    installation: Installation
    org: Org
    sink: Sink
    clock: Clock
    typed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def marker(self, kind: str) -> str:
        """Make a value that stands nowhere else, and remember it."""
        word = "".join(chr(97 + b % 26) for b in random(12))
        value = {"email": f"{word}@prove.example", "phone": f"0812{int.from_bytes(random(4), 'big') % 10**8:08d}"}.get(
            kind, f"{kind.capitalize()} {word}"
        )
        self.typed.append(value.removeprefix("0"))
        return value

    def check(self, what: str, *, holds: bool) -> None:
        """Remember what did not hold."""
        if not holds:
            self.faults.append(what)


async def prove(folder: Path, say: Say) -> int:
    """Prove in an empty folder, and say each step; 0 when nothing was found, else 1."""
    made(folder)
    sink = Sink()
    where = place(folder, "127.0.0.1", 8000, "", await sink.start())
    FileRoot(Path(where.config.root), random, create=True)
    configuration.write(folder, where.config)
    clock = Clock(now())
    installation = await opened(where, clock=clock)
    try:
        run = Run(installation, next(iter(installation.orgs.values())), sink, clock)
        erased = await _drive(run, folder, say)
        _search(run, folder, erased, say)
    finally:
        await installation.close()
        await sink.stop()
    await _old_backup(run, where, say)
    for fault in run.faults:
        say(f"FOUND: {fault}")
    say("nothing found" if not run.faults else f"{len(run.faults)} findings")
    return 1 if run.faults else 0


def made(folder: Path) -> None:
    """Make the folder of a proof, for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


async def _drive(run: Run, folder: Path, say: Say) -> list[bytes]:
    """Book as four people, keep a backup, erase and let end, roll; return what names those erased (ids, indexes)."""
    await publish.publish(run.org.desk, run.org.loaded.source.decode(), run.clock())
    clerk, dispatcher = await _hire(run, "privacy_desk"), await _hire(run, "dispatcher")
    whole, held, ended, kept = [await _book(run) for _ in range(4)]
    await _pay(run, held.number)
    await _book(run, email=kept.email, confirm=False)
    say(f"driven: 4 people, {len(run.typed)} marked values typed")
    names = await _names(run, whole)
    await save(run.installation, folder / "before.backup", 30)
    say("a backup was kept")
    for guest in (whole, held):
        await request(run.org.desk, clerk, Ask(guest.number, "counter", "in_person"))
        await do_due(run.installation, run.org)
    await _end_location(run, ended)
    run.clock.forward(DAY_HOURS * 3)  # the unconfirmed record is over
    await do_due(run.installation, run.org)
    await rolled(run.org.desk)
    say("erased: one whole, one but for what the law holds; a category and one record of three ended; rolled")
    await _check(run, dispatcher, kept=(kept, ended), gone=(whole, held))
    await run.installation.store.checkpoint()
    return names


async def _check(run: Run, actor: Actor, *, kept: tuple["Guest", ...], gone: tuple["Guest", ...]) -> None:
    """See that the living open and the erased do not."""
    for guest in kept:
        seen = await look(run.org.desk, actor, Wish(guest.number, "orders", frozenset({"identity.name"})))
        run.check("a living person does not open", holds=seen.values["identity.name"] == guest.name)
    for guest in gone:
        run.check("an erased person opens", holds=await _gone(run, actor, guest))


async def _names(run: Run, guest: "Guest") -> list[bytes]:
    """Return what stands for a person in the database: their id, and the blind index of their address."""
    desk = run.org.desk
    person = await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, guest.email))
    return [person or b"", desk.vault.index(desk.address, guest.email)]


async def _end_location(run: Run, guest: "Guest") -> None:
    """Let the end of one category come early: its date is moved to now, the sweep does the rest."""
    desk = run.org.desk
    person = await desk.read(lambda sheet: desk.vault.find(sheet.tx, desk.address, guest.email))

    async def act(sheet: Sheet) -> None:
        facts, version = await sheet.facts(person or b"")
        rows = {}
        for record, row in facts.rows.items():
            await records.set_due(sheet.tx, person or b"", bytes.fromhex(record), "location", sheet.at)
            rows[record] = msgspec.structs.replace(row, ends={**row.ends, "location": sheet.at})
        await sheet.keep(person or b"", msgspec.structs.replace(facts, rows=rows), version)

    await desk.write(act)


async def _pay(run: Run, number: str) -> None:
    """Report a payment, as the provider does: from now on another law holds the invoice's facts."""
    values = {
        "payment.reference": run.marker("reference"), "payment.method": "qris", "payment.status": "paid",
        "payment.amount": "180000 IDR",
    }  # fmt: skip
    form = Form("payment_report", "api", values, frozenset(), terms=False, language="id", shown=run.org.desk.digest,
                once=random(16), sender="payment_provider", about=number)  # fmt: skip
    await collect(run.org.desk, form)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who booked: what they typed that is needed again."""

    number: str
    name: str
    email: str


async def _hire(run: Run, role: str) -> Actor:
    new = staff.Newcomer(run.marker("name"), run.marker("email"), run.marker("phone"), random(9).hex(), (role,))
    person = (await staff.welcome(run.org.desk, new)).person
    actor = Actor(person, (role,), await staff.undertake(run.org.desk, person))
    if role == "privacy_desk":
        await papers(run.org, actor)
    return actor


async def _book(run: Run, email: str = "", *, confirm: bool = True) -> Guest:
    name, email = run.marker("name"), email or run.marker("email")
    values = {
        "identity.name": name, "identity.email": email, "identity.phone": run.marker("phone"),
        "identity.age": "18_or_over", "location.address": run.marker("address"), "booking.service": "routine",
        "booking.date": "2030-01-02", "booking.slot": "s0800", "booking.method": "cash",
        "booking.wish": run.marker("wish"),
    }  # fmt: skip
    form = Form("booking", "site", values, frozenset(), terms=True, language="id", shown=run.org.desk.digest,
                once=random(16))  # fmt: skip
    number = (await collect(run.org.desk, form)).number
    await do_due(run.installation, run.org)
    if confirm:
        await agree(run.org.desk, link(run.sink, email), frozenset(), "id")
        await do_due(run.installation, run.org)
    return Guest(number, name, email)


async def _gone(run: Run, actor: Actor, guest: Guest) -> bool:
    try:
        await look(run.org.desk, actor, Wish(guest.number, "orders", frozenset({"identity.name"})))
    except NotFound:
        return True
    return False


def _search(run: Run, folder: Path, erased: list[bytes], say: Say) -> None:
    """Search every file of the installation, the backup among them, for what was typed and for the erased."""
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


async def _old_backup(run: Run, where: Place, say: Say) -> None:
    """Destroy the live database, restore the backup of before: the erased must not come back."""
    for path in where.folder.glob("tepati.db*"):
        path.unlink()
    back = await bring_back(where.folder, where.folder / "before.backup", {})
    run.check("the erased came back from the backup", holds=back.erased >= 1 and back.tampered == 0)
    say(f"restored the backup of before: {back.erased} erased stay erased, {back.unreadable} parts have no key left")
    plain = scan(list(_files(where.folder)), run.typed)
    _told(run, plain, "a typed value in clear, after the restore", say)
