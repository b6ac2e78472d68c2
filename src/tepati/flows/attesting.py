"""Room flows: a case opens under a word that is no mailbox's: that of staff, or a code that somebody typed.

The record stays *unproven*: it serves the purpose it came for and no other (docs/decisions/0041).
"""

import msgspec

from tepati.flows import callers, cases, clocks
from tepati.flows.desk import Sheet
from tepati.registers import dealings
from tepati.rules.facts import ATTESTED, Facts


async def attest(
    sheet: Sheet, whose: tuple[bytes, bytes], facts: Facts, number: str, line: bytes, by: str = ""
) -> Facts:
    """Open the case of a record (person, record); ``by`` names who attested it (hex). Facts are not kept yet."""
    (person, record), name = whose, whose[1].hex()
    facts = await clocks.opened(sheet, person, name, facts)
    row = facts.rows[name]
    case = facts.dealings[row.dealing]
    attested = msgspec.structs.replace(case, moments={**case.moments, ATTESTED: sheet.at}, by=by)
    opened = dealings.Dealing(person, record, case.kind, number, record, case.opened, 0, attested.moments, b"")
    await dealings.add(sheet.tx, sheet.desk.org, opened, line)
    ends = await cases.redate(sheet, person, (name, row), attested, facts.told)
    whole = msgspec.structs.replace(
        clocks.with_case(facts, row.dealing, attested),
        rows={**facts.rows, name: msgspec.structs.replace(row, ends=ends)},
    )
    await callers.index(sheet, person, whole)
    return whole
