"""Room flows: somebody in their privacy centre asks or complains: it is theirs at once, and its case opens.

The session has proven the mailbox, so nothing waits for a link; who they are is not asked for again.
"""

import msgspec

from tepati.flows import cases, clocks, limits, post
from tepati.flows.desk import Desk, Sheet
from tepati.flows.entry import add_record, admitted
from tepati.flows.numbers import free, number_of
from tepati.flows.readable import Said
from tepati.flows.submission import Collected, Entry, Form, line_of, record_of, repeated, row_of
from tepati.flows.visitors import Visitor
from tepati.registers import acceptances
from tepati.registers.acceptances import Acceptance
from tepati.rules.admit import Admission


async def complain(desk: Desk, who: Visitor, form: Form) -> Collected:
    """Take one submission of a person who came in. Raises BadInput, Refused, NotFound (erased meanwhile)."""
    known = msgspec.structs.replace(form, known=True)
    admission = admitted(desk, known)
    return await desk.write(lambda sheet: _take(sheet, who.person, known, admission))


async def _take(sheet: Sheet, person: bytes, form: Form, admission: Admission) -> Collected:
    record = record_of(sheet.desk, form)
    facts, version = await sheet.facts(person)
    if repeated(form, record, facts.rows):
        return Collected(number_of(sheet.desk.org, person, record))
    limits.own(sheet, facts, form.point)
    number = await free(sheet, person, record)
    line = await line_of(sheet, [(person, admission)], form)
    entry = Entry(form, admission, person, record, line, facts.told)
    await add_record(sheet, entry, proven=False)  # with keys of its own, as all that comes by the site
    rows = {**facts.rows, record.hex(): row_of(sheet, entry, proven=False)}
    said = Said("dpv:ActivityOngoing", sheet.at, form.language, f"points.{form.point}, in the privacy centre")
    path = clocks.tells(sheet.desk.notice, admission.opens)
    case = clocks.opening(sheet.desk, form.point, admission.fields.get(path, ""), sheet.at, facts.told)
    unjoined = clocks.with_case(msgspec.structs.replace(facts, rows=rows), record.hex(), case)
    facts, slip = await cases.join(sheet, person, record.hex(), unjoined, number, said)
    shown = Acceptance("notice", sheet.desk.notice.notice.version, "shown", form.language, sheet.at, form.shown)
    await acceptances.add(sheet.tx, sheet.desk.org, person, shown, slip.line, newest=True)
    await sheet.keep(person, facts, version)
    fills = cases.fills(sheet, number, case)
    letter = post.Letter("", form.language, fills, "", (slip,))  # the name stands in another record of theirs
    await cases.announce(sheet, person, admission.opens, letter)
    return Collected(number, clocks.due(sheet.desk, case.kind, case.opened, case.moments))
