"""Room flows: the second look: somebody who did not act judges whether a reveal that was drawn was in order.

They see the line, the role, the fields' purpose and the reason that was given, never who acted or whose data it was:
that a security case tells (``acts/unveil``). A reveal out of order breaks the promise it was allowed under.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from tepati.errors import BadInput, Conflict, NotFound, Refused, Tampered
from tepati.flows import rechecks as flow
from tepati.flows.actor import Actor, Says
from tepati.flows.desk import Desk, Sheet
from tepati.flows.rechecks import ACT, PROMISE
from tepati.flows.stewards import STEWARDS, entitled
from tepati.ledger import openings
from tepati.ledger.lines import Placed, lines
from tepati.registers import observations, rechecks
from tepati.registers.observations import Observation
from tepati.registers.rechecks import OPEN, Recheck

Outcome = Literal["in_order", "not_in_order"]
BYTES = 16  # of a line's id


@dataclass(frozen=True, slots=True)
class Drawn:
    """A reveal that waits for its second look: its line (id in hex; -1: pending or pruned), and by when."""

    line: str
    index: int
    act: str
    promise: str
    purpose: str
    at: int
    due: int


@dataclass(frozen=True, slots=True)
class Given:
    """What the member of staff gave for a reveal: the role, and the reason ("" where none was asked for)."""

    role: str
    reason: str


async def waiting(desk: Desk, actor: Actor) -> list[Drawn]:
    """List the reveals that wait for a second look, but for the reader's own. Raises Refused (written down)."""

    async def look(sheet: Sheet) -> list[Drawn]:
        _steward(sheet, actor)
        found = await flow.waiting(sheet, actor)
        placed = await lines(sheet.tx, desk.org, [one.line for one in found])
        return [_drawn(one, placed.get(one.line)) for one in found]

    return await desk.write(look)


async def read(desk: Desk, actor: Actor, line: str) -> Given:
    """Open what was given for a drawn reveal, by the line's id (hex); a line of the ledger says that it was read.

    Raises NotFound, Refused (written down: not a steward, their own), Tampered.
    """

    async def act(sheet: Sheet) -> Given:
        _steward(sheet, actor)
        found, actors = await _open(sheet, actor, line)
        placed = (await lines(sheet.tx, desk.org, [found.line])).get(found.line)
        told = [sheet.to_actor(actor.person, {"at": sheet.at, "effect": "looked", "line": line})]
        await sheet.line(ACT, promise=PROMISE, purpose="proof", answer="looked", told=told)
        return await _given(sheet, actors, found.line, placed)

    return await desk.write(act)


async def recheck(desk: Desk, actor: Actor, line: str, outcome: Outcome) -> None:
    """Say what the second look found. Raises NotFound, Refused (as ``read``), Conflict (somebody was first)."""

    async def act(sheet: Sheet) -> None:
        _steward(sheet, actor)
        found, _ = await _open(sheet, actor, line)
        if not await rechecks.settle(sheet.tx, desk.org, found.line, outcome):
            raise Conflict("recheck_taken")
        told = [sheet.to_actor(actor.person, {"at": sheet.at, "effect": outcome, "line": line})]
        written = await sheet.line(ACT, promise=PROMISE, purpose="proof", answer=outcome, told=told)
        if outcome == "not_in_order":
            placed = (await lines(sheet.tx, desk.org, [found.line])).get(found.line)
            broken = placed.line.promise if placed else PROMISE
            seen = Observation(broken, sheet.at, observations.BROKEN, observations.NOT_IN_ORDER)
            await observations.add(sheet.tx, desk.org, desk.mac, seen, written)

    await desk.write(act)


def _steward(sheet: Sheet, actor: Actor) -> None:
    entitled(sheet, actor, ACT, STEWARDS)


async def _open(sheet: Sheet, actor: Actor, line: str) -> tuple[Recheck, Sequence[bytes]]:
    """Find a second look nobody has taken, and who acted. Raises BadInput, NotFound, Refused (the reader acted)."""
    try:
        name = bytes.fromhex(line)
    except ValueError:
        raise BadInput("faulty_form", {"line": "not_text"}) from None
    found = await rechecks.get(sheet.tx, sheet.desk.org, name) if len(name) == BYTES else None
    if found is None or found.state != OPEN:
        raise NotFound("recheck")
    actors = await sheet.desk.vault.actors(sheet.tx, name)
    if actor.person in actors:
        raise Refused("recheck_own", PROMISE)
    return found, actors


async def _given(sheet: Sheet, actors: Sequence[bytes], line: bytes, placed: Placed | None) -> Given:
    """Read the actor's opening of a line, which must belong to it; it may have ended. Raises Tampered."""
    if not actors or placed is None:
        return Given("", "")
    permit = sheet.unveiling(actors[0], frozenset(), frozenset(), PROMISE)
    opening = openings.unpack(await sheet.desk.vault.open_opening(sheet.tx, permit, line, "actor"))
    openings.check(opening, bytes.fromhex(placed.line.opening))
    try:
        says = msgspec.json.decode(opening.payload, type=Says)
    except msgspec.DecodeError as fault:
        raise Tampered("ledger_opening") from fault
    return Given(says.role, says.reason)


def _drawn(one: Recheck, placed: Placed | None) -> Drawn:
    line = placed.line if placed else None
    return Drawn(
        one.line.hex(), placed.index if placed else -1, line.act if line else "", line.promise if line else "",
        line.purpose if line else "", one.at, one.due,
    )  # fmt: skip
