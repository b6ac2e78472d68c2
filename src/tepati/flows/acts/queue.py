"""Room flows: the requests whose clock runs, the next to end first; one by its number. Numbers and clocks, no names."""

from dataclasses import dataclass, replace

from tepati.errors import NotFound
from tepati.flows import reasons
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.handling import may
from tepati.flows.numbers import request_of
from tepati.registers import requests
from tepati.registers.requests import Request

MOST = 200  # shown at once


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: what, how it came, its clock. ``done`` is 0 while it runs; ``outcome`` is how staff ended it."""

    number: str
    kind: str
    channel: str
    received: int
    due: int
    state: str
    done: int
    outcome: str
    about: str = ""  # field paths of a correction that a restore lost
    reason: reasons.Stands = ""


async def queue(desk: Desk, actor: Actor) -> list[Asked]:
    """List the open requests. Raises Refused (a role that handles none)."""

    async def look(sheet: Sheet) -> list[Asked]:
        may(sheet, actor)
        return [_told(one) for one in await requests.open_in(sheet.tx, desk.org, MOST)]

    return await desk.write(look)


async def by_number(desk: Desk, actor: Actor, number: str) -> Asked:
    """Return one request, open or done. Raises NotFound, Refused."""

    async def look(sheet: Sheet) -> Asked:
        may(sheet, actor)
        found = await request_of(sheet, number)
        if found is None:
            raise NotFound("no_such_number")
        facts, _ = await sheet.facts(found.person)
        return replace(_told(found), reason=reasons.stands(facts, found.request.hex(), actor))

    return await desk.write(look)


def _told(one: Request) -> Asked:
    return Asked(one.number, one.kind, one.channel, one.received, one.due, one.state, one.done, one.outcome,
                 one.about if one.channel == "restore" else "")  # fmt: skip
