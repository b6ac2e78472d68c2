"""Room flows: a person restricts the processing, of everything or of some purposes, and lifts it (UU PDP Art. 11, 41).

What is restricted is kept and not used, whatever for; what a law commands goes on. It is told by mail.
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

ALL = "*"


def restrictable(desk: Desk) -> tuple[str, ...]:
    """Name the purposes that can be restricted: a law's command cannot, and staff are another population."""
    return tuple(
        n for n, one in desk.notice.purposes.items() if one.basis != "legal_obligation" and one.kind != "staff"
    )


async def restrict(desk: Desk, by: By, purposes: Collection[str]) -> Answer | None:
    """Restrict exactly these purposes from now on (``*``: all); the others are lifted; None where nothing changes.

    Raises BadInput (a purpose that cannot be restricted), NotFound, Refused.
    """
    if any(name != ALL and name not in restrictable(desk) for name in purposes):
        raise BadInput("faulty_form", {"purpose": "not_an_option"})

    async def act(sheet: Sheet) -> Answer | None:
        one = await rights.asked(sheet, by, "restriction", "restrict")
        said = {
            *purposes,
            *(one.facts.restricted if one.relayed else ()),
        }  # a page of the organisation's own lifts nothing
        wanted = (ALL,) if ALL in said else tuple(name for name in restrictable(desk) if name in said)
        if set(wanted) == set(one.facts.restricted):
            return None
        more = set(wanted) - set(one.facts.restricted)
        says: Says = {"effect": "restricted" if more else "lifted", "purposes": list(wanted)}
        line = await rights.line_of(sheet, one, "restrict", "rights.restriction", "done" if more else "lifted", says)
        answer = await rights.done(sheet, one, line, ",".join(wanted))
        words = labels(desk.notice, await acceptances.language(sheet.tx, one.person))
        named = words.purposes(restrictable(desk) if ALL in wanted else wanted)
        await rights.tell(sheet, one, "restricted" if wanted else "restriction_lifted", line, purposes=named)
        await sheet.keep(one.person, msgspec.structs.replace(one.facts, restricted=wanted), one.version)
        return answer

    return await desk.write(act)
