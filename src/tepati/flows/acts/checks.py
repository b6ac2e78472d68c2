"""Room flows: the cases that wait for an outcome, the next due first: numbers, no names. And a person's own."""

from dataclasses import dataclass

from tepati.flows import checking, clocks
from tepati.flows.actor import Actor
from tepati.flows.checking import Checking
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import number_of
from tepati.flows.visitors import Visitor
from tepati.registers import dealings
from tepati.registers.dealings import Dealing
from tepati.rules.facts import FOREVER

MOST = 200  # shown at once


@dataclass(frozen=True, slots=True)
class Check:
    """One case: its number, when it came, until when its outcome is promised (0: nothing is), its end (0: open)."""

    number: str
    opened: int
    due: int
    closed: int


@dataclass(frozen=True, slots=True)
class Proofs:
    """The points at which somebody may send a proof, and the cases that they opened, the newest first."""

    points: tuple[str, ...]
    cases: list[tuple[str, Check]]  # kind, case

    def waits(self, kind: str) -> bool:
        """Say whether one of a kind is open."""
        return any(name == kind and not case.closed for name, case in self.cases)


async def checks(desk: Desk, actor: Actor) -> tuple[Checking, list[Check]]:
    """List the open cases that the actor checks. Raises Refused."""

    async def look(sheet: Sheet) -> tuple[Checking, list[Check]]:
        how = checking.may(sheet, actor)
        found = [_told(desk, one) for one in await dealings.work_of(sheet.tx, desk.org, how.kind, MOST)]
        return how, sorted(found, key=lambda one: one.due or FOREVER)

    return await desk.write(look)


async def one(desk: Desk, actor: Actor, number: str) -> tuple[Checking, Check]:
    """Return one case. Raises NotFound, Refused."""

    async def look(sheet: Sheet) -> tuple[Checking, Check]:
        how = checking.may(sheet, actor)
        found = await dealings.numbered(sheet.tx, desk.org, number)
        return how, _told(desk, checking.of(how, found[0] if len(found) == 1 else None))

    return await desk.write(look)


async def proofs(desk: Desk, who: Visitor) -> Proofs:
    """Say what this person may send and has sent. Raises NotFound."""

    async def look(sheet: Sheet) -> Proofs:
        facts, _ = await sheet.facts(who.person)
        points = checking.takes(desk.notice, facts.population)
        kinds = {desk.notice.points[point].opens for point in points}
        found = [
            (case.kind, Check(number_of(desk.org, who.person, bytes.fromhex(name)), case.opened,
                              clocks.due(desk, case.kind, case.opened, case.moments), case.closed))
            for name, case in facts.dealings.items() if case.kind in kinds
        ]  # fmt: skip
        return Proofs(points, sorted(found, key=lambda each: each[1].opened, reverse=True))

    return await desk.read(look)


def _told(desk: Desk, one: Dealing) -> Check:
    return Check(one.number, one.opened, clocks.due(desk, one.kind, one.opened, one.moments), one.closed)
