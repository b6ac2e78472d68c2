"""Room flows: staff end a request whose clock runs: a use that was looked into, a right that was served elsewhere.

The person is told by mail that it is answered, and reads the outcome in their privacy centre.
"""

from typing import Literal

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import rights
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import request_of
from tepati.flows.rights import ASSISTANCE, DISPUTE, Answer, Asked, Behalf
from tepati.flows.told import Says
from tepati.registers import counters, requests

# in_order: the use was allowed, and why; not_in_order: it was not, and what follows; served; declined, with the reason.
Outcome = Literal["in_order", "not_in_order", "served", "declined"]
OTHER = "other"  # a way that the notice does not name
ERASURE = "erasure"  # ends by its certificate, never by a word


async def answer(desk: Desk, actor: Actor, number: str, outcome: Outcome, way: str = "") -> Answer:
    """End the open request of a number; ``way``: in which somebody who asked for assistance was served.

    Raises NotFound (none runs), BadInput (no such way), Refused (role, undertaking, an erasure).
    """

    async def act(sheet: Sheet) -> Answer:
        found = await request_of(sheet, number)
        if found is None or found.done:
            raise NotFound("no_such_number")
        if found.kind == ERASURE:
            raise Refused("act_not_given", "rights.erasure")
        if way not in (ways(desk) if (found.kind, outcome) == (ASSISTANCE, "served") else ("",)):
            raise BadInput("faulty_form", {"way": "not_an_option"})
        by = Behalf(actor, number, found.channel)
        one = await rights.asked(sheet, by, found.kind, "answer", of=found)
        says: Says = {"effect": outcome, "about": found.kind} | ({"way": way} if way else {})
        promise = _promise(desk, one)
        line = await rights.line_of(sheet, one, "answer", promise, "done", says)
        ended = await rights.done(sheet, one, line)
        if way:
            counted = {(f"rights.{ASSISTANCE}", f"way.{way}", counters.day_of(sheet.at)): counters.Count(1, sheet.at)}
            await counters.add(sheet.tx, desk.org, counted)
        await rights.tell(sheet, one, "answered", line, outcome=outcome)
        await requests.conclude(sheet.tx, one.person, one.request, outcome)
        await sheet.keep(one.person, one.facts, one.version)
        return ended

    return await desk.write(act)


def ways(desk: Desk) -> tuple[str, ...]:
    """Name the ways in which assistance can have been given: those of the notice, or another that suited."""
    return (*rights.declared(desk, ASSISTANCE).ways, OTHER)


def _promise(desk: Desk, one: Asked) -> str:
    if one.right != DISPUTE:
        return f"rights.{one.right}"
    return "questions" if desk.notice.questions else "rights.access"
