"""Room flows: somebody whom no letter reached reads in their privacy centre that the notice changed: they are told then."""

from tepati.errors import NotFound
from tepati.flows import announcing
from tepati.flows.desk import Desk, Sheet
from tepati.flows.visitors import Visitor
from tepati.registers import notices

HOW = "seen"


async def heed(desk: Desk, who: Visitor, version: int, language: str) -> None:
    """Write down that the newest version, as it was shown, has reached them. Raises NotFound (no such version)."""

    async def act(sheet: Sheet) -> None:
        newest = await notices.newest(sheet.tx, desk.mac, desk.org)
        if newest is None or newest.version != version:
            raise NotFound("page")
        await announcing.reached(sheet, who.person, version, language, HOW)

    await desk.write(act)


async def untold(desk: Desk, person: bytes) -> tuple[int, int]:
    """Return (version told, newest published) of somebody whom the newest did not reach; (0, 0) where it did."""

    async def look(sheet: Sheet) -> tuple[int, int]:
        newest = await notices.newest(sheet.tx, desk.mac, desk.org)
        if newest is None or newest.version == 1:
            return 0, 0
        told = (await sheet.facts(person))[0].told
        return (told, newest.version) if told < newest.version else (0, 0)

    return await desk.read(look)
