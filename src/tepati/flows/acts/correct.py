"""Room flows: what is wrong is corrected in every record that holds it (UU PDP Art. 6, 30), and the result is told.

A known device, or staff who saw the person, correct at once. A backup made before still has the old value until it
expires: after a restore the correction is asked for again (``acts/redo``).
"""

from collections.abc import Mapping

from tepati.errors import BadInput
from tepati.flows import rights
from tepati.flows.desk import Desk, Sheet
from tepati.flows.rewriting import correctable, rewrite
from tepati.flows.rights import Answer, By
from tepati.flows.told import Says
from tepati.flows.visitors import Visitor
from tepati.notice.labels import labels
from tepati.registers import acceptances
from tepati.rules.taking import taken


async def correct(desk: Desk, by: By, changes: Mapping[str, str]) -> Answer:
    """Write new values (field path to what was typed) into all records that hold them.

    Raises BadInput (a fault per field; nothing given), Refused (a mailed link alone does not do), NotFound.
    """
    values = cleaned(desk, changes)
    if isinstance(by, Visitor):
        by.proven("rights.correction")

    async def act(sheet: Sheet) -> Answer:
        one = await rights.asked(sheet, by, "correction", "correct")
        fields = sorted(values)
        says: Says = {"effect": "corrected", "fields": fields}
        line = await rights.line_of(sheet, one, "correct", "rights.correction", "done", says)
        facts = await rewrite(sheet, one.person, one.facts, values, line)
        for field in fields:
            await desk.vault.stop(sheet.tx, one.person, f"corrected:{field}", sheet.at)
        answer = await rights.done(sheet, one, line, ",".join(fields))
        language = await acceptances.language(sheet.tx, one.person)
        await rights.tell(sheet, one, "corrected", line, corrected=labels(desk.notice, language).fields(fields))
        await sheet.keep(one.person, facts, one.version)
        return answer

    return await desk.write(act)


def cleaned(desk: Desk, changes: Mapping[str, str]) -> dict[str, str]:
    """Clean what was typed. Raises BadInput with a fault for each field."""
    faults, values = dict[str, str](), dict[str, str]()
    allowed = correctable(desk)
    for path, typed in changes.items():
        if path not in allowed:
            faults[path] = "not_an_option"
            continue
        try:
            category, _, name = path.partition(".")
            values[path] = taken(desk.notice.data[category].fields[name], typed)
        except BadInput as bad:
            faults[path] = bad.code
    if faults or not values:
        raise BadInput("faulty_form", faults or {"form": "missing"})
    return values
