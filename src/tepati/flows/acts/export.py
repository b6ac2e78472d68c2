"""Room flows: a person takes a copy of all that is held of them, with the track record (UU PDP Art. 7, 13, 32).

On a known device only; each copy is a request with its number, done at once, and one line.
"""

from tepati.flows import copies, rights
from tepati.flows.copies import Copied, Form
from tepati.flows.desk import Desk, Sheet
from tepati.flows.visitors import Visitor
from tepati.registers import counters

__all__ = ["Copied", "Form", "export"]


async def export(desk: Desk, who: Visitor, form: Form, language: str) -> Copied:
    """Write the copy of everything held. Raises Refused (a mailed link alone does not do), NotFound, Tampered."""
    who.proven("rights.access")

    async def act(sheet: Sheet) -> Copied:
        one = await rights.asked(sheet, who, "access", "export")
        facts, _ = await sheet.facts(who.person)
        whole = await copies.whole(sheet, who.person, facts, one.number, language)
        line = await rights.line_of(
            sheet, one, "export", "rights.access", "allowed", {"effect": form, "fields": whole.fields}
        )
        answer = await rights.done(sheet, one, line, form)
        await rights.tell(sheet, one, "copied", line)
        if form == "json" and "portability" in desk.notice.rights:
            promise = "rights.portability.within"
            await counters.finished(sheet.tx, desk.org, promise, sheet.at, 0, late=False)
        if one.running:
            await sheet.keep(one.person, one.facts, one.version)
        return copies.file(desk, whole, form, language, answer)

    return await desk.write(act)
