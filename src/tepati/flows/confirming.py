"""Room flows: how many letters that prove an address may go to one that is not proven yet."""

from tepati.flows import links
from tepati.flows.desk import Sheet
from tepati.registers.links import count_since

DAY = 86_400_000_000
LETTERS_A_DAY = 5  # letters of one kind to one unproven address in 24 hours; the answer stays the same beyond


async def may_write(sheet: Sheet, person: bytes, opens: str) -> bool:
    """Say whether one more letter about what ``opens`` a case may go to an address that is not proven today."""
    return await count_since(sheet.tx, person, links.confirms(opens), sheet.at - DAY) < LETTERS_A_DAY
