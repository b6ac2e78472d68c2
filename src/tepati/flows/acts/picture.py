"""Room flows: dated pictures of the pages of the version in force are kept beside its bytes, each with a line; once."""

import hashlib
from collections.abc import Mapping

from tepati.flows import history
from tepati.flows.desk import Desk, Sheet
from tepati.registers import sheets
from tepati.rules.calendar import calendar, local

LARGEST = 4_000_000  # bytes of one picture; a larger one is not kept
MOST = 40  # pictures of one version


async def wanted(desk: Desk) -> bool:
    """Say whether the version in force was published and has no pictures yet."""
    if await history.running(desk) is None:
        return False
    return not await desk.read(lambda sheet: sheets.pictures(sheet.tx, desk.org, desk.digest), single=True)


async def picture(desk: Desk, made: Mapping[tuple[str, str], bytes]) -> int:
    """Keep pictures (PNG) by the promise that each page is under and its language; return how many.

    The name of each says the day, the page and its SHA-256, which stands in the line too. Nothing where there are some.
    """

    async def act(sheet: Sheet) -> int:
        if await sheets.pictures(sheet.tx, desk.org, desk.digest):
            return 0
        day = local(sheet.at, calendar(desk.notice)).date().isoformat()
        kept = [(*page, body) for page, body in made.items() if len(body) <= LARGEST][:MOST]
        for promise, language, body in kept:
            seen = hashlib.sha256(body)
            line = await sheet.line("picture", promise=promise, purpose="proof", answer="taken", notice=seen.digest())
            name = f"{sheets.PICTURE}{day}.{promise}.{language}.{seen.hexdigest()}"
            await sheets.add(sheet.tx, desk.org, desk.digest, name, body, line)
        return len(kept)

    return await desk.write(act)
