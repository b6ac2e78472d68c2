"""Room flows: what an erasure would do, told before it is asked for: what goes, what stays and why, what it ends."""

from dataclasses import dataclass

from tepati.flows import rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.ends import Kept, kept
from tepati.flows.erasure import WAIT
from tepati.flows.visitors import Visitor
from tepati.registers import dealings, requests
from tepati.registers.requests import Request
from tepati.rules.facts import mailless


@dataclass(frozen=True, slots=True)
class Foreseen:
    """``goes``: every category; of those with a hold its fields stay. ``open`` are the kinds and numbers of cases.

    ``at`` is when it would be carried out if asked now, ``due`` the end of its clock, ``running`` one asked already.
    """

    goes: list[Kept]
    open: tuple[tuple[str, str], ...]
    requests: tuple[str, ...]
    at: int
    due: int
    running: Request | None
    mailed: bool = True  # a letter tells of it; else the page does


async def foresee(desk: Desk, who: Visitor) -> Foreseen:
    """Say what an erasure would do now; nothing is opened or changed. Raises NotFound."""

    async def look(sheet: Sheet) -> Foreseen:
        facts, _ = await sheet.facts(who.person)
        found = kept(sheet, facts) + kept(sheet, facts, joined=False)
        opens = {point.opens for point in desk.notice.points.values()}  # a visit is known by its booking's number
        waiting = [r for r in await requests.of_person(sheet.tx, who.person) if not r.done]
        return Foreseen(
            goes=found,
            open=tuple(
                (d.kind, d.number)
                for d in await dealings.of_person(sheet.tx, who.person)
                if not d.closed and d.kind in opens
            ),
            requests=tuple(r.number for r in waiting if r.kind != "erasure"),
            at=sheet.at if who.known else sheet.at + WAIT,
            due=rights.due(desk, "erasure", sheet.at, facts),
            running=next((r for r in waiting if r.kind == "erasure"), None),
            mailed=not mailless(facts),
        )

    return await desk.read(look)
