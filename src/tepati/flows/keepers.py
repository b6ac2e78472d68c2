"""Room flows: who of the staff hears guardians, which children wait for them, and how fast they were."""

from dataclasses import dataclass

from tepati.flows import guardians
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.registers import counters
from tepati.registers import guardians as register
from tepati.registers.guardians import AGREED, ASKED, Guardianship

MOST = 500
WITHIN = "minors.guardian.within"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A child's form that waits: its number and point, when it came, when it ends, by when staff answer (0: no clock).

    ``answered``: when the guardian said yes by link; ``mailed``: they have an address. Instants in microseconds.
    """

    number: str
    point: str
    state: str
    asked: int
    until: int
    answered: int
    due: int
    mailed: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """How many answers were put in force, how long the slowest took from the guardian's yes (microseconds), how many
    came late; how many guardians declined, and how many answered nothing (both as the ledger was counted last).
    """

    done: int
    slowest: int
    late: int
    declined: int
    silent: int


def may(desk: Desk, actor: Actor) -> bool:
    """Say whether one of the member's roles hears guardians, and there is anything to hear."""
    return bool(guardians.heard(desk.notice)) and bool(set(actor.roles) & set(guardians.keepers(desk.notice)))


async def waiting(sheet: Sheet, *states: str) -> list[Waiting]:
    """List who waits: for us first, the next due before the others, then for their guardian."""
    desk, found = sheet.desk, list[Guardianship]()
    for state in states or (AGREED, ASKED):
        found += await register.waiting(sheet.tx, desk.mac, desk.org, state, MOST)
    return [shown(one) for one in found]


def shown(one: Guardianship) -> Waiting:
    """Say of one what staff see before they open anything."""
    return Waiting(
        one.number, one.point, one.state, one.asked, one.until, one.answered, one.due, mailed=bool(one.sealed[0])
    )


async def pace(sheet: Sheet) -> Pace:
    """Read how fast the answers were put in force."""
    counts, none = await counters.on(sheet.tx, sheet.desk.org), counters.Count(0, 0)
    clock, said = counts.get(WITHIN, {}), counts.get(guardians.PROMISE, {})
    done, late = clock.get(counters.DONE, none), clock.get(counters.LATE, none)
    declined, silent = (said.get(f"{guardians.ACT}.{answer}", none) for answer in ("declined", "silence"))
    return Pace(done.n, done.worst, late.n, declined.n, silent.n)
