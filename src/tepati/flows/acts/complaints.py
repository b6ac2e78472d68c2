"""Room flows: the cases that wait for an answer, of every kind, by the instant promised. Numbers, no names."""

from dataclasses import dataclass, replace

from tepati.flows import clocks, reasons
from tepati.flows.actor import Actor
from tepati.flows.answering import may, of
from tepati.flows.desk import Desk, Sheet
from tepati.flows.threads import ANSWERED
from tepati.registers import dealings
from tepati.registers.dealings import Dealing
from tepati.rules.facts import ATTESTED, FOREVER

MOST = 200  # shown at once: the next to end first


@dataclass(frozen=True, slots=True)
class Complaint:
    """One case: its kind, its number, when it came, until when it is to be answered by which promise, its end.

    ``due`` is 0 where nothing is promised, ``closed`` while it is open, ``answered`` while its writer waits for us.
    ``mailless``: staff took it down from somebody who has no e-mail address; ``reason``: whose word it rests on.
    """

    kind: str
    number: str
    opened: int
    due: int
    closed: int
    promise: str
    answered: int = 0
    mailless: bool = False
    reason: reasons.Stands = ""


async def complaints(desk: Desk, actor: Actor) -> list[Complaint]:
    """List the open cases that the actor answers, the next due first. Raises Refused (a role that answers none)."""

    async def look(sheet: Sheet) -> list[Complaint]:
        found = [one for kind in may(sheet, actor) for one in await dealings.work_of(sheet.tx, desk.org, kind, MOST)]
        return sorted((_told(desk, one) for one in found), key=lambda one: (one.answered, one.due or FOREVER))[:MOST]

    return await desk.write(look)


async def complaint(desk: Desk, actor: Actor, number: str) -> Complaint:
    """Return one case. Raises NotFound, Refused."""

    async def look(sheet: Sheet) -> Complaint:
        known = may(sheet, actor)
        found = await dealings.numbered(sheet.tx, desk.org, number)
        one, _ = of(known, found[0] if len(found) == 1 else None)
        facts, _ = await sheet.facts(one.person)
        return replace(_told(desk, one), reason=reasons.stands(facts, one.dealing.hex(), actor))

    return await desk.write(look)


def _told(desk: Desk, one: Dealing) -> Complaint:
    due = clocks.due(desk, one.kind, one.opened, one.moments)
    promise = clocks.promise(one.kind, one.moments) if due else f"cases.{one.kind}"
    answered, mailless = one.moments.get(ANSWERED, 0), ATTESTED in one.moments
    return Complaint(one.kind, one.number, one.opened, due, one.closed, promise, answered, mailless)
