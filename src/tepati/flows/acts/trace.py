"""Room flows: a person reads who used their data (UU PDP Art. 7, 32), page by page; reading it is no use of a value."""

from dataclasses import dataclass

from tepati.errors import Tampered
from tepati.flows.desk import Desk, Sheet
from tepati.flows.trail import Trace, read
from tepati.flows.visitors import Visitor

PAGE = 20
MOST = 2_000  # lines that are looked through for receipts
RECENT = 200  # lines that are looked through for sign-ins
ENTERING = frozenset({"enter", "guard"})
RECEIPTED = frozenset({"confirm", "agree", "withdraw", "request", "object", "restrict", "correct", "export", "answer"})


@dataclass(frozen=True, slots=True)
class Trail:
    """A page of a person's trail, of ``pages`` (the first is 1), and how many there are in all."""

    traces: list[Trace]
    page: int
    pages: int
    total: int


async def trace(desk: Desk, who: Visitor, page: int = 1) -> Trail:
    """Read a page of the person's own trail, the newest first. Raises NotFound, Tampered."""

    async def look(sheet: Sheet) -> Trail:
        facts, _ = await sheet.facts(who.person)
        total, _ = await desk.vault.count_openings(sheet.tx, who.person, "person", 0)
        pages = max(1, -(-total // PAGE))
        at = min(max(1, page), pages)
        return Trail(await read(sheet, who.person, facts, (PAGE, (at - 1) * PAGE)), at, pages, total)

    try:
        return await desk.read(look)
    except Tampered as tampered:
        await desk.alarm(tampered)
        raise


async def entered(desk: Desk, who: Visitor) -> list[Trace]:
    """List the newest sign-ins and what guards the account, of the newest lines. Raises NotFound, Tampered."""

    async def look(sheet: Sheet) -> list[Trace]:
        facts, _ = await sheet.facts(who.person)
        found = await read(sheet, who.person, facts, (RECENT, 0))
        return [one for one in found if one.act in ENTERING][:PAGE]

    return await desk.read(look)


async def owed(desk: Desk, who: Visitor) -> list[Trace]:
    """List the lines that a person may want a receipt of, the newest first: what they said, asked, and were given."""

    async def look(sheet: Sheet) -> list[Trace]:
        facts, _ = await sheet.facts(who.person)
        found = await read(sheet, who.person, facts, (MOST, 0))
        return [one for one in found if one.act in RECEIPTED and one.answer != "requested" and one.index >= 0]

    return await desk.read(look)
