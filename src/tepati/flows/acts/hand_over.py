"""Room flows: the copy that somebody asked for is handed to them at the counter, once; their clock stops.

The copy is the person's own: it opens as they may open it, not as the role that hands it over, whose name and check
of identity stand in the line. A letter tells the address on file at once, so that a copy handed to the wrong person
is known the same minute.
"""

from collections.abc import Mapping

from tepati.errors import BadInput, NotFound, Refused
from tepati.flows import copies, rights
from tepati.flows.actor import Actor
from tepati.flows.copies import Copied, Form
from tepati.flows.desk import Desk, Sheet
from tepati.flows.numbers import request_of
from tepati.flows.rights import Behalf
from tepati.flows.told import Says
from tepati.notice.vocabulary import Proof
from tepati.registers import acceptances, requests

COPIES = frozenset({"access", "portability"})  # the rights that a copy serves
COUNTER = "counter"
DOCUMENT, LETTER = "document", "letter"
# How staff may check at the counter who stands there, by what the notice declares: a document with the name on file,
# or, beside coming in person, our letter with this number in the mailbox on file, shown on their own phone.
CHECKS: Mapping[Proof, tuple[str, ...]] = {
    "document": (DOCUMENT,), "in_person": (DOCUMENT, LETTER), "second_channel": (DOCUMENT, LETTER),
    "link": (DOCUMENT, LETTER), "none": (DOCUMENT, LETTER),
}  # fmt: skip


def checks(desk: Desk, right: str) -> tuple[str, ...]:
    """List the ways in which identity may be checked before a copy is handed over; none where no counter is offered."""
    declared = rights.declared(desk, right)
    offered = right in COPIES and (not declared.channels or COUNTER in declared.channels)
    return CHECKS[declared.proof] if offered else ()


async def hand_over(desk: Desk, actor: Actor, number: str, check: str, form: Form) -> Copied:
    """Write the copy that a request asks for, once, and end the request.

    Raises NotFound (no such request runs), BadInput (no such check), Refused (role, undertaking, no counter), Tampered.
    """

    async def act(sheet: Sheet) -> Copied:
        found = await request_of(sheet, number)
        if found is None or found.done or found.kind not in COPIES:
            raise NotFound("no_such_number")
        one = await rights.asked(sheet, Behalf(actor, number, found.channel), found.kind, "export", of=found)
        known = checks(desk, found.kind)
        if not known:
            raise Refused("channel_not_offered", f"rights.{found.kind}")
        if check not in known:
            raise BadInput("faulty_form", {"check": "not_an_option"})
        sheet.reason = f"{COUNTER}:{check}"
        facts, _ = await sheet.facts(one.person)
        language = await acceptances.language(sheet.tx, one.person)
        whole = await copies.whole(sheet, one.person, facts, one.number, language)
        says: Says = {"effect": "handed over", "fields": whole.fields}
        line = await rights.line_of(sheet, one, "export", f"rights.{found.kind}", "allowed", says)
        answer = await rights.done(sheet, one, line, form)
        await requests.conclude(sheet.tx, one.person, one.request, "served")
        await rights.tell(sheet, one, "handed", line)
        await sheet.keep(one.person, one.facts, one.version)
        return copies.file(desk, whole, form, language, answer)

    return await desk.write(act)
