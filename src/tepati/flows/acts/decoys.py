"""Room flows: a person made by the ordinary flows is marked as a decoy, whom nobody serves (design section 5).

Their case stays open, as a customer's would, on no list of work; their hour is free for others.
"""

from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import dealing_of
from tepati.flows.visitors import Visitor
from tepati.registers import decoys, places
from tepati.rules.types import clean


@dataclass(frozen=True, slots=True)
class Grown:
    """How far a decoy has come: their address proven, the questions they said yes to, marked already."""

    person: bytes
    joined: bool
    consents: tuple[str, ...]
    marked: bool

    @property
    def visitor(self) -> Visitor:
        """Let the program act as this person by a mailed link alone: it takes back, and sees nothing."""
        return Visitor(self.person, b"", b"", known=False, waits=0, made=0, until=0)


async def grown(desk: Desk, email: str) -> Grown | None:
    """Say how far the decoy with this address has come, None where nobody has it. Raises BadInput, Tampered."""
    address = clean("email", email)

    async def look(sheet: Sheet) -> Grown | None:
        person = await desk.vault.find(sheet.tx, desk.address, address)
        found = await desk.vault.facts(sheet.tx, person) if person else None
        if person is None or found is None:
            return None
        marked = await decoys.is_decoy(sheet.tx, person)
        return Grown(person, found[0].joined, tuple(sorted(found[0].consents)), marked)

    return await desk.read(look)


async def missing(desk: Desk, kinds: frozenset[str]) -> frozenset[str]:
    """Name those of these kinds of which no decoy lives here."""
    return kinds - (await desk.read(lambda sheet: decoys.kinds(sheet.tx, desk.org), single=True)).keys()


async def mark(desk: Desk, number: str, kind: str) -> None:
    """Mark the person of a dealing as a decoy of one kind. Raises NotFound."""

    async def act(sheet: Sheet) -> None:
        dealing = await dealing_of(sheet, number)
        if dealing is None:
            raise NotFound("no_such_number")
        await _mark(sheet, dealing.person, kind)

    await desk.write(act)


async def place(desk: Desk, person: bytes, kind: str) -> None:
    """Mark a person as a decoy of one kind. Raises NotFound."""
    await desk.write(lambda sheet: _mark(sheet, person, kind))


async def _mark(sheet: Sheet, person: bytes, kind: str) -> None:
    facts, _ = await sheet.facts(person)
    line = await sheet.line("decoy", promise="security.decoys", purpose="security", answer="placed")
    await decoys.add(sheet.tx, sheet.desk.org, person, kind, sheet.at, line)
    for record in facts.rows:
        await places.leave(sheet.tx, person, bytes.fromhex(record))
