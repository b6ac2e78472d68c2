"""Room flows: a person objects to purposes, and lifts it again (UU PDP Art. 10; the notice's ``rights.objection.to``).

The door refuses an opposed purpose from this transaction on, for queued letters too. A mailed link is enough: what a
stranger in the mailbox could do by it is stop a use, and the letter tells.
"""

from collections.abc import Collection

import msgspec

from tepati.errors import BadInput
from tepati.flows import rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.rights import Answer, By
from tepati.flows.told import Says
from tepati.notice.labels import labels
from tepati.registers import acceptances


def opposable(desk: Desk) -> tuple[str, ...]:
    """Name the purposes that can be objected to: those of the right, and those that say so themselves."""
    said = rights.declared(desk, "objection").to
    return tuple(name for name, one in desk.notice.purposes.items() if name in said or one.objection)


async def oppose(desk: Desk, by: By, purposes: Collection[str]) -> Answer | None:
    """Object to exactly these purposes from now on, the others are lifted; None where nothing changes.

    Raises BadInput (a purpose that cannot be objected to), NotFound, Refused.
    """
    if any(name not in opposable(desk) for name in purposes):
        raise BadInput("faulty_form", {"purpose": "not_an_option"})

    async def act(sheet: Sheet) -> Answer | None:
        one = await rights.asked(sheet, by, "objection", "object")
        also = one.facts.objected if one.relayed else ()  # a page of the organisation's own lifts nothing
        wanted = tuple(name for name in opposable(desk) if name in {*purposes, *also})
        added, lifted = set(wanted) - set(one.facts.objected), set(one.facts.objected) - set(wanted)
        if not (added or lifted):
            return None
        says: Says = {"effect": "objected" if added else "lifted", "purposes": list(wanted)}
        line = await rights.line_of(sheet, one, "object", "rights.objection", "done" if added else "lifted", says)
        answer = await rights.done(sheet, one, line, ",".join(wanted))
        said = labels(desk.notice, await acceptances.language(sheet.tx, one.person)).purposes(wanted)
        await rights.tell(sheet, one, "objected" if wanted else "objection_lifted", line, purposes=said)
        await sheet.keep(one.person, msgspec.structs.replace(one.facts, objected=wanted), one.version)
        return answer

    return await desk.write(act)
