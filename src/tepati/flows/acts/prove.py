"""Room flows: a person takes the receipt of one line of their own trail: the line, their opening, the proof.

It verifies without us (``tepati verify``). Where the line is one that the person said or asked, the readable record of
that day lies with its opening, and comes along: for programs and in words, in both languages.
"""

from tepati.errors import BadInput, Unavailable
from tepati.flows.desk import Desk, Sheet
from tepati.flows.receipts import written
from tepati.flows.visitors import Visitor
from tepati.ledger import openings
from tepati.rules.facts import Use


async def prove(desk: Desk, who: Visitor, line: str) -> bytes:
    """Write the receipt of a line (hex). Raises NotFound (no line of this person), BadInput, Unavailable (pending)."""
    try:
        ledger_id = bytes.fromhex(line)
    except ValueError:
        raise BadInput("faulty_form", {"line": "not_text"}) from None

    async def act(sheet: Sheet) -> bytes:
        facts, _ = await sheet.facts(who.person)
        fields = frozenset({desk.address})
        use = Use(act="prove", purpose="proof", fields=fields, at=0, role="person", person=who.person)
        permit = await sheet.ask(use, facts)
        packed = await desk.vault.open_opening(sheet.tx, permit, ledger_id, "person")
        proven = await desk.log.prove(sheet.tx, ledger_id)
        if proven is None:
            raise Unavailable("receipt_pending")
        made = written(proven, openings.unpack(packed))
        told = sheet.to_person(who.person, {"at": sheet.at, "role": "person", "effect": "receipt", "lines": [line]})
        await sheet.line("prove", promise=permit.promise, purpose="proof", answer="allowed", told=[told])
        return made

    return await desk.write(act)
