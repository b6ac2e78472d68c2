"""Room flows: a right asked for by phone, at the counter or by e-mail, which somebody must serve: its clock starts.

What staff can do at once (withdraw, object, restrict, correct, erase) has acts of its own; this is for the rest.
"""

from typing import Literal

from tepati.errors import BadInput
from tepati.flows import reasons, rights
from tepati.flows.actor import Actor
from tepati.flows.desk import Desk, Sheet
from tepati.flows.rights import Answer, Behalf
from tepati.notice.words import words
from tepati.registers import acceptances

# What is served by hand, and what staff do by serving it (``rules.aims``: words of ``handle_requests``).
SERVED = {"access": "export", "portability": "export", "completion": "complete"}


async def receive(
    desk: Desk, actor: Actor, number: str, right: str, channel: str, proof: Literal["in_person", "link"]
) -> Answer:
    """Write down a request whose clock runs until it is answered, and mail its number; asked twice is asked once.

    Raises BadInput (a right that is served at once, or none), NotFound, Refused (role, undertaking, channel).
    """
    if right not in SERVED or right not in desk.notice.rights:
        raise BadInput("faulty_form", {"right": "not_an_option"})

    async def act(sheet: Sheet) -> Answer:
        one = await rights.asked(sheet, Behalf(actor, number, channel, proof), right, SERVED[right])
        line = await rights.line_of(sheet, one, "request", f"rights.{right}", "received", {"effect": right})
        if one.running:
            return Answer(one.number, one.running.received, one.running.due, 0, line)
        answer = await rights.waits(sheet, one, line)
        language = await acceptances.language(sheet.tx, one.person)
        kind = words(language, "centre").say(f"kind.{right}")
        mine = await reasons.link(sheet, (one.person, one.request.hex()), one.facts, language, line)
        await rights.tell(
            sheet, one, "received", line, language=language, asked_for=kind, due=str(answer.due), mine=mine
        )
        return answer

    return await desk.write(act)
