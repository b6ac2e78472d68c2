"""Room flows: what other law keeps of one person when they are erased (UU PDP Art. 43, 50). No rule, no keeping."""

from tepati.flows.desk import Sheet
from tepati.registers import records
from tepati.rules import retention
from tepati.rules.facts import Facts


async def held(sheet: Sheet, person: bytes, facts: Facts) -> dict[str, retention.Hold]:
    """Give the hold of each category of a person: it counts where they have data in all that its purpose needs.

    Its time runs from the newest record of the category; one that is over holds nothing.
    """
    newest = await _newest(sheet, person, facts)
    return {
        category: hold
        for category, created in sorted(newest.items())
        for hold in retention.holds(sheet.desk.policy, category, created)
        if hold.needs <= newest.keys() and hold.until > sheet.at
    }


async def _newest(sheet: Sheet, person: bytes, facts: Facts) -> dict[str, int]:
    """Name the categories a person has values in, with the instant of the newest record of each."""
    found: dict[str, int] = {}
    for record in await records.of_person(sheet.tx, person):
        if record.record.hex() in facts.rows:
            for category in await records.categories(sheet.tx, person, record.record):
                found[category] = max(record.created, found.get(category, 0))
    return found
