"""Room flows: a person says by a mailed link that what staff wrote down for them was theirs: the reason stands."""

from tepati.errors import Expired, NotFound
from tepati.flows import ending, links, reasons
from tepati.flows.desk import Desk, Sheet


async def recognise(desk: Desk, token: str) -> None:
    """Confirm the reason of a link, once. Raises NotFound, Expired."""

    async def act(sheet: Sheet) -> None:
        link = await links.find(sheet, token)
        if link.kind != reasons.KIND:
            raise NotFound("no_such_link")
        if link.used or link.expires <= sheet.at:
            raise Expired("link_used" if link.used else "link_expired")
        facts, version = await sheet.facts(link.person)
        if not await ending.use(sheet, link):
            raise Expired("link_used")
        case = link.about
        told = sheet.to_person(link.person, {"at": sheet.at, "role": "person", "dealing": case, "effect": "recognised"})
        await sheet.line("confirm", promise="rights.access", purpose="proof", answer="done", told=[told])
        if case in facts.dealings and facts.dealings[case].by:
            await sheet.keep(link.person, reasons.confirmed(facts, case), version)

    await desk.write(act)
