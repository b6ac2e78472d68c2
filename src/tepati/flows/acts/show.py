"""Room flows: a person sees what is held of them (UU PDP Art. 5-7, 32): every category, its uses, its end, its values.

A mailed link alone shows categories, uses and ends. Values open on a known device, and each such view is a line. What
came under the address without proof is masked, record by record, until that record's own link was used.
"""

from dataclasses import dataclass

from tepati.flows import attaching
from tepati.flows.desk import Desk, Sheet
from tepati.flows.ends import Kept, kept
from tepati.flows.mine import Values, apart, proven, unproven
from tepati.flows.visitors import Visitor
from tepati.rules.facts import mailless


@dataclass(frozen=True, slots=True)
class Mine:
    """What is held of a person. ``values`` are empty where the device is not known; ``lawful``: what only law keeps.

    ``unproven`` are the records whose address was not proven, each with its categories and what may be shown of them.
    ``uses`` were recorded in all, ``recent`` of them in thirty days; what is recorded now is kept until ``trail_ends``.
    """

    kept: list[Kept]
    values: Values
    lawful: Values
    unproven: list[tuple[list[Kept], Values]]
    uses: int
    recent: int
    trail_ends: int
    mailed: bool = True  # an address leads to them
    adds: bool = False  # none does, and they may add one


MONTH = 30 * 86_400_000_000


async def show(desk: Desk, who: Visitor, language: str, *, values: bool = True) -> Mine:
    """Show a person what is held of them; ``values`` are opened on a known device only. Raises NotFound, Tampered."""

    async def act(sheet: Sheet) -> Mine:
        facts, _ = await sheet.facts(who.person)
        found = kept(sheet, facts)
        opens = values and who.known
        mine, law = await proven(sheet, who.person, facts, found, language) if opens and found else ({}, {})
        others = [await unproven(sheet, who.person, facts, name, language, opens=opens) for name in apart(facts)]
        if mine or law or any(said for _, said in others):
            await _write_down(sheet, who, found, others)
        due = desk.policy.proof_due(sheet.at - MONTH)
        uses, recent = await desk.vault.count_openings(sheet.tx, who.person, "person", due)
        mailed = not mailless(facts)
        adds = not mailed and await attaching.begun(sheet, who.person)
        return Mine(found, mine, law, others, uses, recent, desk.policy.proof_due(sheet.at), mailed, adds)

    return await desk.write(act)


async def _write_down(
    sheet: Sheet, who: Visitor, found: list[Kept], others: list[tuple[list[Kept], Values]]
) -> None:  # fmt: skip
    """One view is one line, whatever it opened."""
    fields = sorted({path for one in found for path in one.fields} | {p for _, said in others for p in said})
    told = sheet.to_person(who.person, {"at": sheet.at, "fields": fields, "role": "person"})
    await sheet.line("show", promise="rights.access", purpose="requests", answer="allowed", told=[told])
