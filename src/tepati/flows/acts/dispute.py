"""Room flows: a person does not recognise a use of their data: a question with number and clock, once for a line."""

from tepati.errors import BadInput
from tepati.flows import rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.rights import DISPUTE, Answer, By
from tepati.registers import requests
from tepati.rules.facts import Use


async def dispute(desk: Desk, by: By, line: str) -> Answer:
    """Open a dispute of one line (hex) of the person's own; asked again, the first one is told again.

    Raises NotFound (no line of this person), BadInput (no line at all), Refused.
    """
    try:
        ledger_id = bytes.fromhex(line)
    except ValueError:
        raise BadInput("faulty_form", {"line": "not_text"}) from None

    async def act(sheet: Sheet) -> Answer:
        one = await rights.asked(sheet, by, DISPUTE, "answer")
        fields = frozenset({desk.policy.mark_of(one.facts)})
        use = Use(act="show", purpose="requests", fields=fields, at=0, role="person", person=one.person)
        permit = await sheet.ask(use, one.facts)
        await desk.vault.open_opening(sheet.tx, permit, ledger_id, "person")
        sheet.asked = one.use
        known = await requests.latest(sheet.tx, one.person, DISPUTE, line)
        if known:
            return Answer(known.number, known.received, known.due, known.done, b"")
        says = {"effect": DISPUTE}
        written = await rights.line_of(sheet, one, "request", _promise(desk), "received", says)
        answer = await rights.waits(sheet, one, written, line)
        await rights.tell(sheet, one, "disputed", written, due=str(answer.due))
        return answer

    return await desk.write(act)


def _promise(desk: Desk) -> str:
    return "questions" if desk.notice.questions else "rights.access"
