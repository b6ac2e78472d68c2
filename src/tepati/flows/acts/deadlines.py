"""Room flows: the clocks that run, for the papers of the data protection officer: numbers and instants, no names."""

from dataclasses import dataclass

from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.stewards import STEWARDS, entitled
from tepati.registers import requests

MOST = 10_000
READERS = STEWARDS | {"advise"}  # whoever answers for the organisation, and whoever advises it


@dataclass(frozen=True, slots=True)
class Clock:
    """One open request; instants in microseconds."""

    number: str
    kind: str
    channel: str
    received: int
    due: int


async def deadlines(desk: Desk, actor: Actor | None = None) -> list[Clock]:
    """List the open requests, the next due first; without an actor: for the operator at the machine. Raises Refused."""

    async def look(sheet: Sheet) -> list[Clock]:
        if actor is not None:
            entitled(sheet, actor, "export", READERS)
        found = await requests.open_in(sheet.tx, desk.org, MOST)
        return [Clock(one.number, one.kind, one.channel, one.received, one.due) for one in found]

    return await (desk.read(look) if actor is None else desk.write(look))
