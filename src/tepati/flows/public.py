"""Room flows: what anybody may read of the ledger: the newest head, and hash tiles. Lines go to auditors only."""

import re
from dataclasses import dataclass

from tepati.errors import NotFound
from tepati.flows.desk import Desk, Sheet
from tepati.ledger.tree import WIDTH
from tepati.registers import behind as waits
from tepati.registers import heads

_PATH = re.compile(r"(\d+)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?")


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest head: its size, root (hex), when it was made, and how many witnesses cosigned the newest they saw."""

    size: int
    root: str
    at: int
    witnesses: tuple[str, ...]
    witnessed: int  # the size they cosigned


async def behind(desk: Desk) -> int:
    """Return for how long (microseconds) work has been waiting that nobody took up."""
    return await desk.read(lambda sheet: waits.behind(sheet.tx, desk.org, sheet.at))


async def head(desk: Desk) -> Shown:
    """Return the newest head; an empty log has size 0."""

    async def look(sheet: Sheet) -> Shown:
        found = await heads.newest(sheet.tx, desk.org)
        seen = await heads.cosigned(sheet.tx, desk.org)
        if found is None:
            return Shown(0, "", 0, (), 0)
        size, root, at = found
        return Shown(size, root.hex(), at, tuple(name for name, _ in seen), seen[0][1] if seen else 0)

    return await desk.read(look)


async def checkpoint(desk: Desk) -> str:
    """Return the newest head as a signed note (C2SP tlog-checkpoint). Raises NotFound before the first line."""
    note = await desk.read(lambda sheet: desk.log.head(sheet.tx), single=True)
    if note is None:
        raise NotFound("ledger_line")
    return note


async def tile(desk: Desk, path: str) -> bytes:
    """Return the hash tile at ``path`` (C2SP tlog-tiles: ``0/x001/234``, ``1/000.p/7``). Raises NotFound."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise NotFound("ledger_line")
    level, number = int(found[1]), int(found[2].replace("x", "").replace("/", ""))
    width = int(found[3] or WIDTH)

    async def look(sheet: Sheet) -> bytes:
        hashes = await heads.tile(sheet.tx, desk.org, level, number)
        if len(hashes) < width * 32:
            raise NotFound("ledger_line")
        return hashes[: width * 32]

    return await desk.read(look, single=True)
